// Owns what a parser's failure is called: everything a file can do to a parser is an error of that file.
import { AppError } from '../contract/errors.js';
import type { DocumentFormat } from '../contract/reading.js';

export const damaged = (detail: string): AppError => new AppError('document_damaged', 'This file is damaged or not what its name says.', detail);
export const encrypted = (detail: string): AppError => new AppError('document_encrypted', 'This file is protected by a password.', detail);
export const tooBig = (detail: string): AppError => new AppError('document_too_big', 'This file is too big to read.', detail);

/** `detail` holds the parser's own words, shortened: they may quote the file, so they go no further than the report of this file. */
export function fromParser(thrown: unknown, format: DocumentFormat): AppError {
  if (thrown instanceof AppError) return thrown;
  const name = thrown instanceof Error ? thrown.name : '';
  const message = (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, ' ').slice(0, 160);
  if (/password|encrypted/i.test(name) || /password.protected|is encrypted/i.test(message)) return encrypted(format);
  if (/Array buffer allocation failed|Invalid string length|Invalid array length|out of memory/i.test(message)) return tooBig(`${format}: ${message}`);
  return damaged(`${format}: ${message}`);
}
