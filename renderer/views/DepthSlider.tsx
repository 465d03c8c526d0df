// Owns the compute slider: steps on a logarithmic scale with the model's notches.
import { clampSteps, nextNotch, positionOf, snappedStepsAt, type DepthScale } from '../depth-scale.js';
import { Slider } from './Slider.js';

interface Props {
  scale: DepthScale;
  steps: number;
  onChange(steps: number): void;
  spoken(steps: number): string;
}

export function DepthSlider({ scale, steps, onChange, spoken }: Props) {
  const go = (next: number) => (): void => onChange(clampSteps(scale, next));
  return (
    <Slider
      label="Depth: steps for each token"
      min={scale.min}
      max={scale.max}
      now={steps}
      spoken={spoken(steps)}
      position={positionOf(scale, steps)}
      marks={scale.notches.map((notch) => ({ at: positionOf(scale, notch), label: String(notch), current: notch === steps }))}
      onPoint={(position) => onChange(snappedStepsAt(scale, position))}
      moves={{
        ArrowRight: go(steps + 1), ArrowUp: go(steps + 1), ArrowLeft: go(steps - 1), ArrowDown: go(steps - 1),
        PageUp: go(nextNotch(scale, steps, 1)), PageDown: go(nextNotch(scale, steps, -1)), Home: go(scale.min), End: go(scale.max),
      }}
    />
  );
}
