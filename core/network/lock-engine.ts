// Locks the network of the engine process when it is imported: it must be the first import.
import { lockNetwork } from './lock.js';

export const networkLock = lockNetwork('engine');
