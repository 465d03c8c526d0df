// Locks the network of a worker thread: the lock of its process has it loaded before anything else of the thread.
import { lockNetwork } from './lock.js';
import { processOfThread } from './lock-threads.js';

lockNetwork(processOfThread());
