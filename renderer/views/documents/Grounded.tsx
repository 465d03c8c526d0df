// Owns what stands around an answer from documents: what was read, the quoted answer before it, doubts, offers and "not found".
import { BookOpenText, CircleHelp, PanelRight, SearchX } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Grounding } from '../../../core/contract/documents.js';
import { call, retry, stopRun } from '../../actions.js';
import { sourcesOf, supported } from '../../documents/citation-notes.js';
import { about, plural, seconds, whole } from '../../figures.js';
import { showSources } from '../../panels.js';
import { currentRecurrence } from '../../selectors.js';
import { useApp } from '../../store.js';
import { PassageCard } from './PassageCard.js';
import { QuoteList } from './QuotedAnswer.js';

interface Props {
  grounding: Grounding;
  live: boolean;
  /** null: nothing was generated. */
  runId?: number | null;
}

/** Before the answer's own words. */
export function GroundedHead({ grounding, live, runId = null }: Props) {
  const { decision, unsure, read, alsoFound, quotes, whole: progress } = grounding;
  return (
    <div className="grounded-head">
      <ReadLine grounding={grounding} />
      {unsure ? <Unsure /> : null}
      {decision === 'not_found' ? <NotFound grounding={grounding} /> : <QuoteList quotes={quotes} passages={[...read, ...alsoFound]} numbers={sourcesOf(grounding)} />}
      {progress && live ? <WholeProgress progress={progress} runId={runId} /> : null}
    </div>
  );
}

/** Always there: an answer from five passages must not pass for one from all. */
function ReadLine({ grounding }: { grounding: Grounding }) {
  const { read, passagesTotal, collectionName, mode, messageId, decision, whole: progress } = grounding;
  const count = mode === 'whole' && progress ? progress.done : read.length;
  const words = decision === 'not_found' ? `Looked through ${plural(passagesTotal, 'passage')}` : mode === 'whole' ? `Read ${whole(count)} of ${whole(progress?.total ?? passagesTotal)} parts` : `Read ${whole(count)} of ${plural(passagesTotal, 'passage')}`;
  return (
    <p className="read-line">
      <BookOpenText size={14} aria-hidden />
      <span><b>{words}</b> in {collectionName}</span>
      <button type="button" className="quiet-button" onClick={() => showSources(messageId)}><PanelRight size={14} aria-hidden /> Sources</button>
    </p>
  );
}

/** Between found and not found: the reader is told before the first word of an answer. */
function Unsure() {
  return (
    <p className="unsure-line" role="note">
      <CircleHelp size={15} aria-hidden />
      <span><b>Perhaps not in your documents.</b> These passages come closest, but what you asked was not clearly seen in them.</span>
    </p>
  );
}

function NotFound({ grounding: { messageId, alsoFound, read, query, collectionId } }: { grounding: Grounding }) {
  const closest = [...read, ...alsoFound].slice(0, 3);
  const busy = useApp(({ running, engine }) => engine.kind !== 'ready' || Object.keys(running).length > 0);
  return (
    <section className="not-found" aria-label="Not in your documents">
      <h3><SearchX size={17} aria-hidden /> Not in your documents</h3>
      <p>Nothing in these documents seems to answer “{query}”. {closest.length > 0 ? 'The closest passages are:' : ''}</p>
      {closest.map((passage) => <PassageCard key={passage.passageId} passage={passage} />)}
      <div className="not-found-foot">
        <button type="button" className="button small" disabled={busy || collectionId === null} onClick={() => void retry(messageId, 'as-chosen', { anyway: true })}>Answer anyway</button>
        <span className="fine">The model then answers from these passages and what it knows; sentences without support are marked.</span>
      </div>
    </section>
  );
}

function WholeProgress({ progress: { done, total, secondsLeft }, runId }: { progress: NonNullable<Grounding['whole']>; runId: number | null }) {
  const words = `Reading everything: ${whole(done)} of ${whole(total)} parts${secondsLeft === null ? '' : `, ${about(secondsLeft * 1000)} left`}`;
  return (
    <div className="whole-progress">
      <span>{words}</span>
      {runId === null ? null : <button type="button" className="button small" onClick={() => stopRun(runId)}>Stop reading</button>}
      <progress value={done} max={Math.max(1, total)} aria-label={words} />
    </div>
  );
}

/** After the answer's words: how much of it is borne out, and reading everything where the question needs it. */
export function GroundedFoot({ grounding, live }: Props) {
  const { decision, mode, needsAll, citations } = grounding;
  if (live || decision === 'not_found') return null;
  const counted = supported(grounding);
  return (
    <>
      {citations.length > 0 ? <p className="support-line">{counted.supported === counted.total ? 'Every sentence has a source.' : counted.supported === 0 ? 'No sentence of this answer has a source in the documents.' : `${whole(counted.supported)} of ${plural(counted.total, 'sentence')} ${counted.supported === 1 ? 'has' : 'have'} a source.`}</p> : null}
      {needsAll && mode === 'passages' ? <WholeOffer grounding={grounding} /> : null}
    </>
  );
}

interface Forecast {
  passages: number;
  runs: number;
  seconds: number | null;
}

function WholeOffer({ grounding: { messageId, collectionId, read, passagesTotal } }: { grounding: Grounding }) {
  const [forecast, setForecast] = useState<Forecast | null>(null);
  const ready = useApp(({ engine }) => engine.kind === 'ready');
  const busy = useApp(({ running }) => Object.keys(running).length > 0);
  useEffect(() => {
    if (collectionId === null || !ready) return undefined;
    let gone = false;
    // Without a forecast the offer stands, only without its price.
    call('documents.forecast', { collectionId, recurrence: currentRecurrence(useApp.getState()) }).then((found) => { if (!gone) setForecast(found); }, () => undefined);
    return () => { gone = true; };
  }, [collectionId, ready]);
  if (collectionId === null || passagesTotal <= read.length) return null;
  return (
    <aside className="whole-offer" aria-label="This question may need everything">
      <p>
        <strong>This question may need everything.</strong> Only {whole(read.length)} of {plural(passagesTotal, 'passage')} were read.
        {forecast ? ` Reading all ${whole(forecast.passages)} takes ${plural(forecast.runs, 'run')} of the model${forecast.seconds === null ? '' : `, about ${seconds(forecast.seconds * 1000)}`}.` : ''}
      </p>
      <button type="button" className="button small" disabled={busy || !ready} onClick={() => void retry(messageId, 'as-chosen', { mode: 'whole' })}>Read everything</button>
    </aside>
  );
}
