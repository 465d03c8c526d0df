// Owns understanding a file that is to be imported: whose it is, whether it can be trusted, and what is in it.
import { createHash } from 'node:crypto';
import { AppError } from '../../contract/errors.js';
import { exportFormat, exportSchema, exportVersion, importLimits, type ExportedConversation, type ExportedMessage } from '../../contract/transfer.js';
import { fromChatGpt, looksLikeChatGpt } from './chatgpt.js';

export interface ReadFile {
  conversations: ExportedConversation[];
  leftOut: number;
}

const invalid = (detail: string): AppError => new AppError('import_invalid', 'This file is not an export that Plumb can read.', detail);

/** Errors: import_invalid, import_from_future. Details name places in the file, never its content. */
export function readImport(bytes: Uint8Array): ReadFile {
  if (bytes.length > importLimits.fileBytes) throw invalid(`larger than ${importLimits.fileBytes} bytes`);
  const value = parse(bytes);
  if (looksLikeChatGpt(value)) {
    if (value.length > importLimits.conversations) throw invalid('too many conversations');
    const read = value.map(fromChatGpt);
    return { conversations: read.flatMap(({ conversation }) => conversation ?? []), leftOut: read.reduce((sum, { leftOut }) => sum + leftOut, 0) };
  }
  const { format, version } = (typeof value === 'object' && value !== null ? value : {}) as { format?: unknown; version?: unknown };
  if (format !== exportFormat) throw invalid('neither Plumb’s nor ChatGPT’s form');
  if (typeof version === 'number' && version > exportVersion) throw new AppError('import_from_future', 'A newer version of Plumb wrote this file.', `version ${version}, this Plumb reads ${exportVersion}`);
  const parsed = exportSchema.safeParse(value);
  if (!parsed.success) {
    const { path, code } = parsed.error.issues[0]!;
    throw invalid(`${path.join('.').slice(0, 200)}: ${code}`);
  }
  return { conversations: parsed.data.conversations, leftOut: 0 };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    // The parser's message would quote the file.
    throw new AppError('import_invalid', 'This file is not an export that Plumb can read.', 'not JSON in UTF-8', { cause });
  }
}

/** Equal for two copies of a conversation, whatever they are called by now and wherever they came from. */
export function contentKey(messages: readonly Pick<ExportedMessage, 'parent' | 'role' | 'text' | 'createdAtMs'>[]): string {
  const hash = createHash('sha256');
  for (const { parent, role, text, createdAtMs } of messages) hash.update(JSON.stringify([parent, role, text, createdAtMs]));
  return hash.digest('base64');
}
