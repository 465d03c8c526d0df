// Owns what embedding models expect in front of a question and of a passage, as their makers trained them.

export interface EncoderPrompts {
  query: string;
  passage: string;
}

const none: EncoderPrompts = { query: '', passage: '' };

/**
 * By architecture, else by name; the model cards of nomic-embed-text, EmbeddingGemma, Qwen3-Embedding, E5, BGE, Snowflake Arctic and mxbai say so.
 * A change here makes other vectors: it must change {@link promptsVersion}.
 */
const known: readonly (readonly [pattern: RegExp, prompts: EncoderPrompts])[] = [
  [/^nomic-bert/, { query: 'search_query: ', passage: 'search_document: ' }],
  [/^gemma-embedding/, { query: 'task: search result | query: ', passage: 'title: none | text: ' }],
  [/^qwen3/, { query: 'Instruct: Given a question, retrieve passages that answer it\nQuery: ', passage: '' }],
  [/\be5\b/i, { query: 'query: ', passage: 'passage: ' }],
  [/\bbge\b(?!.*\bm3\b).*\ben\b|arctic-embed|mxbai-embed/i, { query: 'Represent this sentence for searching relevant passages: ', passage: '' }],
];

export const promptsVersion = 1;

export function encoderPrompts(architecture: string, name: string): EncoderPrompts {
  return known.find(([pattern]) => pattern.test(architecture))?.[1] ?? known.find(([pattern]) => pattern.test(name))?.[1] ?? none;
}
