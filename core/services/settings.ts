// Owns the user's settings as windows use them.
import type { Store } from '../store/store.js';
import type { Emit, HandlersOf } from './events.js';

export function createSettings({ store, emit }: { store: Store; emit: Emit }): { handlers: HandlersOf<'settings'> } {
  return {
    handlers: {
      'settings.set': (patch) => {
        store.settings.write(patch);
        const settings = store.settings.read();
        emit('settings.changed', settings);
        return { settings };
      },
    },
  };
}
