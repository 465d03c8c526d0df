// Which models chat, which make vectors, which score: told from what their files say.
import { describe, expect, it } from 'vitest';
import { ggmlType } from '../../../core/convert/ggml-types.js';
import { purposeOf } from '../../../core/convert/purpose.js';

const head = (name: string) => [{ name, shape: [4, 1], type: ggmlType('f32'), position: 0, sizeBytes: 16 }];
const purpose = (architecture: string, pooling?: number, tensors = head('token_embd.weight')) => purposeOf(architecture, { metadata: new Map(pooling === undefined ? [] : [[`${architecture}.pooling_type`, pooling]]), tensors });

describe('a model', () => {
  it.each([
    ['huginn', undefined, 'chat'], ['llama', undefined, 'chat'], ['qwen3', undefined, 'chat'], ['llama', 0, 'chat'],
    ['bert', 1, 'embedder'], ['bert', 2, 'embedder'], ['nomic-bert', 1, 'embedder'], ['jina-bert-v2', 1, 'embedder'], ['gemma-embedding', 1, 'embedder'], ['qwen3', 3, 'embedder'],
    ['bert', 4, 'reranker'], ['qwen3', 4, 'reranker'], ['jina-bert-v2', 4, 'reranker'],
  ] as const)('of architecture %s with pooling %s is for: %s', (architecture, pooling, expected) => {
    expect(purpose(architecture, pooling)).toEqual({ purpose: expected, usable: true });
  });

  it('that only reads, names no pooling and has a classifier is a reranker; one that names a pooling is not, whatever it has', () => {
    expect(purpose('bert', undefined, head('cls.output.weight'))).toEqual({ purpose: 'reranker', usable: true });
    expect(purpose('bert', 1, head('cls.weight'))).toEqual({ purpose: 'embedder', usable: true });
  });

  it('that only reads and does not say how words become one vector cannot be used', () => {
    expect(purpose('bert')).toEqual({ purpose: 'embedder', usable: false });
    expect(purpose('t5encoder', 1)).toEqual({ purpose: 'embedder', usable: false });
  });
});
