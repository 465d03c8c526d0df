// Owns the figures of a document evaluation and how they are shown.
import { wilson } from '../statistics.js';
import { table } from '../terminal.js';
import type { DepthAnswers } from './answers.js';
import { methods, type Method, type Outcome } from './measure.js';
import { tradeOffOf, type Shares, type TradeOffPoint } from './trade-off.js';

export interface Figures {
  questions: number;
  answerable: number;
  /** Share of answerable questions with a gold passage among the first 1, 5, 10. */
  recall: Partial<Record<Method, { at1: number; at5: number; at10: number }>>;
  /** Share of answerable questions whose first citation stands in the right file, on the right page. */
  firstCitation: { file: number; page: number };
  /** The same for the passage that is first, whatever is quoted of it. */
  firstPassage: { file: number; page: number };
  /** Share of questions with an accepted answer where a quote holds it: no model is asked. */
  quotedAnswer: { questions: number; first: number; three: number };
  /** With the 95 % intervals of Wilson. `orUnsure`: counted together with what is shown as perhaps not there. */
  abstention: { unanswerable: number; right: number; wrong: number; rightInterval: [number, number]; wrongInterval: [number, number]; orUnsure: { right: number; wrong: number } };
}

const interval = (part: number, of: number): [number, number] => {
  const { low, high } = wilson(part, of);
  return [low, high];
};
const share = (part: number, of: number): number => (of === 0 ? 0 : part / of);
const doubted = ({ found, unsure }: Outcome): boolean => !found || unsure;

export function figuresOf(outcomes: readonly Outcome[]): Figures {
  const answerable = outcomes.filter(({ question }) => !question.unanswerable);
  const unanswerable = outcomes.filter(({ question }) => question.unanswerable);
  const withAnswer = answerable.filter(({ quoted }) => quoted !== null);
  const count = (fits: (outcome: Outcome) => boolean | undefined): number => share(answerable.filter((outcome) => fits(outcome) === true).length, answerable.length);
  const recall: Figures['recall'] = {};
  for (const method of methods) {
    if (answerable.length === 0 || answerable[0]!.places[method] === undefined) continue;
    const within = (limit: number): number => count(({ places }) => (places[method] ?? Infinity) <= limit);
    recall[method] = { at1: within(1), at5: within(5), at10: within(10) };
  }
  const rightlyNone = unanswerable.filter(({ found }) => !found).length;
  const wronglyNone = answerable.filter(({ found }) => !found).length;
  return {
    questions: outcomes.length,
    answerable: answerable.length,
    recall,
    firstCitation: { file: count(({ firstQuote }) => firstQuote?.file), page: count(({ firstQuote }) => firstQuote?.page) },
    firstPassage: { file: count(({ firstPassage }) => firstPassage?.file), page: count(({ firstPassage }) => firstPassage?.page) },
    quotedAnswer: {
      questions: withAnswer.length,
      first: share(withAnswer.filter(({ quoted }) => quoted!.first).length, withAnswer.length),
      three: share(withAnswer.filter(({ quoted }) => quoted!.three).length, withAnswer.length),
    },
    abstention: {
      unanswerable: unanswerable.length,
      right: share(rightlyNone, unanswerable.length),
      wrong: share(wronglyNone, answerable.length),
      rightInterval: interval(rightlyNone, unanswerable.length),
      wrongInterval: interval(wronglyNone, answerable.length),
      orUnsure: { right: share(unanswerable.filter(doubted).length, unanswerable.length), wrong: share(answerable.filter(doubted).length, answerable.length) },
    },
  };
}

export interface Report {
  documents: number;
  passages: number;
  failed: { file: string; code: string }[];
  halves: Record<'tune' | 'report', { all: Figures; kinds: Record<string, Figures> }>;
  tradeOff: TradeOffPoint[];
  /** Of one question, reading excluded. Noisy on a busy machine. */
  retrievalMs: { median: number; p95: number };
  /** Of a model's replies, by depth; missing where no model was asked. */
  answers?: DepthAnswers[];
}

export function reportOf(outcomes: readonly Outcome[], about: Pick<Report, 'documents' | 'passages' | 'failed'>): Report {
  const half = (name: 'tune' | 'report'): Report['halves']['tune'] => {
    const mine = outcomes.filter(({ question }) => question.half === name);
    const kinds = [...new Set(mine.map(({ question }) => question.kind))].toSorted();
    return { all: figuresOf(mine), kinds: Object.fromEntries(kinds.map((kind) => [kind, figuresOf(mine.filter(({ question }) => question.kind === kind))])) };
  };
  const times = outcomes.map(({ retrievalMs }) => retrievalMs).toSorted((a, b) => a - b);
  const at = (part: number): number => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
  return { ...about, halves: { tune: half('tune'), report: half('report') }, tradeOff: tradeOffOf(outcomes), retrievalMs: { median: at(0.5), p95: at(0.95) } };
}

const digits = (value: number): string => value.toFixed(3);

export function reportText(report: Report): string {
  const parts = [`${report.documents} documents, ${report.passages} passages; a question takes ${report.retrievalMs.median.toFixed(1)} ms (median), ${report.retrievalMs.p95.toFixed(1)} ms (p95)`];
  for (const file of report.failed) parts.push(`not read: ${file.file} (${file.code})`);
  for (const [name, { all, kinds }] of Object.entries(report.halves)) {
    const rows = Object.entries({ all, ...kinds }).filter(([, figures]) => figures.answerable > 0);
    parts.push(
      `\n${name === 'tune' ? 'Tuning half (the score was fitted on it)' : 'Reporting half'}: ${all.questions} questions, ${all.abstention.unanswerable} of them unanswerable`,
      table(['method', 'recall@1', 'recall@5', 'recall@10'], Object.entries(all.recall).map(([method, { at1, at5, at10 }]) => [method, digits(at1), digits(at5), digits(at10)])),
      '',
      table(
        ['kind', 'questions', 'recall@1', 'recall@5', 'recall@10', 'file', 'page', 'quoted', 'in 3', 'wrongly none'],
        rows.map(([kind, figures]) => {
          const { at1, at5, at10 } = figures.recall.reranked!;
          return [kind, String(figures.answerable), ...[at1, at5, at10, figures.firstCitation.file, figures.firstCitation.page, figures.quotedAnswer.first, figures.quotedAnswer.three, figures.abstention.wrong].map(digits)];
        }),
      ),
      `Unanswerable: ${digits(all.abstention.right)} found to be so (95 % interval ${all.abstention.rightInterval.map(digits).join(' to ')}); of the answerable wrongly ${digits(all.abstention.wrong)} (${all.abstention.wrongInterval.map(digits).join(' to ')}).`,
      `Counting those shown as perhaps not there: ${digits(all.abstention.orUnsure.right)} and ${digits(all.abstention.orUnsure.wrong)}.`,
    );
  }
  parts.push('\nRecognised unanswerable / turned away answerable questions, by threshold (set on the tuning half)', tradeOffTable(report.tradeOff));
  if (report.answers !== undefined) {
    parts.push(
      `\nReplies of the model to ${report.answers[0]?.questions ?? 0} questions of the reporting half, from the passages found`,
      table(['steps', 'reply holds the answer', 'best quote holds it'], report.answers.map(({ steps, right, quoted }) => [String(steps), digits(right), digits(quoted)])),
    );
  }
  return parts.join('\n');
}

function tradeOffTable(points: readonly TradeOffPoint[]): string {
  const languages = Object.keys(points[0]?.languages ?? {});
  const both = ({ recognised, turnedAway }: Shares): string => `${digits(recognised)} / ${digits(turnedAway)}`;
  return table(
    ['allowed', 'threshold', 'tuning half', 'reporting half', ...languages],
    points.map(({ allowed, threshold, tune, report, languages: shares }) => [digits(allowed), digits(threshold), both(tune), both(report), ...languages.map((name) => both(shares[name]!))]),
  );
}
