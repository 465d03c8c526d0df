// Owns what stands above the composer when the engine cannot answer yet or no more, with the button that helps.
import type { ErrorAction } from '../error-sentences.js';
import { sentenceFor } from '../error-sentences.js';
import { attempt, call, newChat } from '../actions.js';
import { currentModel } from '../selectors.js';
import { useApp, useView } from '../store.js';

const labels: Record<ErrorAction, string> = {
  'restart-engine': 'Start again', 'choose-model': 'Choose a model', 'add-model': 'Add a model file…', 'new-chat': 'New chat', reload: 'Reload',
};

function perform(action: ErrorAction): void {
  switch (action) {
    case 'restart-engine':
      return void attempt(call('engine.restart', {}));
    case 'choose-model':
      // The menu opens on the pointer's way down, so a click alone would not do.
      return document.querySelector<HTMLElement>('#model-chooser')?.focus();
    case 'add-model':
      return useView.getState().show('add-model');
    case 'new-chat':
      return newChat();
    case 'reload':
      return location.reload();
  }
}

export function EngineNotice() {
  const engine = useApp((state) => state.engine);
  const link = useApp((state) => state.link);
  const model = useApp(currentModel);
  if (link === 'lost') return <div className="notice" role="status"><span className="spinner" aria-hidden />Reconnecting… Answers go on being made meanwhile.</div>;
  if (link === 'connecting') return null;
  if (engine.kind === 'starting') return <div className="notice" role="status"><span className="spinner" aria-hidden />The engine is starting.</div>;
  if (engine.kind === 'loading') {
    return (
      <div className="notice" role="status">
        <span className="spinner" aria-hidden />
        <span>Loading {model?.name ?? 'the model'}</span>
        <progress max={1} value={engine.progress} aria-label="Loading" />
      </div>
    );
  }
  if (engine.kind === 'idle') return <div className="notice" role="status">No model is loaded. Choose one at the top.</div>;
  if (engine.kind === 'ready') return null;
  // One crash is mended quietly; a notice means that it crashed again and stays off.
  const crashedAgain = engine.kind === 'down' && engine.error.code === 'engine_crashed';
  const { sentence, nextStep, action } = sentenceFor(crashedAgain ? { code: 'engine_down' } : engine.error);
  // Whatever went wrong, an engine that is down can be started again.
  const offered = engine.kind === 'down' ? 'restart-engine' : action;
  const tooBig = engine.kind === 'failed' && engine.error.code === 'out_of_memory' ? engine.modelId : null;
  return (
    <div className="notice warm" role="alert">
      <span><strong>{sentence}</strong> {nextStep}{engine.error.detail ? <span className="fine"> ({engine.error.detail})</span> : null}</span>
      {tooBig === null ? null : (
        <button type="button" className="button small" onClick={() => void attempt(call('models.open', { modelId: tooBig, anyway: true }))} title="The system may slow down, or end the engine; your conversations are safe.">Load it anyway</button>
      )}
      {offered ? <button type="button" className="button small" onClick={() => perform(offered)}>{labels[offered]}</button> : null}
    </div>
  );
}
