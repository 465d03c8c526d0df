// Owns the right column: this token's convergence and this answer as tokens by steps; for an answer from documents, its sources as a tab beside them.
import { X } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { useMemo } from 'react';
import type { Message, Run } from '../../core/contract/conversation.js';
import type { ExitReason } from '../../core/contract/recurrence.js';
import { change, plural } from '../figures.js';
import { pathTo } from '../message-tree.js';
import { closeDrawers } from '../panels.js';
import { settledAfter, type ExitView } from '../plot/convergence.js';
import type { TokenLog } from '../runs/token-log.js';
import { useLiveStep, useRunLog, useTokenFocus } from '../runs/use-run-log.js';
import { modelRecurrence } from '../selectors.js';
import type { OpenConversation } from '../state.js';
import { useApp, useView } from '../store.js';
import { AnswerHeatmap } from './AnswerHeatmap.js';
import { Sources, useSources } from './documents/Sources.js';
import { axisSteps, TokenChart } from './TokenChart.js';

/** A token counts as settled when a step changes the latent state by less than this, or than its own exit line. */
const usuallyBelow = 0.01;

/** What a token looks like in a label: its spaces and line ends made visible. */
export function shownToken(text: string): string {
  return text.replaceAll('\n', '⏎').replaceAll('\t', '⇥') || '·';
}

/** A run whose tokens could stop early, or did because they were hurried, as the pictures need it. */
export function exitViewOf(run: Run | null, someEarly: boolean): ExitView | null {
  if (!run) return null;
  const { exit, steps } = run.recurrence;
  if (exit === null || exit.kind === 'none') return someEarly ? { limit: steps, below: null } : null;
  return { limit: steps, below: exit.kind === 'latent-diff' ? exit.threshold : null };
}

/** In the middle of a line: why a token stopped. */
const stopped: Readonly<Partial<Record<ExitReason, string>>> = { converged: 'had settled', hurried: 'was hurried', limit: 'at its latest step', stopped: 'was stopped' };

export function Instrument() {
  const grounding = useSources();
  const side = useView((view) => view.side) ?? 'sources';
  return (
    <aside className="instrument" aria-label={grounding ? 'Sources and instrument' : 'Instrument'}>
      <button type="button" className="icon-button instrument-close" onClick={closeDrawers} aria-label="Close"><X size={18} aria-hidden /></button>
      {grounding ? (
        <Tabs.Root className="side-tabs" value={side} onValueChange={(value) => useView.setState({ side: value as 'sources' | 'instrument' })}>
          <Tabs.List className="tab-list" aria-label="Beside the answer">
            <Tabs.Trigger className="tab" value="sources">Sources</Tabs.Trigger>
            <Tabs.Trigger className="tab" value="instrument">Instrument</Tabs.Trigger>
          </Tabs.List>
          <Tabs.Content value="sources" className="side-panel" tabIndex={-1}><Sources grounding={grounding} /></Tabs.Content>
          <Tabs.Content value="instrument" className="side-panel" tabIndex={-1}><Panel /></Tabs.Content>
        </Tabs.Root>
      ) : <Panel />}
    </aside>
  );
}

function Panel() {
  const info = useApp(modelRecurrence);
  const open = useApp((state) => state.open);
  const { hover, pinned } = useTokenFocus();
  const lastReply: Message | undefined = useMemo(() => (open ? pathTo(open.messages, open.leafId).findLast(({ run }) => run !== null) : undefined), [open]);
  const focus = pinned ?? hover;
  const runId = focus?.runId ?? lastReply?.run?.id ?? null;
  const { log, version } = useRunLog(runId);
  const someEarly = (log?.early ?? 0) > 0;
  const exit = useMemo(() => exitViewOf(runOf(open, runId), someEarly), [open, runId, someEarly]);
  const index = log ? Math.min(focus?.index ?? log.count - 1, log.count - 1) : -1;
  const hasTraces = log !== undefined && log.count > 0 && log.longestTrace > 0;
  return hasTraces && index >= 0 ? (
    <Readings log={log} index={index} version={version} exit={exit} pinned={pinned !== null} live={focus === null && lastReply?.run?.state === 'running'} />
  ) : (
    <Waiting withoutSteps={info === null && lastReply?.run?.hasRecurrence !== true} runId={runId} />
  );
}

function runOf(open: OpenConversation | null, runId: number | null): Run | null {
  for (const { run } of open?.messages.values() ?? []) if (run && run.id === runId) return run;
  return null;
}

interface ReadingsProps {
  log: TokenLog;
  index: number;
  version: number;
  exit: ExitView | null;
  pinned: boolean;
  live: boolean;
}

function Readings({ log, index, version, exit, pinned, live }: ReadingsProps) {
  const step = useLiveStep((state) => (live && state.step?.runId === log.runId && state.step.phase === 'token' ? state.step : null));
  const trace = step ? step.trace : log.traceOf(index);
  const settledBelow = exit?.below ?? usuallyBelow;
  const settled = settledAfter(trace, settledBelow);
  const below = `${Number((settledBelow * 100).toPrecision(2))} %`;
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
        <TokenChart log={log} index={index} version={version} thinking={step?.trace ?? null} exit={exit} />
        <p className="axis"><span>1</span><span>change per step, log scale{exit?.below ? ' · dashed: exit' : ''}</span><span>{axisSteps(log, trace.length, exit)}</span></p>
        <dl className="readings">
          {step || exit === null ? null : <><dt>stopped</dt><dd>{stopped[log.exitOf(index)] ?? ''}{trace.length < exit.limit ? `, ${trace.length} of ${exit.limit}` : ''}</dd></>}
          <dt>last change</dt>
          <dd>{change(last)}</dd>
          <dt title={`The step from which no step changed the latent state by ${below} or more`}>settled below {below}</dt>
          <dd className={settled > 0 ? 'good' : 'warm'}>{settled > 0 ? `after ${plural(settled, 'step')}` : 'not yet'}</dd>
        </dl>
      </section>
      <section aria-label="This answer">
        <div className="instrument-head">
          <h2>This answer</h2>
          <span className="instrument-note">tokens × steps</span>
        </div>
        <AnswerHeatmap log={log} index={index} version={version} live={live} limit={exit?.limit ?? 0} />
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
