// Owns showing text whose hidden characters stand out, each with its name as a tip.
import { Fragment } from 'react';
import { cutAtHidden } from './hidden-characters.js';

export function Visible({ text, where }: { text: string; where: 'prose' | 'code' }) {
  return (
    <>
      {cutAtHidden(text, where).map(({ text: part, at, hidden }) =>
        hidden === null ? <Fragment key={at}>{part}</Fragment> : <span key={at} className="hidden-character" title={`Hidden character: ${hidden}`}>{part}</span>,
      )}
    </>
  );
}
