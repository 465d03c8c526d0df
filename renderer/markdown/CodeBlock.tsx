// Owns one fenced block: plain while it is written, coloured once its fence has closed, with a copy button.
import { Check, Copy } from 'lucide-react';
import { memo, useEffect, useState } from 'react';
import type { CodePiece } from './highlight.js';
import { withoutHidden } from './hidden-characters.js';
import { languageOf } from './languages.js';
import { useCopy } from './use-copy.js';
import { Visible } from './Visible.js';

interface Props {
  code: string;
  info: string | undefined;
  growing: boolean;
}

/** Colouring takes about 0.2 ms a line: a very long block stays plain rather than block the page. */
const longestColoured = 40_000;

export const CodeBlock = memo(function CodeBlock({ code, info, growing }: Props) {
  const language = languageOf(info);
  const [coloured, setColoured] = useState<{ code: string; lines: CodePiece[][] } | null>(null);
  const { copied, copy } = useCopy();

  useEffect(() => {
    if (growing || language === null || code.length > longestColoured) return undefined;
    let gone = false;
    // Idle: a settled block may wait until the answer has been painted.
    const later = setTimeout(() => {
      void import('./highlight.js').then(({ highlight }) => highlight(code, language)).then(
        (lines) => { if (!gone) setColoured({ code, lines }); },
        () => undefined,
      );
    }, 30);
    return () => {
      gone = true;
      clearTimeout(later);
    };
  }, [code, language, growing]);

  return (
    <figure className="code">
      <figcaption>
        <span>{withoutHidden((info ?? '').trim().split(/\s/)[0]!.slice(0, 40)) || 'text'}</span>
        <button type="button" className="quiet-button" onClick={() => copy(code)} aria-label="Copy code">
          {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
          {copied ? 'Copied' : 'Copy'}
        </button>
      </figcaption>
      {/* Focusable, so that long lines can be scrolled with the keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>
        <code>{coloured?.code === code ? coloured.lines.map((line, at) => <CodeLine key={at} pieces={line} last={at === coloured.lines.length - 1} />) : <Visible text={code} where="code" />}</code>
      </pre>
    </figure>
  );
});

function CodeLine({ pieces, last }: { pieces: readonly CodePiece[]; last: boolean }) {
  return (
    <>
      {pieces.map((piece, at) => <span key={at} className={piece.className}><Visible text={piece.text} where="code" /></span>)}
      {last ? '' : '\n'}
    </>
  );
}
