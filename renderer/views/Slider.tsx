// Owns a slider with marks, for pointer, keyboard and screen reader. What its places mean is the caller's.
import { useRef, type CSSProperties, type KeyboardEvent, type PointerEvent } from 'react';

interface Props {
  label: string;
  min: number;
  max: number;
  now: number;
  /** Spoken in place of the number. */
  spoken: string;
  /** 0..1 along the track. */
  position: number;
  /** Words as marks: those at the ends stay inside. */
  named?: boolean;
  marks: readonly { at: number; label: string; current: boolean }[];
  onPoint(position: number): void;
  /** The move a key means here; undefined leaves the key to others. */
  moves: Readonly<Record<string, () => void>>;
}

export function Slider({ label, min, max, now, spoken, position, named = false, marks, onPoint, moves }: Props) {
  const track = useRef<HTMLDivElement>(null);
  const fromPointer = (event: PointerEvent): void => {
    const box = track.current?.getBoundingClientRect();
    if (box && box.width > 0) onPoint((event.clientX - box.left) / box.width);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Alt with an arrow belongs to the whole window and means a notch there.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  };
  const at = (value: number): CSSProperties => ({ '--at': value }) as CSSProperties;
  return (
    <div
      className={named ? 'slider named' : 'slider'}
      style={at(position)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        fromPointer(event);
      }}
      onPointerMove={(event) => { if (event.currentTarget.hasPointerCapture(event.pointerId)) fromPointer(event); }}
    >
      <div className="slider-track" ref={track}>
        <div className="slider-fill" />
        <div className="slider-thumb" role="slider" tabIndex={0} aria-label={label} aria-valuemin={min} aria-valuemax={max} aria-valuenow={now} aria-valuetext={spoken} onKeyDown={onKeyDown} />
      </div>
      <div className="slider-notches" aria-hidden>
        {marks.map((mark) => <span key={mark.label} className={mark.current ? 'notch current' : 'notch'} style={at(mark.at)}>{mark.label}</span>)}
      </div>
    </div>
  );
}
