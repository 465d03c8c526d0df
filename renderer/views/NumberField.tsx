// Owns a field for one number: free while typing, clamped when left.
import { useEffect, useState } from 'react';

interface Base {
  id: string;
  min: number;
  max: number;
  step: number;
}
type Props = Base & ({ value: number; empty?: undefined; onChange(value: number): void } | { value: number | null; empty: string; onChange(value: number | null): void });

export function NumberField(props: Props) {
  const { id, min, max, step, value, empty } = props;
  const [text, setText] = useState(value === null ? '' : String(value));
  useEffect(() => setText(value === null ? '' : String(value)), [value]);

  const commit = (): void => {
    const entered = Number(text);
    if (text.trim() === '' || !Number.isFinite(entered)) {
      if (props.empty !== undefined && text.trim() === '') props.onChange(null);
      else setText(value === null ? '' : String(value));
      return;
    }
    const inRange = Math.min(max, Math.max(min, step >= 1 ? Math.round(entered) : entered));
    setText(String(inRange));
    if (inRange !== value) props.onChange(inRange);
  };
  return (
    <input
      id={id}
      className="number-field"
      type="number"
      inputMode="decimal"
      min={min}
      max={max}
      step={step}
      value={text}
      placeholder={empty}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => { if (event.key === 'Enter') commit(); }}
    />
  );
}
