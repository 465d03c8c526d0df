// Owns the questions of a document evaluation: their file, which half each belongs to, and when a passage holds the gold text.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../contract/errors.js';

const questionSchema = z.object({
  /** Decides the half; without it the question's text does. */
  id: z.string().optional(),
  /** Counted together: exact, fact, paraphrase ... */
  kind: z.string().default('question'),
  language: z.string().optional(),
  question: z.string().min(1),
  /** Any of them answers. */
  gold: z.array(z.object({ file: z.string(), page: z.number().int().positive().optional(), text: z.string() })).default([]),
  /** Any of these texts is a right answer. */
  answer: z.array(z.string()).optional(),
  unanswerable: z.boolean().default(false),
  /** Nobody had it at hand when rules and synonyms were written: only such questions say how the decision does on others. */
  fresh: z.boolean().default(false),
});

export type Gold = { file: string; page?: number | undefined; text: string };
export type Half = 'tune' | 'report';
export interface Question {
  id: string;
  kind: string;
  language?: string | undefined;
  question: string;
  gold: Gold[];
  answer: string[];
  unanswerable: boolean;
  fresh: boolean;
  half: Half;
}

/** Errors: file_unreadable, file_unreadable with the number of the line. */
export async function readQuestions(path: string): Promise<Question[]> {
  const text = await readFile(path, 'utf8').catch((thrown: Error) => {
    throw new AppError('file_unreadable', `The questions cannot be read from ${path}.`, thrown.message, { cause: thrown });
  });
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      const { id, answer, ...rest } = questionSchema.parse(JSON.parse(line));
      if (!rest.unanswerable && rest.gold.length === 0) throw new Error('it has neither gold nor unanswerable');
      const name = id ?? rest.question;
      return [{ ...rest, id: name, answer: answer ?? [], half: halfOf(name) }];
    } catch (thrown) {
      throw new AppError('file_unreadable', `Line ${index + 1} of ${path} is not a question.`, (thrown as Error).message, { cause: thrown });
    }
  });
}

/** Settled by the question alone, so that no figure can choose its half. */
export function halfOf(id: string): Half {
  return createHash('sha256').update(id).digest()[0]! % 2 === 0 ? 'tune' : 'report';
}

/** Letters and digits decide: blanks, marks and the lines of a table differ between formats. */
export function normalised(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

export function holdsGold(gold: Gold, passage: { documentName: string; text: string }): boolean {
  return passage.documentName === gold.file && normalised(passage.text).includes(normalised(gold.text));
}
