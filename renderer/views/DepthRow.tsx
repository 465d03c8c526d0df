// Owns the row under the message: the depth or the effort, its slider, and what it costs on this machine.
import { useShallow } from 'zustand/react/shallow';
import { runSettingsOf } from '../../core/contract/effort.js';
import type { LoadedModel } from '../../core/contract/models.js';
import type { RecurrenceInfo } from '../../core/contract/recurrence.js';
import { effortWords, stopWords } from '../compute-words.js';
import { setSteps } from '../depth.js';
import { costOf, depthScale, expectedAnswerTokens } from '../depth-scale.js';
import { about, bytes, plural, rate, seconds, spokenSeconds } from '../figures.js';
import { useHurried } from '../hurry.js';
import { answerLengths, currentChoice, currentModel, currentSteps, expectedSteps, liveRunOf, modelRecurrence } from '../selectors.js';
import { useApp } from '../store.js';
import { DepthSlider } from './DepthSlider.js';
import { EffortSlider } from './EffortSlider.js';

export function DepthRow({ live }: { live: boolean }) {
  const info = useApp(modelRecurrence);
  const loaded = useApp(({ engine }) => (engine.kind === 'ready' ? engine.loaded : null));
  const modelName = useApp((state) => currentModel(state)?.name ?? null);
  const auto = useApp((state) => currentChoice(state).mode === 'auto');
  if (!info) {
    return (
      <div className="depth without">
        <p>{modelName && loaded ? `${modelName} has no depth to choose: it runs every layer once for each token.` : 'Depth can be chosen when a model is loaded.'}</p>
        {loaded ? <p className="depth-cost">{bytes(loaded.memoryBytes)}</p> : null}
      </div>
    );
  }
  return auto ? <Auto info={info} loaded={loaded} live={live} /> : <Fixed info={info} loaded={loaded} live={live} />;
}

/** What a change does to the answer being made, or that it is being hurried. */
function LiveWords({ live, change }: { live: boolean; change: string }) {
  const hurried = useHurried(useApp((state) => liveRunOf(state)?.runId ?? null));
  if (!live) return null;
  return <span className="depth-live"> {hurried ? 'answering now' : change}</span>;
}

function Fixed({ info, loaded, live }: { info: RecurrenceInfo; loaded: LoadedModel | null; live: boolean }) {
  const steps = useApp(currentSteps);
  const tokens = expectedAnswerTokens(useApp(useShallow(answerLengths)));
  const costAt = (value: number) => costOf(loaded?.speed ?? null, value, tokens);
  const spoken = (value: number): string => {
    const cost = costAt(value);
    return cost ? `${plural(value, 'step')}, ${about(cost.answerMs).replace(seconds(cost.answerMs), spokenSeconds(cost.answerMs))}` : plural(value, 'step');
  };
  return (
    <div className="depth">
      <div className="depth-line">
        <span>Depth <b>{plural(steps, 'step')}</b><LiveWords live={live} change="from the next token" /></span>
        <Cost cost={costAt(steps)} certain loaded={loaded} />
      </div>
      <DepthSlider scale={depthScale(info)} steps={steps} onChange={setSteps} spoken={spoken} />
    </div>
  );
}

function Auto({ info, loaded, live }: { info: RecurrenceInfo; loaded: LoadedModel | null; live: boolean }) {
  const choice = useApp(currentChoice);
  const { effort, exit: own } = choice;
  const { steps, exit } = runSettingsOf(choice, useApp(currentSteps), info);
  const tokens = expectedAnswerTokens(useApp(useShallow(answerLengths)));
  const usual = useApp(expectedSteps);
  return (
    <div className="depth auto">
      <div className="depth-line">
        <span>Effort <b>{own ? 'own rule' : effortWords(effort)}</b>, up to {plural(steps, 'step')}<LiveWords live={live} change="for the next answer" /></span>
        <Cost cost={costOf(loaded?.speed ?? null, Math.min(steps, usual ?? steps), tokens)} certain={usual !== null} loaded={loaded} />
      </div>
      <EffortSlider effort={effort} spoken={`${own ? 'own rule' : effortWords(effort)}. ${stopWords(exit, steps)}`} />
    </div>
  );
}

interface CostProps {
  cost: { answerMs: number; tokensPerSecond: number } | null;
  /** False: tokens may stop early and nobody knows yet how early, so it is the most it can cost. */
  certain: boolean;
  loaded: LoadedModel | null;
}

function Cost({ cost, certain, loaded }: CostProps) {
  return (
    <span className="depth-cost">
      {cost ? (
        <>
          <span className="cost-answer">{certain ? about(cost.answerMs).replace(seconds(cost.answerMs), '') : 'at most '}<b>{seconds(cost.answerMs)}</b><span className="cost-words"> an answer</span></span>
          {certain ? <span className="cost-rate">{rate(cost.tokensPerSecond)} tokens/s</span> : null}
        </>
      ) : <span>speed not measured yet</span>}
      {loaded ? <span className="cost-memory">{bytes(loaded.memoryBytes)}</span> : null}
    </span>
  );
}
