// Owns saying when a token stops, and changing the rule by hand.
import { exitCriterionSchema, exitKinds, exitThresholds, type ComputeChoice, type ExitKind } from '../../core/contract/compute.js';
import type { RunChoice } from '../../core/contract/effort.js';
import { changeChoice } from '../compute.js';
import { exitNames, stopWords } from '../compute-words.js';
import type { RecurrenceInfo } from '../../core/contract/recurrence.js';
import { Calibration } from './Calibration.js';
import { NumberField } from './NumberField.js';

type Rule = Exclude<ExitKind, 'none'>;
const rules = exitKinds.filter((kind): kind is Rule => kind !== 'none');

export function ExitRule({ modelId, info, choice, settings: { exit, steps } }: { modelId: string; info: RecurrenceInfo; choice: ComputeChoice; settings: RunChoice }) {
  const auto = choice.mode === 'auto';
  return (
    <section aria-labelledby="exit-title">
      <h3 id="exit-title">When a token stops</h3>
      <p>{stopWords(exit, steps)}{auto ? '' : ' With Auto it may stop earlier, once it has settled.'}</p>
      {auto && choice.exit === null ? <Calibration modelId={modelId} info={info} choice={choice} /> : null}
      {auto ? (
        <details open={choice.exit !== null}>
          <summary>A rule of your own</summary>
          <Advanced choice={choice} />
        </details>
      ) : null}
    </section>
  );
}

function Advanced({ choice: { exit, warmStart } }: { choice: ComputeChoice }) {
  const kind = exit?.kind ?? 'by-effort';
  const choose = (next: string): void =>
    changeChoice({ exit: next === 'by-effort' ? null : exitCriterionSchema.parse({ kind: next, threshold: exitThresholds[next as Rule] }) });
  return (
    <div className="speed-fields">
      <label htmlFor="exit-kind">What is compared</label>
      <select id="exit-kind" className="select" value={kind} onChange={(event) => choose(event.target.value)}>
        <option value="by-effort">By effort</option>
        {rules.map((rule) => <option key={rule} value={rule}>{exitNames[rule].technical}</option>)}
      </select>
      {exit ? (
        <>
          <label htmlFor="exit-threshold">{exit.kind === 'argmax-stability' ? 'Checks in a row' : 'Threshold'}</label>
          <NumberField id="exit-threshold" value={exit.threshold} min={1e-9} max={1e6} step={exit.kind === 'argmax-stability' ? 1 : 0.001} onChange={(threshold) => changeChoice({ exit: { ...exit, threshold } })} />
          <label htmlFor="exit-min">Steps before the first check</label>
          <NumberField id="exit-min" value={exit.minSteps} min={0} max={128} step={1} onChange={(minSteps) => changeChoice({ exit: { ...exit, minSteps } })} />
          <label htmlFor="exit-every">Steps between checks</label>
          <NumberField id="exit-every" value={exit.checkEvery} min={1} max={128} step={1} onChange={(checkEvery) => changeChoice({ exit: { ...exit, checkEvery } })} />
        </>
      ) : null}
      <label htmlFor="warm-start">Start where the token before ended</label>
      <input id="warm-start" type="checkbox" className="switch" role="switch" aria-checked={warmStart} checked={warmStart} onChange={(event) => changeChoice({ warmStart: event.target.checked })} />
    </div>
  );
}
