// Owns the made-up backend's answers about export and import: one small file out, nothing in.
import type { PlumbApi } from '../../core/contract/api.js';
import type { Handlers } from '../../core/contract/rpc.js';

type Transfer = { [K in keyof Handlers<PlumbApi> as K extends `transfer.${string}` | 'app.eraseEverything' ? K : never]: Handlers<PlumbApi>[K] };

let sent = false;

export const fakeTransfer: Transfer = {
  'transfer.export': () => {
    sent = false;
    return { transferId: 1, name: 'Chat.md', mediaType: 'text/markdown' };
  },
  'transfer.read': () => {
    const last = sent;
    sent = true;
    return { base64: last ? '' : btoa('# Made up\n'), last };
  },
  'transfer.save': () => ({ saved: false }),
  'transfer.begin': () => ({ transferId: 2 }),
  'transfer.write': () => ({}),
  'transfer.import': () => ({ imported: 0, duplicates: 0, messages: 0, leftOut: 0 }),
  'transfer.backup': () => {
    sent = false;
    return { transferId: 1, name: 'Plumb.plumb-backup', mediaType: 'application/octet-stream' };
  },
  'transfer.restore': () => ({}),
  'app.eraseEverything': () => ({}),
  'transfer.cancel': () => ({}),
};
