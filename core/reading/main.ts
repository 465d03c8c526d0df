// Owns the reader process: it greets, and will read files into pages and passages.
import '../network/lock-reader.js';
import { readerProtocol } from '../contract/reading.js';

export const greeting = { protocol: readerProtocol, pid: process.pid };
