// Owns writing a message: the field, send and stop, and the row that decides how deep to think.
import { ArrowUp, Square } from 'lucide-react';
import { useCallback, useLayoutEffect, useRef, type KeyboardEvent } from 'react';
import { sendMessage, stopRun } from '../actions.js';
import { useDrafts } from '../drafts.js';
import { pathTo } from '../message-tree.js';
import { liveRunOf } from '../selectors.js';
import { useApp, useView } from '../store.js';
import { AnswerNow } from './AnswerNow.js';
import { ContextGauge } from './ContextGauge.js';
import { AskPicker, useAskedCollection } from './documents/AskPicker.js';
import { DepthRow } from './DepthRow.js';
import { ModeSwitch } from './ModeSwitch.js';
import { SpeedPopover } from './SpeedPopover.js';
import { useForecast } from './use-forecast.js';

/** Taller than this the field scrolls. */
const tallestPx = 260;

/** Where the browser grows the field itself (styles/composer.css), measuring it here would lay out the whole talk for every key. */
const growsItself = typeof CSS !== 'undefined' && CSS.supports('field-sizing', 'content');

export function Composer() {
  const conversationId = useApp(({ open }) => open?.conversation.id ?? null);
  const temporary = useApp(({ open }) => open?.conversation.temporary === true);
  const text = useDrafts(({ texts }) => texts.get(conversationId) ?? '');
  const run = useApp(liveRunOf);
  const busyElsewhere = useApp(({ running, open }) => Object.values(running).some((place) => place.conversationId !== open?.conversation.id));
  const ready = useApp(({ engine, link }) => engine.kind === 'ready' && link === 'open');
  const asked = useAskedCollection();
  const field = useRef<HTMLTextAreaElement>(null);
  const sending = useRef(false);
  const forecast = useForecast(conversationId, text);
  const refused = forecast?.fits === false;
  const maySend = ready && !refused && !busyElsewhere && run === null && text.trim() !== '';

  useLayoutEffect(() => {
    const element = field.current;
    if (!element || growsItself) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(tallestPx, element.scrollHeight)}px`;
  }, [text]);

  const send = useCallback(async (): Promise<void> => {
    if (!maySend || sending.current) return;
    sending.current = true;
    const { write } = useDrafts.getState();
    // Cleared at once, so that what is typed while the call is under way is not lost; put back if it was refused.
    write(conversationId, '');
    if (!(await sendMessage(text.trim()))) write(conversationId, text);
    sending.current = false;
  }, [maySend, conversationId, text]);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // 229: an input method is composing, in browsers that end the composition before this event.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      void send();
    }
    if (event.key === 'ArrowUp' && !event.altKey && text === '') {
      const { open } = useApp.getState();
      const mine = open && pathTo(open.messages, open.leafId).findLast(({ role }) => role === 'user');
      if (mine) {
        event.preventDefault();
        useView.setState({ editing: mine.id });
      }
    }
  };

  return (
    <form className="composer" onSubmit={(event) => { event.preventDefault(); void send(); }} aria-label="Message">
      <textarea
        id="composer-text"
        ref={field}
        rows={1}
        value={text}
        onChange={(event) => useDrafts.getState().write(conversationId, event.target.value)}
        onKeyDown={onKeyDown}
        placeholder={asked !== null ? 'Ask these documents' : temporary ? 'Ask something; nothing of it is stored' : 'Ask something, or drop documents here'}
        aria-label="Message"
        aria-describedby="composer-state"
        // The window opens for writing.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
      />
      <div className="composer-line">
        <ContextGauge forecast={forecast} waiting={busyElsewhere && run === null} />
        <AskPicker />
      </div>
      <div className="composer-row">
        <ModeSwitch />
        <DepthRow live={run !== null} />
        <SpeedPopover />
        {run ? <AnswerNow runId={run.runId} /> : null}
        {run ? (
          <button type="button" className="send stop" onClick={() => stopRun(run.runId)} aria-label="Stop" data-tip="Stop (Esc)"><Square size={15} fill="currentColor" aria-hidden /></button>
        ) : (
          <button type="submit" className="send" disabled={!maySend} aria-label="Send" data-tip="Send"><ArrowUp size={19} aria-hidden /></button>
        )}
      </div>
    </form>
  );
}
