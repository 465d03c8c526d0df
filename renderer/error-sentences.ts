// Owns what a person reads when something fails: one sentence and one next step for every code of the contract.
import { assertNever, errorCodes, type ErrorBody, type ErrorCode } from '../core/contract/errors.js';

/** What a button beside the sentence can do. */
export type ErrorAction = 'restart-engine' | 'choose-model' | 'add-model' | 'new-chat' | 'reload';

export interface ErrorSentence {
  sentence: string;
  nextStep: string;
  action?: ErrorAction;
}

const say = (sentence: string, nextStep: string, action?: ErrorAction): ErrorSentence => ({ sentence, nextStep, ...(action && { action }) });

/** toErrorBody gives unknown throws the code `internal`; a body from elsewhere goes through unchanged. */
export function sentenceFor(error: Pick<ErrorBody, 'code'>): ErrorSentence {
  // A newer host may send a code this page was not built with.
  return sentenceOf(errorCodes.includes(error.code) ? error.code : 'internal');
}

function sentenceOf(code: ErrorCode): ErrorSentence {
  switch (code) {
    case 'bad_request':
      return say('Plumb could not make sense of this request.', 'Try it once more; if it stays, reload the window.', 'reload');
    case 'not_found':
      return say('This is no longer there.', 'It may have been deleted in another window.');
    case 'not_allowed':
      return say('This window may not do that.', 'Open Plumb again with the address it printed at the start.');
    case 'disconnected':
      return say('The window lost its connection to Plumb.', 'It reconnects by itself; nothing you wrote is lost.');
    case 'internal':
      return say('Something in Plumb went wrong.', 'Try again; your conversations are safe.');
    case 'engine_not_built':
      return say('The engine is not built yet.', 'Run “npm run native:build” once, then start it again.', 'restart-engine');
    case 'engine_not_the_fork':
      return say('The engine on this machine is not the one Plumb was built for.', 'Run “npm run native:build”, then start it again.', 'restart-engine');
    case 'engine_crashed':
      return say('The engine stopped unexpectedly.', 'What was written so far is kept. Send a message to go on.');
    case 'engine_down':
      return say('The engine stopped twice within a minute and stays off.', 'Start it again, perhaps with another model.', 'restart-engine');
    case 'engine_busy':
      return say('Another answer is being made.', 'Wait for it, or stop it first.');
    case 'engine_timeout':
      return say('The engine no longer answered and was ended.', 'What was written so far is kept. It starts again by itself; if it stays off, start it again.', 'restart-engine');
    case 'engine_protocol':
      return say('The engine sent something Plumb does not understand.', 'Start it again; if it stays, run “npm run native:build”.', 'restart-engine');
    case 'gpu_failed':
      return say('The graphics card failed with this model; Plumb goes on with the processor.', 'Settings let you try the card again.');
    case 'out_of_memory':
      return say('There is not enough memory for this.', 'Choose a smaller model, or close other programs.', 'choose-model');
    case 'decode_failed':
      return say('The model failed on this text.', 'Try again, or start a new chat.', 'new-chat');
    case 'sampler_unsupported':
      return say('This way of making words does not work with this model or these settings.', 'Choose “One word after the other” under Speed and memory.');
    case 'no_model':
      return say('No model is loaded.', 'Choose one first.', 'choose-model');
    case 'model_missing':
      return say('The model file is no longer where it was.', 'Put it back, or choose another model.', 'choose-model');
    case 'model_corrupt':
      return say('The model file is damaged.', 'Get it again, or choose another model.', 'choose-model');
    case 'model_unsupported':
      return say('Plumb cannot run this kind of model.', 'Choose another model.', 'choose-model');
    case 'model_without_recurrence':
      return say('This model does not think in steps.', 'It answers with a fixed amount of work; choose another model to use depth.');
    case 'model_without_vocabulary':
      return say('This model file has no vocabulary.', 'Convert it again with its tokenizer, or choose another model.', 'choose-model');
    case 'model_not_for_chat':
      return say('This model reads documents; it writes no text, so it cannot chat.', 'Switch it on for documents in its card, and choose another model to chat with.', 'choose-model');
    case 'model_not_for_documents':
      return say('This model is not made for searching documents.', 'Choose one that finds or orders passages: an embedding model or a reranker.');
    case 'kv_type_unsupported':
      return say('This model cannot keep its memory of the conversation that small.', 'Choose f16 for its cache.');
    case 'chat_template_invalid':
      return say('The model’s chat template cannot be used.', 'Convert the model again, or choose another one.', 'choose-model');
    case 'context_full':
      return say('This no longer fits into the model’s memory of the conversation.', 'Shorten the message or start a new chat. Nothing was cut.', 'new-chat');
    default:
      return fileSentenceOf(code);
  }
}

type OtherCode = Exclude<ErrorCode, 'bad_request' | 'not_found' | 'not_allowed' | 'disconnected' | 'internal' | `engine_${string}` | 'gpu_failed' | 'out_of_memory' | 'decode_failed' | 'sampler_unsupported' | 'no_model' | `model_${string}` | 'kv_type_unsupported' | 'chat_template_invalid' | 'context_full'>;

/** Codes about the database, the host, model files, conversion and suites. */
function fileSentenceOf(code: OtherCode): ErrorSentence {
  switch (code) {
    case 'database_from_future':
      return say('Your conversations were written by a newer Plumb.', 'Start that version; this one leaves the file alone.');
    case 'database_corrupt':
      return say('The file with your conversations is damaged.', 'Plumb keeps backups beside it; the newest good one is used.');
    case 'database_locked':
      return say('Another program holds the file with your conversations.', 'Close the other Plumb and try again.', 'reload');
    case 'disk_full':
      return say('The disk is full.', 'Free some space. Plumb keeps trying to save what is not stored yet.');
    case 'port_taken':
      return say('The port is in use.', 'Start Plumb with another one, or without naming one.');
    case 'already_running':
      return say('Plumb is already running on this data folder.', 'Use the window that is open.');
    case 'gguf_invalid':
      return say('This is not a model file Plumb can read.', 'Choose a file that ends in .gguf.', 'add-model');
    case 'gguf_truncated':
      return say('The model file ends too early.', 'The download or copy is not complete: get it again.', 'add-model');
    case 'safetensors_invalid':
      return say('A weight file of this model cannot be read.', 'Get the folder again.');
    case 'convert_missing_file':
      return say('The model folder is missing a file.', 'Get the folder again, with its config and tokenizer.');
    case 'convert_missing_shard':
      return say('A part of the weights is missing.', 'Get the missing file and convert again.');
    case 'convert_missing_tensor':
      return say('The weights lack a part this model needs.', 'Check that the folder holds the whole model.');
    case 'convert_bad_shape':
      return say('The weights do not match the model’s description.', 'Check that all files come from the same model.');
    case 'convert_wrong_dtype':
      return say('The weights are stored in a form Plumb cannot convert.', 'Use a model in F32, F16 or BF16.');
    case 'convert_truncated':
      return say('A weight file ends too early.', 'The download is not complete: get it again.');
    case 'convert_unknown_architecture':
      return say('Plumb does not know this architecture.', 'Choose a model of a family it can convert.');
    case 'convert_unknown_pretokenizer':
      return say('Plumb does not know how this model splits text.', 'Choose a model with a known tokenizer.');
    case 'convert_unknown_type':
      return say('Plumb does not know this weight type.', 'Choose one of the types in the list.');
    case 'convert_overflow':
      return say('A weight is too large for the type you chose.', 'Choose bf16 or f32.');
    case 'convert_no_space':
      return say('There is not enough space for the converted file.', 'Free some space or choose a smaller type.');
    case 'convert_target_exists':
      return say('A file with this name is already there.', 'Choose another name, or move the old file.');
    case 'convert_aborted':
      return say('The conversion was stopped.', 'Nothing half-written was left behind.');
    case 'convert_bad_json':
      return say('A description file of the model cannot be read.', 'Get the folder again.');
    case 'convert_bad_tokenizer':
      return say('The model’s tokenizer cannot be read.', 'Get tokenizer.json again.');
    case 'convert_quantize_failed':
      return say('Making the weights smaller failed.', 'Choose another weight type.');
    case 'file_unreadable':
      return say('The file cannot be read.', 'Check that it exists and that you may open it.');
    case 'file_unwritable':
      return say('The file cannot be written.', 'Check the folder and its permissions.');
    case 'document_unsupported':
      return say('Plumb cannot read this kind of file.', 'Save it as PDF, DOCX or plain text and add that.');
    case 'document_damaged':
      return say('This document is damaged or is not what its name says.', 'Open it in its own program, save it anew and add it again.');
    case 'collection_too_big':
      return say('Reading all of this collection would take too many runs of the model.', 'Ask about a part of it, or divide the collection.');
    case 'document_too_big':
      return say('This document is larger than Plumb reads safely.', 'Divide it and add the parts.');
    case 'document_encrypted':
      return say('This document is protected by a password.', 'Save a copy without the password and add that.');
    case 'document_empty':
      return say('There is no text in this document.', 'If it is a scan, let Plumb read its pages as pictures (OCR).');
    case 'document_missing':
      return say('The file is no longer where it was.', 'Put it back, or remove it from the collection. The text that was read is kept.');
    case 'document_changed':
      return say('The file has changed since it was read.', 'Plumb reads it again; try once more when it is ready.');
    case 'document_timeout':
      return say('Reading this document took too long and was stopped.', 'Divide it, or save it as plain text and add that.');
    case 'reader_down':
      return say('The part of Plumb that reads documents does not start.', 'Start Plumb again; if it stays, run “npm start” to set it up anew.');
    case 'locked':
      return say('Plumb is locked.', 'Unlock it first.');
    case 'wrong_passphrase':
      return say('This does not open Plumb.', 'Check the spelling and the keyboard layout, then try again.');
    case 'too_many_attempts':
      return say('There were too many wrong tries.', 'Wait until the time is over, or use the recovery code.');
    case 'vault_damaged':
      return say('The key and the file with your conversations do not belong together, or one of them is damaged.', 'Put back vault.json and plumb.db from the same backup of the data folder. Nothing was changed.');
    case 'vault_unprotected':
      return say('This system cannot keep the key safe by itself.', 'Set a passphrase.');
    case 'key_store_unavailable':
      return say('The system’s key store does not answer.', 'Unlock it, or use your passphrase or recovery code.');
    case 'import_invalid':
      return say('This file is not something Plumb exported.', 'Choose a JSON file that Plumb wrote.');
    case 'import_from_future':
      return say('A newer Plumb wrote this file.', 'Update Plumb, then import it.');
    case 'backup_invalid':
      return say('This is not a Plumb backup, or it is damaged.', 'Choose another backup file.');
    case 'suite_missing':
      return say('This suite of problems is not here.', 'Name a file with --suite, or a seed whose suite comes with Plumb.');
    case 'suite_invalid':
      return say('The suite has a line Plumb cannot read.', 'Correct the line it names; docs/evaluation.md shows the format.');
    case 'suite_empty':
      return say('There is no problem to solve in this suite.', 'Choose another suite or fewer restrictions.');
    case 'suite_unknown_task':
      return say('The suite has no such task.', 'Choose one of the tasks it lists.');
    default:
      return assertNever(code);
  }
}
