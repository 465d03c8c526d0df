// Owns choosing how tokens are made, in plain words, each with what it took on this machine.
import { samplerSettingsSchema, type ComputeChoice, type MeasuredEffect } from '../../core/contract/compute.js';
import type { RunChoice } from '../../core/contract/effort.js';
import { bestEffect, effectWords, samplerKinds, samplerNames } from '../compute-words.js';
import { changeChoice } from '../compute.js';

interface Props {
  choice: ComputeChoice;
  settings: RunChoice;
  effects: readonly MeasuredEffect[];
}

export function SamplerChoice({ choice, settings: { exit, steps }, effects }: Props) {
  return (
    <section aria-labelledby="sampler-title">
      <h3 id="sampler-title">How words are made</h3>
      <div role="radiogroup" aria-labelledby="sampler-title" className="options">
        {samplerKinds.map((kind) => {
          const chosen = choice.sampler.kind === kind;
          const effect = bestEffect(effects, { sampler: kind, adaptive: exit !== null, steps });
          return (
            // Its text is two levels down, where the rule does not look.
            // oxlint-disable-next-line jsx-a11y/label-has-associated-control
            <label key={kind} className={chosen ? 'option chosen' : 'option'}>
              <input type="radio" name="sampler" checked={chosen} aria-labelledby={`sampler-name-${kind}`} aria-describedby={`sampler-${kind}`} onChange={() => changeChoice({ sampler: samplerSettingsSchema.parse({ kind }) })} />
              <span className="option-text">
                <span id={`sampler-name-${kind}`} className="option-name">{samplerNames[kind].name}</span>
                <span id={`sampler-${kind}`} className="option-hint">{samplerNames[kind].hint} <span className={effect ? 'measured' : 'unmeasured'}>{effectWords(effect)}</span></span>
              </span>
            </label>
          );
        })}
      </div>
      <p className="fine">Measured: your own answers with this model on this machine.</p>
    </section>
  );
}
