// Owns what a screen reader hears of an answer: that it began, then whole sentences, then that it is done. Never single tokens.
import { useEffect, useRef, useState } from 'react';
import { plural } from '../figures.js';
import { runLogs } from '../runs/run-logs.js';
import { liveRunOf } from '../selectors.js';
import { useApp } from '../store.js';

/** Often enough to keep up with a voice. */
const lookEveryMs = 1_200;
/** Longer than a voice can follow: then the end of the answer is announced and the text can be read in place. */
const longestSpoken = 600;

/** The whole sentences of a text from an offset on, and where they end. */
export function sentencesFrom(text: string, from: number): { spoken: string; until: number } {
  const rest = text.slice(from);
  const end = Math.max(...['. ', '? ', '! ', '.\n', '?\n', '!\n', ':\n', '\n\n'].map((mark) => rest.lastIndexOf(mark)));
  if (end < 0) return { spoken: '', until: from };
  return { spoken: rest.slice(0, end + 1).trim(), until: from + end + 1 };
}

export function Announcer() {
  const run = useApp(liveRunOf);
  const [words, setWords] = useState('');
  const last = useRef<number | null>(null);
  const runId = run?.runId ?? null;

  useEffect(() => {
    if (runId === null) {
      const ended = last.current === null ? undefined : runLogs.find(last.current);
      last.current = null;
      if (ended) setWords(`Done, ${plural(ended.text.split(/\s+/).filter(Boolean).length, 'word')}.`);
      return undefined;
    }
    last.current = runId;
    setWords('Answering.');
    let until = 0;
    const timer = setInterval(() => {
      const next = sentencesFrom(runLogs.find(runId)?.text ?? '', until);
      until = next.until;
      if (next.spoken !== '' && next.spoken.length <= longestSpoken) setWords(next.spoken);
    }, lookEveryMs);
    return () => clearInterval(timer);
  }, [runId]);

  return <div className="visually-hidden" role="status" aria-live="polite">{words}</div>;
}
