// Owns the row under the message: the depth, the slider, and what it costs on this machine.
import { setSteps } from '../depth.js';
import { costOf, depthScale, expectedAnswerTokens } from '../depth-scale.js';
import { about, bytes, plural, rate, seconds, spokenSeconds } from '../figures.js';
import { answerLengths, currentModel, currentSteps, modelRecurrence } from '../selectors.js';
import { useApp } from '../store.js';
import { DepthSlider } from './DepthSlider.js';
import { useShallow } from 'zustand/react/shallow';

export function DepthRow({ live }: { live: boolean }) {
  const info = useApp(modelRecurrence);
  const steps = useApp(currentSteps);
  const loaded = useApp(({ engine }) => (engine.kind === 'ready' ? engine.loaded : null));
  const modelName = useApp((state) => currentModel(state)?.name ?? null);
  const lengths = useApp(useShallow(answerLengths));
  if (!info) {
    return (
      <div className="depth without">
        <p>{modelName && loaded ? `${modelName} has no depth to choose: it runs every layer once for each token.` : 'Depth can be chosen when a model is loaded.'}</p>
        {loaded ? <p className="depth-cost">{bytes(loaded.memoryBytes)}</p> : null}
      </div>
    );
  }
  const cost = costOf(loaded?.speed ?? null, steps, expectedAnswerTokens(lengths));
  const words = live ? 'from the next token' : null;
  return (
    <div className="depth">
      <div className="depth-line">
        <span>Depth <b>{plural(steps, 'step')}</b>{words ? <span className="depth-live"> {words}</span> : null}</span>
        <span className="depth-cost">
          {cost ? <><span className="cost-answer">{about(cost.answerMs).replace(seconds(cost.answerMs), '')}<b>{seconds(cost.answerMs)}</b> an answer</span><span className="cost-rate">{rate(cost.tokensPerSecond)} tokens/s</span></> : <span>speed not measured yet</span>}
          {loaded ? <span className="cost-memory">{bytes(loaded.memoryBytes)}</span> : null}
        </span>
      </div>
      <DepthSlider
        scale={depthScale(info)}
        steps={steps}
        onChange={setSteps}
        spoken={(value) => {
          const at = costOf(loaded?.speed ?? null, value, expectedAnswerTokens(lengths));
          return at ? `${plural(value, 'step')}, ${about(at.answerMs).replace(seconds(at.answerMs), spokenSeconds(at.answerMs))}` : plural(value, 'step');
        }}
      />
    </div>
  );
}
