// Owns what all written forms of a conversation share: the order of its messages, their headings, dates, figures, and a file name.
import type { ExportedConversation, ExportedMessage, ExportedRun } from '../../contract/transfer.js';

export interface WrittenMessage {
  message: ExportedMessage;
  /** Counts from 1, in the order written. */
  number: number;
  heading: string;
  /** "Answer 2 of 3", when the message has siblings. */
  branch: string | null;
  /** Number of the message it follows, when that is not the one before. */
  follows: number | null;
  figures: string | null;
}

const dates = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

export const dateOf = (timeMs: number): string => dates.format(timeMs);

/** Messages of the shown branch, or of all of them: a branch is written to its end before the next begins. */
export function written({ messages, leaf }: ExportedConversation, all: boolean): WrittenMessage[] {
  const order = all ? depthFirst(messages) : pathTo(messages, leaf);
  const families = new Map<string, number[]>();
  const familyOf = ({ parent, role }: ExportedMessage): string => `${parent} ${role}`;
  messages.forEach((message, at) => {
    const family = families.get(familyOf(message));
    if (family) family.push(at);
    else families.set(familyOf(message), [at]);
  });
  const numbers = new Map(order.map((at, place) => [at, place + 1]));
  return order.map((at, place) => {
    const message = messages[at]!;
    const siblings = families.get(familyOf(message))!;
    const what = message.role === 'assistant' ? 'Answer' : 'Message';
    const before = message.parent === null ? null : (numbers.get(message.parent) ?? null);
    return {
      message,
      number: place + 1,
      heading: headingOf(message),
      branch: siblings.length > 1 ? `${what} ${siblings.indexOf(at) + 1} of ${siblings.length}` : null,
      follows: before !== null && before !== place ? before : null,
      figures: message.run ? figuresOf(message.run) : null,
    };
  });
}

function pathTo(messages: readonly ExportedMessage[], leaf: number | null): number[] {
  const path: number[] = [];
  for (let at = leaf; at !== null; at = messages[at]!.parent) path.push(at);
  return path.reverse();
}

function depthFirst(messages: readonly ExportedMessage[]): number[] {
  const children = new Map<number | null, number[]>();
  messages.forEach(({ parent }, at) => {
    const known = children.get(parent);
    if (known) known.push(at);
    else children.set(parent, [at]);
  });
  const order: number[] = [];
  // A stack of our own: a conversation may be thousands of messages deep.
  const open = (children.get(null) ?? []).toReversed();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    order.push(at);
    open.push(...(children.get(at) ?? []).toReversed());
  }
  return order;
}

function headingOf({ role, run }: ExportedMessage): string {
  if (role === 'user') return 'You';
  if (role === 'system') return 'Instructions';
  if (!run) return 'Answer';
  return `Answer · ${run.modelName}${run.hasRecurrence ? ` · ${run.recurrence.steps} steps` : ''}`;
}

function figuresOf({ stats, state, recurrence, hasRecurrence, sampling }: ExportedRun): string {
  const facts: (string | null)[] = [state === 'done' ? null : state];
  if (stats) {
    facts.push(`${stats.tokens} tokens`);
    if (stats.decodeMs > 0) facts.push(`${(stats.tokens / (stats.decodeMs / 1000)).toFixed(1)} tokens/s`);
    if (hasRecurrence && recurrence.exit) facts.push(`${stats.meanSteps.toFixed(1)} steps on average`);
  }
  facts.push(`temperature ${sampling.temperature}`, sampling.seed === null ? null : `seed ${sampling.seed}`);
  return facts.filter(Boolean).join(' · ');
}

/** A name that every file system takes. */
export function fileNameOf(title: string, extension: string): string {
  const plain = title.replace(/[\p{Cc}\p{Cf}\p{Co}<>:"/\\|?*]+/gu, ' ').replace(/\s+/g, ' ').trim().replace(/^\.+|[. ]+$/g, '');
  const cut = [...plain].slice(0, 80).join('').trim();
  // Names of devices on Windows, whatever follows them.
  return `${/^(con|prn|aux|nul|com\d|lpt\d)$/i.test(cut) || cut === '' ? `Plumb ${cut}`.trim() : cut}.${extension}`;
}
