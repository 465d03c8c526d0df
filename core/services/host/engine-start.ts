// Owns what a host needs to know to start an engine: which script, which fork id to expect, which environment.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export interface EngineStart {
  script: string;
  /** null: this copy of Plumb does not know its fork. */
  expectedForkId: string | null;
  env: Record<string, string>;
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
  return { script, expectedForkId, env: engineEnv(env) };
}

/** The fork's id stands with the pinned base; the same id is compiled into the addon. */
function readForkId(path: string): string | null {
  if (!existsSync(path)) return null;
  const parsed = baseSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  return parsed.success ? parsed.data.forkId : null;
}
