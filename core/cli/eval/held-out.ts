// Owns the rule that keeps training and evaluation apart: a text belongs to exactly one of them, decided by its hash.
import { createHash } from 'node:crypto';

/** One text of sixteen is held out: those whose hash starts with a byte below this. */
const heldOutBelow = 16;

/** What two texts must differ in to be two texts: letters and digits, whatever the case, spaces and punctuation. */
export function normalise(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/**
 * True for a first user message that belongs to evaluation; training throws it away (training/, the same rule in Python).
 * Both sides are tested with test/fixtures/held-out-vectors.json.
 */
export function isHeldOut(text: string): boolean {
  return createHash('sha256').update(normalise(text)).digest()[0]! < heldOutBelow;
}
