// Owns where Plumb keeps its data on each system.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The data folder: as asked for, else PLUMB_DATA_DIR, else the system's place for data that belongs to this machine.
 * On Windows the local profile, because a roaming one would copy conversations to a server.
 */
export function dataDirOf(asked: string | undefined, env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform, home = homedir()): string {
  const chosen = asked ?? env.PLUMB_DATA_DIR;
  if (chosen) return resolve(chosen);
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'Plumb');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Plumb');
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'plumb');
}
