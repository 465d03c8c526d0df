// Proves that the page's pipe opens and closes with the page and hears nobody else.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Pipe } from '../../../core/contract/rpc.js';
import { channels, openPageDoor, type PageDoor } from '../../../electron/pipe.js';
import type { Sender } from '../../../electron/trust.js';

const ours: Sender = { sender: { id: 1 }, senderFrame: { url: 'plumb://app/', parent: null } };
const stranger: Sender = { sender: { id: 2 }, senderFrame: null };

let listeners: Map<string, (event: Sender, message: unknown) => void>;
let sent: unknown[];
let refused: string[];
let pipes: { pipe: Pipe; heard: unknown[]; closed: string[] }[];
let door: PageDoor;
let destroyed: boolean;
const emit = (channel: string, event: Sender, message?: unknown): void => listeners.get(channel)!(event, message);

beforeEach(() => {
  listeners = new Map();
  sent = [];
  refused = [];
  pipes = [];
  destroyed = false;
  door = openPageDoor(
    { on: (channel, listener) => listeners.set(channel, listener) },
    () => ({ send: (channel, message) => sent.push([channel, message]), isDestroyed: () => destroyed }),
    (event) => event === ours,
    (pipe) => {
      const record = { pipe, heard: [] as unknown[], closed: [] as string[] };
      pipe.onMessage((message) => record.heard.push(message));
      pipe.onClose((reason) => record.closed.push(reason));
      pipes.push(record);
    },
    (channel) => refused.push(channel),
  );
});

describe('the door to the page', () => {
  it('carries messages both ways', () => {
    emit(channels.open, ours);
    emit(channels.message, ours, { a: 1 });
    pipes[0]!.pipe.send({ b: 2 });
    expect([pipes[0]!.heard, sent]).toEqual([[{ a: 1 }], [[channels.message, { b: 2 }]]]);
  });

  it('drops and reports what strangers send', () => {
    emit(channels.open, stranger);
    expect(pipes).toEqual([]);
    emit(channels.open, ours);
    emit(channels.message, stranger, 'x');
    expect([pipes[0]!.heard, refused]).toEqual([[], [channels.open, channels.message]]);
  });

  it('closes the old pipe when the page is loaded again, and the old one is mute', () => {
    emit(channels.open, ours);
    emit(channels.open, ours);
    emit(channels.message, ours, 'new');
    pipes[0]!.pipe.send('old');
    expect(pipes.map(({ heard, closed }) => ({ heard, closed }))).toEqual([{ heard: [], closed: ['the page was loaded again'] }, { heard: ['new'], closed: [] }]);
    expect(sent).toEqual([]);
  });

  it('closes once when the page crashes and does not speak to a destroyed one', () => {
    emit(channels.open, ours);
    destroyed = true;
    pipes[0]!.pipe.send('x');
    door.close('crashed');
    door.close('closed');
    expect([pipes[0]!.closed, sent]).toEqual([['crashed'], []]);
  });
});
