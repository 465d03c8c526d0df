// Shows values from untrusted files inside messages: short, escaped, and safe for any nesting.

const MAX_LENGTH = 80;

/** A string in quotes with control characters escaped, a number as it is, anything larger by its kind only. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > MAX_LENGTH ? `${value.slice(0, MAX_LENGTH - 3)}...` : value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return value === undefined ? 'nothing' : String(value);
}
