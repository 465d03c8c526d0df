// Owns XML from strangers: a stream of elements and text; no entity beyond XML's own five, no doctype's promises, bounded depth.
import { SaxesParser } from 'saxes';
import { damaged, tooBig } from './failure.js';

export interface XmlHandlers {
  /** `name` without its prefix would be ambiguous in office formats, so it is as written: "w:p". */
  open?: (name: string, attributes: Record<string, string>) => void;
  close?: (name: string) => void;
  text?: (text: string) => void;
}

const deepest = 2000;
/** What the parser is given at once; its own buffers grow with it. */
const chunk = 64 * 1024;

/** Errors: document_damaged for what is not well-formed, after the handlers have had what came before. */
export function readXml(text: string, handlers: XmlHandlers): void {
  let depth = 0;
  const failures: Error[] = [];
  const parser = new SaxesParser({ xmlns: false, position: false });
  parser.on('error', (error) => {
    failures.push(error);
  });
  parser.on('doctype', (doctype) => {
    if (/<!ENTITY/i.test(doctype)) throw damaged('xml: declares entities');
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth > deepest) throw tooBig(`xml: more than ${deepest} levels deep`);
    handlers.open?.(name, attributes);
  });
  parser.on('closetag', ({ name }) => {
    depth--;
    handlers.close?.(name);
  });
  parser.on('text', (value) => handlers.text?.(value));
  parser.on('cdata', (value) => handlers.text?.(value));
  for (let at = 0; at < text.length && failures.length === 0; at += chunk) parser.write(text.slice(at, at + chunk));
  if (failures.length === 0) parser.close();
  if (failures[0]) throw damaged(`xml: ${failures[0].message.slice(0, 120)}`);
}
