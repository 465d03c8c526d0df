// Owns the compute slider itself: logarithmic, with the model's notches, for pointer, keyboard and screen reader.
import { useRef, type CSSProperties, type KeyboardEvent, type PointerEvent } from 'react';
import { clampSteps, nextNotch, positionOf, snappedStepsAt, type DepthScale } from '../depth-scale.js';

interface Props {
  scale: DepthScale;
  steps: number;
  onChange(steps: number): void;
  spoken(steps: number): string;
}

export function DepthSlider({ scale, steps, onChange, spoken }: Props) {
  const track = useRef<HTMLDivElement>(null);

  const fromPointer = (event: PointerEvent): void => {
    const box = track.current?.getBoundingClientRect();
    if (box && box.width > 0) onChange(snappedStepsAt(scale, (event.clientX - box.left) / box.width));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Alt with an arrow belongs to the whole window and means a notch there.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next: Record<string, () => number> = {
      ArrowRight: () => steps + 1, ArrowUp: () => steps + 1, ArrowLeft: () => steps - 1, ArrowDown: () => steps - 1,
      PageUp: () => nextNotch(scale, steps, 1), PageDown: () => nextNotch(scale, steps, -1), Home: () => scale.min, End: () => scale.max,
    };
    const move = next[event.key];
    if (!move) return;
    event.preventDefault();
    onChange(clampSteps(scale, move()));
  };
  const at = (value: number): CSSProperties => ({ '--at': positionOf(scale, value) }) as CSSProperties;

  return (
    <div
      className="slider"
      style={at(steps)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        fromPointer(event);
      }}
      onPointerMove={(event) => { if (event.currentTarget.hasPointerCapture(event.pointerId)) fromPointer(event); }}
    >
      <div className="slider-track" ref={track}>
        <div className="slider-fill" />
        <div
          className="slider-thumb"
          role="slider"
          tabIndex={0}
          aria-label="Depth: steps for each token"
          aria-valuemin={scale.min}
          aria-valuemax={scale.max}
          aria-valuenow={steps}
          aria-valuetext={spoken(steps)}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className="slider-notches" aria-hidden>
        {scale.notches.map((notch) => <span key={notch} className={notch === steps ? 'notch current' : 'notch'} style={at(notch)}>{notch}</span>)}
      </div>
    </div>
  );
}
