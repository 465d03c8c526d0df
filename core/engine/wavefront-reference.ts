// The freezing of the reference implementation, letter by letter, with what it gets wrong: for parity alone.
import type { WaveRules } from './wavefront.js';

/**
 * generate_diffusion_style of https://github.com/seal-rg/recurrent-pretraining (raven_modeling_minimal.py). Against ours:
 * - the states before a pass are those of the window that was cut after the last freeze, but are indexed from the window before it:
 *   after a freeze a state is compared with that of a position further on, or with nothing;
 * - all positions before the last one that passes are frozen with it, settled or not;
 * - new positions enter with an embedding scaled by 1 - average;
 * - a pass counts its slots from 0, which fits the prompt's only if the cache keeps as many steps as a pass has.
 */
export function referenceRules(freeze: { kind: 'latent-diff'; threshold: number } | { kind: 'fixed'; afterPasses: number }): WaveRules {
  return {
    settled: ({ changes }, i) => freeze.kind === 'latent-diff' && changes[i]! < freeze.threshold,
    frozen({ number, changes }) {
      if (freeze.kind === 'fixed') return number > freeze.afterPasses ? 1 : 0;
      let last = 0;
      for (let i = 0; i < changes.length; i++) if (changes[i]! < freeze.threshold) last = i;
      return last;
    },
    // Before the first pass it holds the position of nothing: everything is cut away.
    shift: (position, before) => position - (before ?? 0),
    options: { averageNew: true, alignSlots: false, fillsWindow: true },
  };
}
