// Owns the field for the texts at which an answer ends: one a line, `\n` for a line break.
import { useEffect, useState } from 'react';
import { samplingSchema } from '../../core/contract/conversation.js';

const schema = samplingSchema.shape.stop.unwrap();

const toLines = (stop: readonly string[]): string => stop.map((text) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')).join('\n');
const fromLines = (lines: string): string[] => lines.split('\n').filter((line) => line !== '').map((line) => line.replace(/\\(n|\\)/g, (_, c: string) => (c === 'n' ? '\n' : '\\')));

export function StopStrings({ id, value, onChange }: { id: string; value: readonly string[]; onChange(value: string[]): void }) {
  const shown = toLines(value);
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const entered = fromLines(text);
  const invalid = !schema.safeParse(entered).success;

  const commit = (): void => {
    if (invalid) setText(shown);
    else if (toLines(entered) !== shown) onChange(entered);
  };
  return <textarea id={id} className="stop-strings" rows={2} spellCheck={false} value={text} aria-invalid={invalid} placeholder="none" onChange={(event) => setText(event.target.value)} onBlur={commit} />;
}
