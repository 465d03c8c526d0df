// Owns the two published pre-tokenizers of Huginn and recognises them in a tokenizer.json.
import { AppError } from '../contract/errors.js';
import { isRecord } from './bounded-file.js';
import { shown } from './untrusted-text.js';

/** The name goes into tokenizer.ggml.pre; the engine's splitter is chosen by it. */
export type PreTokenizer = 'huginn-aeolian' | 'huginn-hesiod';

/**
 * The regular expressions, exactly as the two exporters wrote them (Unicode classes, Oniguruma syntax).
 * Compared as text: a regex that differs in one character splits some text differently, and the model would read other tokens.
 */
const regexes: Readonly<Record<PreTokenizer, string>> = {
  'huginn-aeolian':
    "(\\\\n(?:e(?:wcommand|wenvironment|wline|wpage|wtheorem)|abla|e|eq|geq|gtr|leq|exists|ocite|oindent|olinebreak|onumber|opagebreak|ormalsize|ot(?!(?:ag\\b|\\b)))\\b|\\n+|\\\\n(?!\\b)|\\p{N}{1,1}|(?:[ \\t](?:==|!=|<=|>=|<<|>>|\\*\\*|//|\\+=|-=|\\*=|/=|%=|&=|\\|=|\\^=|<<=|>>=|\\*\\*=|//=|:=|\\+\\+|--|[\\p{L}]+[''\u02bc](?:\\p{L}+)\\b|\\\\[a-zA-Z]+|\\\\{|\\\\}|{|}|\\\\\\[|\\\\\\]|\\[|\\]|\\(|\\)|_+|\\||\\+|-|\\*|\u2014|-|=|\\*\\*|^|[.,!?;()]|\\$\\$?|`+|\\\"+|\\#+|\\p{N}+(?:st|nd|rd|th)|<0x[0-9A-Fa-f]{1,2}>)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|[\\p{P}\\p{S}])|\\s+|\\p{So})",
  'huginn-hesiod':
    "(\\\\n(?:e(?:wcommand|wenvironment|wline|wpage|wtheorem)|abla|e|eq|geq|gtr|leq|exists|ocite|oindent|olinebreak|onumber|opagebreak|ormalsize|ot(?!(?:ag\\b|\\b)))\\b|\\n+|\\\\n(?!\\b)|[ \\t]?(?:==|!=|<=|>=|<<|>>|\\*\\*|//|\\+=|-=|\\*=|/=|%=|&=|\\|=|\\^=|<<=|>>=|\\*\\*=|//=|:=|\\+\\+|--|[\\p{L}]+['\u2019\u02bc](?:\\p{L}+)\\b|\\\\[a-zA-Z]+|\\\\{|\\\\}|{|}|\\\\\\[|\\\\\\]|\\[|\\]|\\(|\\)|_+|\\||\\+|-|\\*|\u2014|-|=|[.,!?;()]|\\$\\$?|`+|\\\"+|\\#+|\\p{N}+(?:st|nd|rd|th)|\\p{N}{1,1}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|[\\p{P}\\p{S}]+)|\\s+|\\p{So})",
};

/**
 * Accepts Split(regex, behavior Removed, inverted) followed by ByteLevel without its own regex: matches are kept, text between them is deleted.
 * Errors: convert_unknown_pretokenizer, with the regex found.
 */
export function identifyPreTokenizer(preTokenizer: unknown): PreTokenizer {
  const parts = isRecord(preTokenizer) && preTokenizer['type'] === 'Sequence' ? preTokenizer['pretokenizers'] : [preTokenizer];
  const [split, byteLevel] = Array.isArray(parts) ? (parts as unknown[]) : [];
  const regex = isRecord(split) && split['type'] === 'Split' && isRecord(split['pattern']) ? split['pattern']['Regex'] : undefined;
  if (typeof regex !== 'string') throw unknown('it does not split text by one regular expression', shown(preTokenizer));
  const name = (Object.keys(regexes) as PreTokenizer[]).find((candidate) => regexes[candidate] === regex);
  if (name === undefined) throw unknown(`its regular expression is not one of the two Huginn was published with: ${regex.slice(0, 300)}`, regex);
  const byteLevelFits = isRecord(byteLevel) && byteLevel['type'] === 'ByteLevel' && byteLevel['add_prefix_space'] === false && byteLevel['use_regex'] === false;
  if (!isRecord(split) || split['behavior'] !== 'Removed' || split['invert'] !== true || !byteLevelFits || (parts as unknown[]).length !== 2) {
    throw unknown('it uses the known regular expression with other settings', regex);
  }
  return name;
}

function unknown(why: string, found: string): AppError {
  return new AppError('convert_unknown_pretokenizer', `The way this tokenizer splits text is not known to the engine: ${why}. This model cannot be converted.`, found.slice(0, 4000));
}
