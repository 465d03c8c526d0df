// Owns switching a model on for documents, and saying how it is doing.
import type { EncoderPurpose } from '../../core/contract/encoding.js';
import type { Model } from '../../core/contract/models.js';
import { encoderOffers, encoderWords } from '../documents/encoder-words.js';
import { useForDocuments } from '../models.js';
import { useApp } from '../store.js';

const labels: Record<EncoderPurpose, string> = { embedder: 'Find passages with it', reranker: 'Order passages with it' };

export function EncoderSwitch({ model: { id, problem }, purpose }: { model: Model; purpose: EncoderPurpose }) {
  const state = useApp(({ encoders }) => encoders.find(({ modelId }) => modelId === id) ?? null);
  const other = useApp(({ encoders, models }) => {
    const taken = encoders.find((each) => each.purpose === purpose && each.modelId !== id);
    return taken ? (models.find((model) => model.id === taken.modelId)?.name ?? 'another model') : null;
  });
  const words = state ? encoderWords(state) : other === null ? encoderOffers[purpose] : `${encoderOffers[purpose]} It takes the place of ${other}.`;
  const done = state?.passages ?? null;
  return (
    <div className="encoder">
      <label className="setting">
        <span>{labels[purpose]}<small role={state?.error ? 'alert' : 'status'} className={state?.error ? 'warm' : undefined}>{words}</small></span>
        <input type="checkbox" className="switch" role="switch" aria-checked={state !== null} checked={state !== null} disabled={problem !== null && state === null} onChange={(event) => void useForDocuments(id, event.target.checked)} />
      </label>
      {done && !state?.error && done.done < done.total ? <progress value={done.done} max={Math.max(1, done.total)} aria-label={words} /> : null}
    </div>
  );
}
