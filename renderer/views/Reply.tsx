// Owns one answer: its text as it grows, what went wrong, its figures, and what can be done with it.
import { Check, Copy, Type } from 'lucide-react';
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react';
import type { Message, Run } from '../../core/contract/conversation.js';
import { loadTokens } from '../actions.js';
import { sentenceFor } from '../error-sentences.js';
import { Markdown } from '../markdown/Markdown.js';
import { noNotes } from '../markdown/notes.js';
import { plainText } from '../markdown/plain-text.js';
import { useCopy } from '../markdown/use-copy.js';
import { runLogs } from '../runs/run-logs.js';
import { useLiveStep, useRunLog } from '../runs/use-run-log.js';
import { BranchSwitch } from './BranchSwitch.js';
import { citationNotes } from './documents/CitationMark.js';
import { GroundedFoot, GroundedHead } from './documents/Grounded.js';
import { OtherDepths } from './OtherDepths.js';
import { ReplyFigures } from './ReplyFigures.js';
import { RetryMenu } from './RetryMenu.js';
import { useTokenPointer } from './use-token-pointer.js';
import { useTint } from './use-tint.js';

interface Props {
  message: Message;
  siblings: readonly Message[];
  /** It stands in the group at the end, which is always drawn. */
  last: boolean;
}

export const Reply = memo(function Reply({ message, siblings, last }: Props) {
  const { run } = message;
  const live = run?.state === 'running';
  const article = useRef<HTMLElement>(null);
  const body = useRef<HTMLDivElement>(null);
  useTokensWhenSeen(article, run, live, last);
  return (
    <article ref={article} className="message reply" data-message={message.id} data-run={run?.id} aria-label="Answer" aria-busy={live}>
      <h2 className="visually-hidden">Answer</h2>
      {message.grounding ? <GroundedHead grounding={message.grounding} live={live} runId={run?.id ?? null} /> : null}
      {message.grounding?.decision === 'not_found' && message.text === '' ? null : <ReplyText target={body} message={message} live={live} />}
      {message.grounding ? <GroundedFoot grounding={message.grounding} live={live} /> : null}
      {live ? null : <Outcome run={run} />}
      <ReplyFigures run={run} live={live} />
      {live ? null : <ReplyActions message={message} siblings={siblings} />}
      {live ? null : <OtherDepths message={message} siblings={siblings} />}
    </article>
  );
});

/** Finished answers fetch their tokens when they come into sight, not all at once. The browser tells, for it skips what is out of sight. */
function useTokensWhenSeen(article: RefObject<HTMLElement | null>, run: Run | null, live: boolean, shown: boolean): void {
  const wanted = run !== null && !live && run.hasRecurrence && run.lastSeq > 0;
  const runId = run?.id ?? 0;
  useLayoutEffect(() => {
    const element = article.current?.closest('.messages');
    if (!wanted || !element || (runLogs.find(runId)?.count ?? 0) > 0) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const plan = (): void => {
      clearTimeout(timer);
      // A pause: what only flies by while scrolling is not asked for.
      timer = setTimeout(() => void loadTokens(runId), 150);
    };
    const onChange = (event: Event): void => {
      if ((event as ContentVisibilityAutoStateChangeEvent).skipped) clearTimeout(timer);
      else plan();
    };
    if (shown || !('oncontentvisibilityautostatechange' in element)) plan();
    element.addEventListener('contentvisibilityautostatechange', onChange);
    return () => {
      clearTimeout(timer);
      element.removeEventListener('contentvisibilityautostatechange', onChange);
    };
  }, [article, wanted, runId, shown]);
}

function ReplyText({ target, message, live }: { target: RefObject<HTMLDivElement | null>; message: Message; live: boolean }) {
  const runId = message.run?.id ?? null;
  const { log, version } = useRunLog(runId);
  const text = live ? (log?.text ?? '') : message.text;
  const { grounding } = message;
  const notes = useMemo(() => (grounding && grounding.citations.length > 0 ? citationNotes(grounding, text) : noNotes), [grounding, text]);
  const painted = useTint(target, { log, version, live, text, notes });
  const pointer = useTokenPointer(runId, painted);
  return (
    <div className="reply-body" ref={target} {...pointer}>
      {text === '' && live ? <Thinking runId={runId} /> : <Markdown text={text} growing={live} notes={notes} />}
    </div>
  );
}

/** Before the first token: what the engine is doing, from what it reports. */
function Thinking({ runId }: { runId: number | null }) {
  const step = useLiveStep((state) => (state.step?.runId === runId ? state.step : null));
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 600);
    return () => clearTimeout(timer);
  }, []);
  const words = step?.phase === 'token' ? `Step ${step.trace.length} of the first token` : step || slow ? 'Reading the conversation' : '';
  return <p className="thinking"><span className="thinking-bob" aria-hidden />{words}</p>;
}

function Outcome({ run }: { run: Run | null }) {
  if (!run || run.state === 'running') return null;
  if (run.state === 'stopped') return <p className="outcome">Stopped here by you.</p>;
  if (run.endReason === 'context') return <p className="outcome warm">The context is full: the answer ends here. Nothing was cut. A new chat has room again.</p>;
  if (run.endReason === 'stop') return <p className="outcome">A text at which answers stop came up. Settings list them.</p>;
  if (run.endReason === 'length') return <p className="outcome">The longest answer you allow ends here. Settings change it.</p>;
  if (run.state !== 'interrupted') return null;
  const { sentence, nextStep } = run.errorCode ? sentenceFor({ code: run.errorCode }) : { sentence: 'This answer was interrupted.', nextStep: 'What was written is kept.' };
  return <p className="outcome warm" role="note"><strong>Interrupted.</strong> {sentence} {nextStep}</p>;
}

function ReplyActions({ message, siblings }: { message: Message; siblings: readonly Message[] }) {
  const { copied, copy } = useCopy();
  return (
    <div className="message-actions">
      <BranchSwitch message={message} siblings={siblings} what="answer" />
      <button type="button" className="icon-button" onClick={() => copy(message.text)} aria-label="Copy answer" data-tip={copied ? 'Copied' : 'Copy as Markdown'}>{copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}</button>
      <button type="button" className="icon-button" onClick={() => copy(plainText(message.text))} aria-label="Copy answer as plain text" data-tip="Copy as plain text"><Type size={15} aria-hidden /></button>
      <RetryMenu message={message} />
    </div>
  );
}
