// Owns the one channel between a window and the app, as a pipe that opens with the page and closes with it.
import type { Pipe } from '../core/contract/rpc.js';
import type { Sender } from './trust.js';

export const channels = { open: 'plumb:open', message: 'plumb:message' } as const;

/** As much of ipcMain as is used. */
export interface IpcReceiver {
  on(channel: string, listener: (event: Sender, message: unknown) => void): unknown;
}
/** As much of webContents as is used. */
export interface PageContents {
  send(channel: string, message: unknown): void;
  isDestroyed(): boolean;
}

export interface PageDoor {
  /** The page is gone: reloaded, crashed or closed. */
  close(reason: string): void;
}

/**
 * Connects every page that our window loads; there is at most one at a time.
 * @param isOurs decides by the sender's frame; what it refuses is dropped and reported
 */
export function openPageDoor(ipc: IpcReceiver, contents: () => PageContents | null, isOurs: (event: Sender) => boolean, connect: (pipe: Pipe) => void, refused: (channel: string) => void): PageDoor {
  let messageListeners = new Set<(message: unknown) => void>();
  let closeListeners = new Set<(reason: string) => void>();

  const close = (reason: string): void => {
    const listeners = closeListeners;
    messageListeners = new Set();
    closeListeners = new Set();
    for (const listener of listeners) listener(reason);
  };

  ipc.on(channels.open, (event) => {
    if (!isOurs(event)) return refused(channels.open);
    close('the page was loaded again');
    const messages = messageListeners;
    const closings = closeListeners;
    connect({
      send(message) {
        const page = contents();
        // A pipe of an earlier page must not speak to the present one.
        if (messages === messageListeners && page && !page.isDestroyed()) page.send(channels.message, message);
      },
      onMessage(listener) {
        messages.add(listener);
        return () => void messages.delete(listener);
      },
      onClose(listener) {
        closings.add(listener);
        return () => void closings.delete(listener);
      },
      close: () => messages === messageListeners && close('closed by the app'),
    });
  });
  ipc.on(channels.message, (event, message) => {
    if (!isOurs(event)) return refused(channels.message);
    for (const listener of messageListeners) listener(message);
  });
  return { close };
}
