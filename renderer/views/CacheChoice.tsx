// Owns choosing what the model keeps of each token: how many steps, at what precision, what that takes, and what a change costs.
import { useEffect, useState } from 'react';
import { kvTypes, type CacheSettings, type ComputeChoice, type KvType, type MeasuredEffect } from '../../core/contract/compute.js';
import type { RunChoice } from '../../core/contract/effort.js';
import type { LoadEstimate, Model } from '../../core/contract/models.js';
import type { RecurrenceInfo } from '../../core/contract/recurrence.js';
import { call } from '../actions.js';
import { applyCache } from '../compute.js';
import { budgetsOf, reloadCost, reloadWords } from '../cache-cost.js';
import { bestEffect, effectWords, kvTypeNames } from '../compute-words.js';
import { bytes, plural, whole } from '../figures.js';
import { tokensInContext } from '../selectors.js';
import { useApp } from '../store.js';

interface Props {
  model: Model;
  info: RecurrenceInfo | null;
  choice: ComputeChoice;
  settings: RunChoice;
  effects: readonly MeasuredEffect[];
}

export function CacheChoice({ model, info, choice, settings: { steps, exit, sampler }, effects }: Props) {
  const { kvBudget, kvType } = choice;
  const [draft, setDraft] = useState<CacheSettings | null>(null);
  const wanted = draft ?? { kvBudget, kvType };
  const changed = wanted.kvBudget !== kvBudget || wanted.kvType !== kvType;
  // An ordinary model keeps each token once: there is one size, and nothing to choose but its precision.
  const budgets = info ? budgetsOf(info, kvBudget) : [0];
  const estimates = useEstimates(model.id, budgets, wanted.kvType, steps);
  const first = Object.values(estimates)[0];
  const speedOf = (budget: number): string => {
    const alike = effects.filter((effect) => effect.kvType === wanted.kvType && effect.kvBudget === (budget === 0 ? info?.stepsMax : budget));
    return effectWords(bestEffect(alike, { sampler: sampler.kind, adaptive: exit !== null, steps }));
  };
  return (
    <section aria-labelledby="cache-title">
      <h3 id="cache-title">What is kept of each token</h3>
      {info ? (
        <>
          <p>Every step of a token leaves something for later tokens to look at. Keeping fewer steps saves memory; answers may get worse.</p>
          <div role="radiogroup" aria-label="Steps kept" className="budgets">
            {budgets.map((budget) => {
              const estimate = estimates[budget];
              return (
                <label key={budget} className={budget === wanted.kvBudget ? 'budget chosen' : 'budget'}>
                  <input type="radio" name="kv-budget" checked={budget === wanted.kvBudget} onChange={() => setDraft({ ...wanted, kvBudget: budget })} />
                  <b>{budget === 0 ? 'All steps' : budget === 1 ? '1 step' : `${budget} steps`}</b>
                  <span>{estimate ? bytes(estimate.kvBytes) : '–'}</span>
                  {estimate && !estimate.fits ? <span className="warm">does not fit</span> : <span className="budget-speed">{speedOf(budget)}</span>}
                </label>
              );
            })}
          </div>
        </>
      ) : null}
      <p className="fine">{first ? `Memory for ${whole(first.contextSize)} tokens of context${info ? ` at ${plural(steps, 'step')}` : `: ${bytes(first.kvBytes)}`}.` : 'How much memory it takes is not known while the engine is off.'}</p>
      <div className="speed-fields">
        <label htmlFor="kv-type">Precision</label>
        <select id="kv-type" className="select" value={wanted.kvType} onChange={(event) => setDraft({ ...wanted, kvType: event.target.value as KvType })}>
          {kvTypes.map((type) => <option key={type} value={type}>{kvTypeNames[type]}</option>)}
        </select>
      </div>
      <Reload modelId={model.id} wanted={wanted} changed={changed} onEnd={() => setDraft(null)} />
    </section>
  );
}

/** The button that applies a change, with what it costs; while it happens, how far it is. */
function Reload({ modelId, wanted, changed, onEnd }: { modelId: string; wanted: CacheSettings; changed: boolean; onEnd(): void }) {
  const engine = useApp((state) => state.engine);
  const busy = useApp(({ running }) => Object.keys(running).length > 0);
  const tokens = useApp(tokensInContext);
  if (engine.kind === 'loading') return <p className="reload" role="status"><span className="spinner" aria-hidden />Loading the model again, {Math.round(engine.progress * 100)} %</p>;
  if (!changed) return null;
  const cost = reloadCost(engine.kind === 'ready' ? engine.loaded : null, tokens);
  return (
    <div className="reload">
      <p role="status">{busy ? 'Wait for the answer being made, or stop it: a change needs the model to be loaded again.' : reloadWords(cost)}</p>
      <button type="button" className="button small" onClick={onEnd}>Leave it</button>
      <button type="button" className="button small primary" disabled={busy} onClick={() => void applyCache(modelId, wanted).then(onEnd)}>Load again</button>
    </div>
  );
}

function useEstimates(modelId: string, budgets: readonly number[], kvType: KvType, steps: number): Readonly<Record<number, LoadEstimate>> {
  const [estimates, setEstimates] = useState<Readonly<Record<number, LoadEstimate>>>({});
  const wanted = budgets.join(' ');
  useEffect(() => {
    let gone = false;
    const all = wanted === '' ? [] : wanted.split(' ').map(Number);
    void Promise.all(all.map((kvBudget) => call('models.estimate', { modelId, kvBudget, kvType, steps }).then((estimate) => [kvBudget, estimate] as const, () => null))).then((found) => {
      if (!gone) setEstimates(Object.fromEntries(found.filter((each) => each !== null)));
    });
    return () => { gone = true; };
  }, [modelId, wanted, kvType, steps]);
  return estimates;
}
