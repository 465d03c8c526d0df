// Locks the network of a host's own process when it is imported: it must be the first import.
import { lockNetwork } from './lock.js';

export const networkLock = lockNetwork('core');
