// Owns what a host needs to know to start the engine and the reader: which script, which environment, which fork id to expect.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** A process that a host starts and talks to over its message channel. */
export interface ChildStart {
  /** For the log. */
  name: 'engine' | 'reader';
  script: string;
  env: Record<string, string>;
}

export interface EngineStart extends ChildStart {
  /** null: this copy of Plumb does not know its fork. */
  expectedForkId: string | null;
}

const baseSchema = z.object({ forkId: z.string().regex(/^[0-9a-f]{12}$/) });

/** What the engine may see of the environment: enough to find libraries, a GPU and a temporary folder, and its own switches. */
const passed = /^(PATH|HOME|TMP|TEMP|TMPDIR|LANG|LC_\w+|SYSTEMROOT|WINDIR|LOCALAPPDATA|APPDATA|USERPROFILE|XDG_RUNTIME_DIR|LD_LIBRARY_PATH|DYLD_\w+|(CUDA|HIP|ROCR|HSA|VK|GGML|GPU|OMP|PLUMB_ENGINE|PLUMB_FAKE)_\w+)$/i;

export function engineEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => passed.test(entry[0]) && entry[1] !== undefined));
}

/**
 * @param root the folder that holds `dist/` and `native/`
 * PLUMB_ENGINE names another script (the tests' fake engine); it must greet with PLUMB_FORK_ID, or `fakefakefake`.
 */
export function engineStart(root: string, env: NodeJS.ProcessEnv = process.env): EngineStart {
  const script = env.PLUMB_ENGINE ?? join(root, 'dist', 'core', 'engine', 'main.js');
  const expectedForkId = env.PLUMB_FORK_ID ?? (env.PLUMB_ENGINE ? 'fakefakefake' : readForkId(join(root, 'native', 'base.json')));
  return { name: 'engine', script, expectedForkId, env: engineEnv(env) };
}

/** What the reader may see: no more than it takes to start and to keep something for a moment. */
const passedToReader = /^(PATH|TMP|TEMP|TMPDIR|LANG|LC_\w+|SYSTEMROOT|WINDIR|(PLUMB_READER|PLUMB_FAKE)_\w+)$/i;

/** PLUMB_READER names another script (the tests' fake reader). */
export function readerStart(root: string, env: NodeJS.ProcessEnv = process.env): ChildStart {
  const script = env.PLUMB_READER ?? join(root, 'dist', 'core', 'reading', 'main.js');
  const seen = Object.entries(env).filter((entry): entry is [string, string] => passedToReader.test(entry[0]) && entry[1] !== undefined);
  return { name: 'reader', script, env: Object.fromEntries(seen) };
}

/** The fork's id stands with the pinned base; the same id is compiled into the addon. */
function readForkId(path: string): string | null {
  if (!existsSync(path)) return null;
  const parsed = baseSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  return parsed.success ? parsed.data.forkId : null;
}
