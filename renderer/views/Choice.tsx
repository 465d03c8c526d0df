// Owns a choice of a few named values, side by side: radio buttons underneath, so that arrow keys and screen readers know them.

interface ChoiceProps<T extends string | number> {
  labelledBy: string;
  options: readonly (readonly [T, string])[];
  value: T;
  onChange(value: T): void;
}

export function Choice<T extends string | number>({ labelledBy, options, value, onChange }: ChoiceProps<T>) {
  return (
    <div className="choice" role="radiogroup" aria-labelledby={labelledBy}>
      {options.map(([option, label]) => (
        <label key={option} className={option === value ? 'chosen' : ''}>
          <input type="radio" name={labelledBy} checked={option === value} onChange={() => onChange(option)} />
          {label}
        </label>
      ))}
    </div>
  );
}
