// Owns a conversation written as one HTML file: no script, nothing from elsewhere, light and dark, fit for paper.
import { Marked, type Tokens } from 'marked';
import type { ExportedConversation } from '../../contract/transfer.js';
import { sourceOf, withMarks } from './markdown.js';
import { dateOf, written } from './written.js';

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

/** Places of footnote marks in the text: characters that no writing uses, replaced after the Markdown is read. */
const markStart = '\uE010';
const markEnd = '\uE011';

/** Markdown of a model, which may be hostile: its HTML is shown as text, its pictures are named and not loaded, links go to the web or to mail only. */
const reader = new Marked({
  gfm: true,
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escapeHtml(text),
    image: ({ text, href }: Tokens.Image) => `<span class="picture">[picture: ${escapeHtml(text || href)}]</span>`,
    link(this: { parser: { parseInline(tokens: Tokens.Generic[]): string } }, { href, tokens }: Tokens.Link) {
      const inside = this.parser.parseInline(tokens);
      return /^(https?|mailto):/i.test(href) ? `<a href="${escapeHtml(href)}" rel="noreferrer noopener">${inside}</a>` : inside;
    },
    code: ({ text }: Tokens.Code) => `<pre><code>${escapeHtml(text)}</code></pre>\n`,
  },
});

// Nothing is fetched even if something slipped through.
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const style = `
:root { color-scheme: light dark; --paper: #fbfaf8; --raised: #fff; --line: #e5e1da; --text: #1d1b18; --muted: #6d6760; --accent: #2f5d8a; }
@media (prefers-color-scheme: dark) { :root { --paper: #161719; --raised: #222529; --line: #2e3237; --text: #e9e7e3; --muted: #a3a098; --accent: #7fb2e5; } }
body { margin: 0 auto; max-width: 44rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--text); font: 16px/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 2.5rem 0 .25rem; } h2 { font-size: .95rem; margin: 0; } a { color: var(--accent); }
.fine { color: var(--muted); font-size: .8rem; margin: .15rem 0 .5rem; } .turn { margin-top: 1.75rem; } .said > :first-child { margin-top: .25rem; }
.user .said { white-space: pre-wrap; background: var(--raised); border: 1px solid var(--line); border-radius: 12px; padding: .7rem 1rem; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; overflow-x: auto; font-size: .85rem; white-space: pre-wrap; }
table { border-collapse: collapse; } td, th { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; } blockquote { margin-left: 0; padding-left: 1rem; border-left: 3px solid var(--line); }
.sources { font-size: .85rem; color: var(--muted); } .picture { color: var(--muted); font-style: italic; } sup a { text-decoration: none; }
@media print { :root { --paper: #fff; --raised: #fff; --line: #bbb; --text: #000; --muted: #444; --accent: #000; } body { max-width: none; padding: 0; font-size: 11pt; } .turn, pre, table { break-inside: avoid-page; } h1 { break-before: page; } h1:first-of-type { break-before: auto; } nav { display: none; } }
`;

export function htmlHead(title: string): string {
  return `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="${policy}">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n<title>${escapeHtml(title)}</title>\n<style>${style}</style>\n</head>\n<body>\n`;
}

export const htmlFoot = '</body>\n</html>\n';

/** @param place of the conversation in the file, from 0: makes anchors unique */
export function asHtml(conversation: ExportedConversation, all: boolean, place: number): string {
  const parts = [`<h1 id="c${place}">${escapeHtml(conversation.title) || 'Chat without a title'}</h1>\n<p class="fine">${escapeHtml(dateOf(conversation.createdAtMs))}</p>\n`];
  for (const { message, number, heading, branch, follows, figures } of written(conversation, all)) {
    const { grounding, role } = message;
    const anchor = (source: number): string => `s${place}-${number}-${source + 1}`;
    const notes = [branch, figures].filter((note) => note !== null).map(escapeHtml);
    if (follows !== null) notes.push(`follows <a href="#m${place}-${follows}">message ${follows}</a>`);
    const text = grounding ? withMarks(message.text, grounding, (source) => `${markStart}${source}${markEnd}`) : message.text;
    const said = role === 'user' ? escapeHtml(text) : (reader.parse(text) as string);
    const marked = said.replace(/\uE010(\d+)\uE011/g, (_mark, source) => `<sup><a href="#${anchor(Number(source))}">${Number(source) + 1}</a></sup>`);
    const cited = new Set(grounding?.citations.map(({ source }) => source));
    const sources = grounding?.sources.flatMap((source, at) => (cited.has(at) ? [`<li id="${anchor(at)}" value="${at + 1}">${escapeHtml(sourceOf(source))}: “${escapeHtml(source.text)}”</li>`] : [])) ?? [];
    parts.push(
      `<section class="turn ${role}" id="m${place}-${number}">\n<h2>${escapeHtml(heading)}</h2>\n${notes.length > 0 ? `<p class="fine">${notes.join(' · ')}</p>\n` : ''}<div class="said">${marked}</div>\n` +
        `${sources.length > 0 ? `<ol class="sources">${sources.join('')}</ol>\n` : ''}</section>\n`,
    );
  }
  return parts.join('');
}
