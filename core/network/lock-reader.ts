// Locks the network of the reader process, and of a thread in it, when it is imported: it must be the first import.
import { lockNetwork } from './lock.js';

export const networkLock = lockNetwork('reader');
