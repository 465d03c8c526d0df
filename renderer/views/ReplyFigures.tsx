// Owns the line of figures under an answer; while it is made, the figures of now.
import { useEffect, useState } from 'react';
import type { Run } from '../../core/contract/conversation.js';
import { stepsOf } from '../compute-words.js';
import { plural, rate, seconds, whole } from '../figures.js';
import { useRunLog } from '../runs/use-run-log.js';

export function ReplyFigures({ run, live }: { run: Run | null; live: boolean }) {
  if (!run) return null;
  return live ? <LiveFigures run={run} /> : <FinalFigures run={run} />;
}

function Figure({ value, name }: { value: string; name: string }) {
  return <span className="figure"><b>{value}</b> {name}</span>;
}

function FinalFigures({ run }: { run: Run }) {
  const { log } = useRunLog(run.id);
  const { stats } = run;
  if (!stats || stats.tokens === 0) return null;
  const perSecond = stats.decodeMs > 0 ? (stats.tokens * 1000) / stats.decodeMs : null;
  const deepest = log?.stepsVary ? Array.from({ length: log.count }, (_, index) => index).reduce((best, index) => (log.stepsOf(index) > log.stepsOf(best) ? index : best), 0) : null;
  return (
    <p className="figures">
      <Figure value={whole(stats.tokens)} name={stats.tokens === 1 ? 'token' : 'tokens'} />
      {perSecond === null ? null : <Figure value={rate(perSecond)} name="tokens/s" />}
      <Figure value={seconds(stats.firstTokenMs)} name="to the first" />
      {run.hasRecurrence ? <StepFigure run={run} meanSteps={stats.meanSteps} /> : null}
      {log && deepest !== null ? <span className="figure">deepest <b>{log.stepsOf(deepest)}</b> at “{log.textOf(deepest).trim()}”</span> : null}
      {stats.reusedTokens > 0 ? <span className="figure" title="Prompt tokens that were still in memory from the turn before and were not read again"><b>{whole(stats.reusedTokens)}</b> of {whole(stats.promptTokens)} prompt tokens reused</span> : null}
      {stats.rereadTokens > 0 ? <span className="figure" title="Prompt tokens that were in memory, but had been read with other settings"><b>{whole(stats.rereadTokens)}</b> read again</span> : null}
    </p>
  );
}

/** "11 of 32 steps on average" where tokens could stop early; else what all of them took. */
function StepFigure({ run: { recurrence }, meanSteps }: { run: Run; meanSteps: number }) {
  if (recurrence.exit !== null || meanSteps < recurrence.steps) {
    const [mean, ...rest] = stepsOf(meanSteps, recurrence.steps).split(' ');
    return <Figure value={mean!} name={`${rest.join(' ')} on average`} />;
  }
  if (!Number.isInteger(meanSteps)) return <Figure value={meanSteps.toFixed(1)} name="steps on average" />;
  return <Figure value={String(meanSteps)} name={meanSteps === 1 ? 'step a token' : 'steps a token'} />;
}

function LiveFigures({ run }: { run: Run }) {
  const { log } = useRunLog(run.id);
  const [started, setStarted] = useState<{ atMs: number; tokens: number } | null>(null);
  const count = log?.count ?? 0;
  useEffect(() => {
    if (count > 0) setStarted((before) => before ?? { atMs: performance.now(), tokens: count });
  }, [count]);
  if (!log || count === 0) return <p className="figures">&nbsp;</p>;
  const passedMs = started ? performance.now() - started.atMs : 0;
  const made = started ? count - started.tokens : 0;
  return (
    <p className="figures">
      <Figure value={whole(count)} name={count === 1 ? 'token' : 'tokens'} />
      {passedMs > 400 && made > 2 ? <Figure value={rate((made * 1000) / passedMs)} name="tokens/s" /> : null}
      {run.hasRecurrence ? <span className="figure">{plural(log.stepsOf(count - 1), 'step')} a token now</span> : null}
    </p>
  );
}
