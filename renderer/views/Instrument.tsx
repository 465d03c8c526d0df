// Owns the right column: this token's convergence, and this answer as tokens by steps.
import { X } from 'lucide-react';
import { useMemo } from 'react';
import type { Message } from '../../core/contract/conversation.js';
import { change, plural } from '../figures.js';
import { pathTo } from '../message-tree.js';
import { closeDrawers } from '../panels.js';
import { settledAfter } from '../plot/convergence.js';
import type { TokenLog } from '../runs/token-log.js';
import { useLiveStep, useRunLog, useTokenFocus } from '../runs/use-run-log.js';
import { modelRecurrence } from '../selectors.js';
import { useApp } from '../store.js';
import { AnswerHeatmap } from './AnswerHeatmap.js';
import { axisSteps, TokenChart } from './TokenChart.js';

/** A token counts as settled when a step changes the latent state by less than this. */
const settledBelow = 0.01;

/** What a token looks like in a label: its spaces and line ends made visible. */
export function shownToken(text: string): string {
  return text.replaceAll('\n', '⏎').replaceAll('\t', '⇥') || '·';
}

export function Instrument() {
  const info = useApp(modelRecurrence);
  const open = useApp((state) => state.open);
  const { hover, pinned } = useTokenFocus();
  const lastReply: Message | undefined = useMemo(() => (open ? pathTo(open.messages, open.leafId).findLast(({ run }) => run !== null) : undefined), [open]);
  const focus = pinned ?? hover;
  const runId = focus?.runId ?? lastReply?.run?.id ?? null;
  const { log, version } = useRunLog(runId);
  const index = log ? Math.min(focus?.index ?? log.count - 1, log.count - 1) : -1;
  const hasTraces = log !== undefined && log.count > 0 && log.longestTrace > 0;
  return (
    <aside className="instrument" aria-label="Instrument">
      <button type="button" className="icon-button instrument-close" onClick={closeDrawers} aria-label="Close"><X size={18} aria-hidden /></button>
      {hasTraces && index >= 0 ? (
        <Readings log={log} index={index} version={version} pinned={pinned !== null} live={focus === null && lastReply?.run?.state === 'running'} />
      ) : (
        <Waiting withoutSteps={info === null && lastReply?.run?.hasRecurrence !== true} runId={runId} />
      )}
    </aside>
  );
}

interface ReadingsProps {
  log: TokenLog;
  index: number;
  version: number;
  pinned: boolean;
  live: boolean;
}

function Readings({ log, index, version, pinned, live }: ReadingsProps) {
  const step = useLiveStep((state) => (live && state.step?.runId === log.runId && state.step.phase === 'token' ? state.step : null));
  const trace = step ? step.trace : log.traceOf(index);
  const settled = settledAfter(trace, settledBelow);
  const last = trace.length > 0 ? trace[trace.length - 1]! : 0;
  const text = step ? '' : shownToken(log.textOf(index));
  return (
    <>
      <section aria-label="This token">
        <div className="instrument-head">
          <h2>This token</h2>
          <span className="instrument-note">
            {pinned ? <span className="tag">pinned</span> : null}
            {step ? `step ${step.trace.length}` : <><span className="token-name">{text}</span> · {plural(trace.length, 'step')}</>}
          </span>
        </div>
        <TokenChart log={log} index={index} version={version} thinking={step?.trace ?? null} />
        <p className="axis"><span>1</span><span>change per step, log scale</span><span>{axisSteps(log, trace.length)}</span></p>
        <dl className="readings">
          <dt>last change</dt>
          <dd>{change(last)}</dd>
          <dt title="The step from which no step changed the latent state by 1 % or more">settled below 1 %</dt>
          <dd className={settled > 0 ? 'good' : 'warm'}>{settled > 0 ? `after ${plural(settled, 'step')}` : 'not yet'}</dd>
        </dl>
      </section>
      <section aria-label="This answer">
        <div className="instrument-head">
          <h2>This answer</h2>
          <span className="instrument-note">tokens × steps</span>
        </div>
        <AnswerHeatmap log={log} index={index} version={version} live={live} />
      </section>
      <p className="instrument-help">Hover a word to see its curve, click to pin it. Each step runs the model’s core once more; a falling curve means its latent state is coming to rest.</p>
    </>
  );
}

function Waiting({ withoutSteps, runId }: { withoutSteps: boolean; runId: number | null }) {
  const step = useLiveStep((state) => (state.step?.runId === runId ? state.step : null));
  return (
    <section className="instrument-empty" aria-label="This token">
      <div className="instrument-head"><h2>This token</h2>{step?.phase === 'prefill' ? <span className="instrument-note">reading, step {step.trace.length}</span> : null}</div>
      <div className="instrument-blank" aria-hidden>
        <svg viewBox="0 0 308 120" preserveAspectRatio="none">
          {[14, 45, 76, 107].map((y) => <line key={y} x1="0" x2="308" y1={y} y2={y} />)}
          {withoutSteps ? null : <path d="M4 18 C 60 40, 120 74, 180 92 S 280 104, 304 105" />}
        </svg>
      </div>
      <p>
        {withoutSteps
          ? 'This model does the same work for every token, so there is no convergence to watch.'
          : 'While an answer is made, this shows how far each step still moves the model’s latent state: how a thought settles.'}
      </p>
    </section>
  );
}
