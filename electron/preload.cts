// Owns the page's end of the pipe: one object, no decisions. CommonJS, because a sandboxed preload must be.
import type * as electron from 'electron';

const { contextBridge, ipcRenderer } = require('electron') as typeof electron;

type Undo = () => void;

contextBridge.exposeInMainWorld('plumb', {
  send: (message: unknown): void => ipcRenderer.send('plumb:message', message),
  onMessage(listener: (message: unknown) => void): Undo {
    const receive = (_event: unknown, message: unknown): void => listener(message);
    ipcRenderer.on('plumb:message', receive);
    return () => void ipcRenderer.off('plumb:message', receive);
  },
});
ipcRenderer.send('plumb:open');
