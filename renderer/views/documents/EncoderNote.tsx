// Owns the line of the documents room that says which models help to find passages, and how far they are.
import { Sparkles, TriangleAlert } from 'lucide-react';
import type { EncoderState } from '../../../core/contract/encoding.js';
import { encoderWords, purposeWords } from '../../documents/encoder-words.js';
import { useApp, useView } from '../../store.js';

export function EncoderNotes() {
  const encoders = useApp((state) => state.encoders);
  return encoders.map((encoder) => <EncoderNote key={encoder.purpose} encoder={encoder} />);
}

function EncoderNote({ encoder }: { encoder: EncoderState }) {
  const { modelId, purpose, error, passages } = encoder;
  const name = useApp(({ models }) => models.find(({ id }) => id === modelId)?.name ?? 'A model');
  const words = encoderWords(encoder);
  return (
    <div className={error ? 'indexing warm' : 'indexing'} role="group" aria-label={`${name} ${purposeWords(purpose)}`}>
      {error ? <TriangleAlert size={17} aria-hidden /> : <Sparkles size={17} aria-hidden />}
      <div className="indexing-words">
        <span><b>{name}</b> {purposeWords(purpose)}{purpose === 'embedder' ? ' by what they mean' : ''}.</span>
        <span className={error ? undefined : 'fine'} role={error ? 'alert' : undefined}>{words}</span>
        {!error && passages && passages.done < passages.total ? <progress value={passages.done} max={Math.max(1, passages.total)} aria-label={words} /> : null}
      </div>
      <button type="button" className="button small" onClick={() => useView.setState({ modelCard: modelId })}>About it</button>
    </div>
  );
}
