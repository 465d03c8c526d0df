// Owns the closed list of error codes and the one error type that crosses process boundaries.

/** Every failure a user can cause or meet. The renderer has a sentence and a next step for each (renderer/error-sentences.ts). */
export const errorCodes = [
  // calls
  'bad_request',
  'not_found',
  'not_allowed',
  'disconnected',
  'internal',
  // engine
  'engine_not_built',
  'engine_not_the_fork',
  'engine_crashed',
  'engine_down',
  'engine_busy',
  'engine_timeout',
  'engine_protocol',
  'gpu_failed',
  'out_of_memory',
  'decode_failed',
  'sampler_unsupported',
  // models
  'no_model',
  'model_missing',
  'model_corrupt',
  'model_unsupported',
  'model_without_recurrence',
  'model_without_vocabulary',
  'model_not_for_chat',
  'model_not_for_documents',
  'kv_type_unsupported',
  'chat_template_invalid',
  'context_full',
  // store
  'database_from_future',
  'database_corrupt',
  'database_locked',
  'disk_full',
  // hosts
  'port_taken',
  'already_running',
  // readers and the converter
  'gguf_invalid',
  'gguf_truncated',
  'safetensors_invalid',
  'convert_missing_file',
  'convert_missing_shard',
  'convert_missing_tensor',
  'convert_bad_shape',
  'convert_wrong_dtype',
  'convert_truncated',
  'convert_unknown_architecture',
  'convert_unknown_pretokenizer',
  'convert_unknown_type',
  'convert_overflow',
  'convert_no_space',
  'convert_target_exists',
  'convert_aborted',
  'convert_bad_json',
  'convert_bad_tokenizer',
  'convert_quantize_failed',
  'file_unreadable',
  'file_unwritable',
  // documents
  'document_unsupported',
  'document_damaged',
  'document_too_big',
  'document_encrypted',
  'document_empty',
  'document_missing',
  'document_changed',
  'document_timeout',
  'reader_down',
  'collection_too_big',
  // the vault
  'locked',
  'wrong_passphrase',
  'too_many_attempts',
  'vault_damaged',
  'vault_unprotected',
  'key_store_unavailable',
  // export, import, backup
  'import_invalid',
  'import_from_future',
  'backup_invalid',
  // evaluation
  'suite_missing',
  'suite_invalid',
  'suite_empty',
  'suite_unknown_task',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What travels over a pipe when a call fails or a run ends badly. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  detail?: string | undefined;
}

/**
 * A failure with a code the user interface knows.
 * `message` is one sentence for a person; `detail` is for a report and may name files, never conversation content.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, message: string, detail?: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.detail = detail;
  }
}

/** Turns anything thrown into a body that may cross a process boundary. Unknown throws become `internal`: they are bugs. */
export function toErrorBody(thrown: unknown): ErrorBody {
  if (thrown instanceof AppError) {
    return { code: thrown.code, message: thrown.message, ...(thrown.detail === undefined ? {} : { detail: thrown.detail }) };
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'internal', message: 'Something in Plumb went wrong.', detail: text };
}

/** The reverse of {@link toErrorBody}. */
export function fromErrorBody(body: ErrorBody): AppError {
  return new AppError(body.code, body.message, body.detail);
}

/** Makes the compiler prove that a switch covers every case. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
