// Owns what the documents room says of the models that help to find passages: a quiet line, or how far one is, or what is wrong with it.
import { Sparkles, TriangleAlert } from 'lucide-react';
import type { EncoderState } from '../../../core/contract/encoding.js';
import { encoderWords, isReading, purposeWords } from '../../documents/encoder-words.js';
import { useApp, useView } from '../../store.js';

const about = (modelId: string): void => useView.setState({ modelCard: modelId });

export function EncoderNotes() {
  const encoders = useApp((state) => state.encoders);
  const quiet = encoders.filter((encoder) => encoder.error === null && !isReading(encoder));
  return (
    <>
      {encoders.filter((encoder) => !quiet.includes(encoder)).map((encoder) => <EncoderNote key={encoder.purpose} encoder={encoder} />)}
      {quiet.length > 0 ? (
        <p className="encoder-line fine">
          {quiet.map(({ modelId, purpose }) => <span key={purpose}><Sparkles size={14} aria-hidden /> <button type="button" className="text-button" onClick={() => about(modelId)}><ModelName modelId={modelId} /></button> {purposeWords(purpose)}</span>)}
        </p>
      ) : null}
    </>
  );
}

function ModelName({ modelId }: { modelId: string }) {
  return useApp(({ models }) => models.find(({ id }) => id === modelId)?.name ?? 'A model');
}

function EncoderNote({ encoder }: { encoder: EncoderState }) {
  const { modelId, purpose, error, passages } = encoder;
  const words = encoderWords(encoder);
  return (
    <div className={error ? 'indexing warm' : 'indexing'} role="group" aria-label={`A model that ${purposeWords(purpose)}`}>
      {error ? <TriangleAlert size={17} aria-hidden /> : <Sparkles size={17} aria-hidden />}
      <div className="indexing-words">
        <span><b><ModelName modelId={modelId} /></b> {purposeWords(purpose)}{purpose === 'embedder' ? ' by what they mean' : ''}.</span>
        <span className={error ? undefined : 'fine'} role={error ? 'alert' : undefined}>{words}</span>
        {!error && passages && passages.done < passages.total ? <progress value={passages.done} max={Math.max(1, passages.total)} aria-label={words} /> : null}
      </div>
      <button type="button" className="button small" onClick={() => about(modelId)}>About it</button>
    </div>
  );
}
