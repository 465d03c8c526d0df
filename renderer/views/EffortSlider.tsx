// Owns the effort slider: one knob from quick to deep, with the named efforts as notches.
import { efforts } from '../../core/contract/compute.js';
import { effortAt } from '../../core/contract/effort.js';
import { effortNotch, setEffort } from '../compute.js';
import { effortNames } from '../compute-words.js';
import { Slider } from './Slider.js';

/** One press of an arrow key; more than the reach of a notch, so that a press always moves. */
const keyStep = 0.05;

export function EffortSlider({ effort, spoken }: { effort: number; spoken: string }) {
  const up = (): void => setEffort(effort + keyStep);
  const down = (): void => setEffort(effort - keyStep);
  return (
    <Slider
      label="Effort: how long a token may think"
      min={0}
      max={100}
      now={Math.round(effort * 100)}
      spoken={spoken}
      position={effort}
      named
      marks={efforts.map((name) => ({ at: effortAt[name], label: effortNames[name], current: effort === effortAt[name] }))}
      onPoint={setEffort}
      moves={{ ArrowRight: up, ArrowUp: up, ArrowLeft: down, ArrowDown: down, PageUp: () => effortNotch(1), PageDown: () => effortNotch(-1), Home: () => setEffort(0), End: () => setEffort(1) }}
    />
  );
}
