// The fork's tokenizer against an independent one: the published regexes run by JavaScript's own engine, then plain byte-level BPE.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Llama } from 'node-llama-cpp';
import { preTokenizerRegexes } from '../fixtures/pre-tokenizer-regexes.js';
import { loadFork, temporaryFolder } from './fork-engine.js';
import { byteLetters, makeTinyModel, randomNumbers, tinyShape, trainVocabulary, writeGguf, type Vocabulary } from './fork-model.js';

/** The published regex as JavaScript takes it: \b and \s by Unicode's word and space, lone braces escaped. */
function toJavaScript(regex: string): RegExp {
  const word = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]';
  return new RegExp(regex
    .replaceAll('\\b', `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`)
    .replaceAll('\\s', '\\p{White_Space}')
    .replace('|{|}|', '|\\{|\\}|').replaceAll('\\\\{', '\\\\\\{').replaceAll('\\\\}', '\\\\\\}')
    .replaceAll('\\"', '"').replaceAll('\\#', '#'), 'gu');
}

// pieces at which the regexes turn, next to ordinary letters of many scripts
const fragments = ['\\n', '\\ne', '\\neq', '\\nabla', '\\newcommand', '\\not', '\\notag', 'n', '\n', '\n\n', '\r\n', ' ', '  ', '\t', '\u00a0', '\u3000', '\u2028', '\u0085', "'", '\u2019', '\u02bc',
  "don't", 'l\u2019\u00e9t\u00e9', 'a\u02bcb', '==', '!=', '<<=', '**', '//=', '^', '|=', ':=', '++', '--', '\u2014', '_', '__', '`', '```', '"', '""', '#', '##', '$', '$$', '1', '12', '1st', '2nd', '11th',
  '\u0661', '\u00bd', '\u2167', '\u00b2', '\u0301', '\ufe0f', '\u{1f600}', '\u24b6', '\u20e3', '<0x0A>', '<0xF>', '<0xGG>', '\\alpha', '\\{', '\\}', '\\[', '\\]', '\\', '{', '}', '[', ']', '(', ')', '.', ',',
  '!', '?', ';', ':', '&', '%', '=', '*', '+', '-', '|', '<', '>', '@', '~', '/', '\u00e9', '\u00df', '\u4e2d', '\u6587', '\u0627', '\u0915', '\u093f', '\u0e01', '\u0e34', '\u0416', 'A', 'B', 'xyz', '\u203f',
  '\uff3f', '\u00ad', '\u200b', '\u0000', '\ufeff', '\ue000', 'word', 'Huginn', ' the', ' of'];

function randomText(random: () => number): string {
  return Array.from({ length: 1 + Math.floor(random() * 14) }, () => fragments[Math.floor(random() * fragments.length)]).join('');
}

/** Byte-level BPE: in each piece the pair of the lowest rank is merged first, from the left. */
function encode(pieces: string[], { tokens, merges }: Vocabulary): number[] {
  const ranks = new Map(merges.map((merge, rank) => [merge, rank]));
  const ids = new Map(tokens.map((token, id) => [token, id]));
  return pieces.flatMap((piece) => {
    const parts = [...Buffer.from(piece, 'utf8')].map((byte) => byteLetters[byte]!);
    for (;;) {
      let at = -1, best = Infinity;
      for (let i = 0; i + 1 < parts.length; i++) {
        const rank = ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity;
        if (rank < best) [at, best] = [i, rank];
      }
      if (at < 0) return parts.map((part) => ids.get(part)!);
      parts.splice(at, 2, parts[at]! + parts[at + 1]!);
    }
  });
}

let llama: Llama;
const folder = temporaryFolder();
beforeAll(async () => { ({ llama } = await loadFork()); });
afterAll(async () => {
  await llama.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

describe.each([['huginn-aeolian', preTokenizerRegexes.aeolian], ['huginn-hesiod', preTokenizerRegexes.hesiod]])('%s', (pre, regex) => {
  it('gives the ids of the independent tokenizer on 2,000 random texts', async () => {
    const pattern = toJavaScript(regex);
    const random = randomNumbers(11);
    const texts = Array.from({ length: 2000 }, () => randomText(random));
    // merges learnt across the cuts, so that a cut in another place gives other ids
    const vocabulary = trainVocabulary(pre, texts.slice(0, 300), 400);
    const file = path.join(folder, `${pre}.gguf`);
    writeGguf(file, makeTinyModel(1, tinyShape, vocabulary));
    const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });

    let cuts = 0, deleted = 0;
    for (const text of texts) {
      const pieces = text.match(pattern) ?? [];
      cuts += pieces.length;
      deleted += pieces.join('').length < text.length ? 1 : 0;
      expect([...model.tokenize(text, false)], JSON.stringify(text)).toEqual(encode(pieces, vocabulary));
    }
    expect(cuts).toBeGreaterThan(6_000);
    expect(deleted).toBeGreaterThan(200);
    await model.dispose();
  });
});
