// Owns Markdown without its marks, as it would be read aloud or pasted into a plain field.
import { Lexer, type Token, type Tokens } from 'marked';

/** Text of a Markdown source: emphasis, links and headings lose their marks; lists, code and tables keep their lines. */
export function plainText(markdown: string): string {
  return blocks(Lexer.lex(markdown)).replace(/\n{3,}/g, '\n\n').trim();
}

function blocks(tokens: readonly Token[]): string {
  return tokens.map((token) => block(token)).filter((text) => text !== '').join('\n\n');
}

function block(token: Token): string {
  switch (token.type) {
    case 'space':
    case 'def':
      return '';
    case 'hr':
      return '———';
    case 'code':
      return (token as Tokens.Code).text;
    case 'list': {
      const { items, ordered, start } = token as Tokens.List;
      return items.map((item, at) => `${ordered ? `${Number(start || 1) + at}.` : '•'} ${blocks(item.tokens).replaceAll('\n', '\n  ')}`).join('\n');
    }
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows].map((cells) => cells.map(({ tokens }) => inline(tokens)).join('\t')).join('\n');
    }
    case 'blockquote':
      return blocks((token as Tokens.Blockquote).tokens);
    default:
      return 'tokens' in token && token.tokens ? inline(token.tokens) : 'text' in token ? String(token.text) : token.raw;
  }
}

function inline(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === 'br') return '\n';
      if (token.type === 'link') return linkText(token as Tokens.Link);
      if ('tokens' in token && token.tokens) return inline(token.tokens);
      return 'text' in token ? String(token.text) : token.raw;
    })
    .join('');
}

function linkText({ tokens, href }: Tokens.Link): string {
  const text = inline(tokens);
  return text === href || `mailto:${text}` === href ? text : `${text} (${href})`;
}
