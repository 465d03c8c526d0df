// The reader process: answers the reader's contract over the pipe to its host, keeps the parsers in a thread it can end, and ends itself before it takes too much memory.
import { readerApi, readerBounds, readerExit, readerProtocol } from '../contract/reading.js';
import { serve } from '../contract/rpc.js';
import { Parser } from './parser.js';
import { hostPipe, type HostPipe } from './process-pipe.js';

const watchMs = 100;

function memoryLimit(): number {
  const megabytes = Number(process.env['PLUMB_READER_MEMORY_MB']);
  return megabytes > 0 ? megabytes * 2 ** 20 : readerBounds.memoryBytes;
}

/** This thread only passes messages on, so it is never too busy to look. */
function watchMemory(): void {
  const limit = memoryLimit();
  setInterval(() => {
    if (process.memoryUsage.rss() > limit) process.exit(readerExit.memory);
  }, watchMs).unref();
}

/** While it is held, what was sent counts as not taken: the parser stops after a message or two. */
function createGate(): { hold(held: boolean): void; open(): Promise<void> } {
  let waiting: { promise: Promise<void>; open(): void } | null = null;
  return {
    hold(held) {
      if (held && !waiting) {
        let open: () => void = () => undefined;
        waiting = { promise: new Promise((done) => void (open = done)), open: () => open() };
      } else if (!held) {
        waiting?.open();
        waiting = null;
      }
    },
    open: () => waiting?.promise ?? Promise.resolve(),
  };
}

function run(pipe: HostPipe): void {
  const parser = new Parser();
  /** One file at a time: the next waits for the one before. */
  let turn: Promise<unknown> = Promise.resolve();
  const gate = createGate();

  const { emit } = serve(pipe, readerApi, {
    hello: () => ({ protocol: readerProtocol, pid: process.pid }),
    read: (params) => {
      const result = turn.then(() =>
        parser.read(params, (name, body) => {
          emit(name, body as never);
          return pipe.sent().then(gate.open);
        }),
      );
      turn = result.catch(() => undefined);
      return result;
    },
    hold: ({ held }) => {
      gate.hold(held);
      return {};
    },
    stop: ({ readId }) => {
      parser.stop(readId);
      return {};
    },
  });
  pipe.onClose(() => process.exit(readerExit.hostGone));
  watchMemory();
}

const pipe = hostPipe();
if (pipe) {
  run(pipe);
} else {
  process.stderr.write('This is the reader process of Plumb; a host starts it. Try: npm start\n');
  process.exitCode = 2;
}
