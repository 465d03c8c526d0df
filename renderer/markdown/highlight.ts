// Owns colouring code, loaded only when the first fence has closed: Shiki on its JavaScript engine, so no wasm and no eval.
import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import type { Language } from './languages.js';

const loaders: Record<Language, () => Promise<unknown>> = {
  bash: () => import('shiki/langs/bash.mjs'), c: () => import('shiki/langs/c.mjs'), cpp: () => import('shiki/langs/cpp.mjs'), css: () => import('shiki/langs/css.mjs'),
  diff: () => import('shiki/langs/diff.mjs'), go: () => import('shiki/langs/go.mjs'), html: () => import('shiki/langs/html.mjs'), java: () => import('shiki/langs/java.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'), json: () => import('shiki/langs/json.mjs'), python: () => import('shiki/langs/python.mjs'),
  rust: () => import('shiki/langs/rust.mjs'), sql: () => import('shiki/langs/sql.mjs'), typescript: () => import('shiki/langs/typescript.mjs'), yaml: () => import('shiki/langs/yaml.mjs'),
};

/** A piece of code with the class that colours it: classes, not style attributes, for the sake of the content policy. */
export interface CodePiece {
  text: string;
  className: string;
}

const theme = createCssVariablesTheme({ name: 'plumb', variablePrefix: '--code-', variableDefaults: {}, fontStyle: false });
let core: Promise<HighlighterCore> | null = null;

const classOf = (color: string | undefined): string => /--code-(?:token-)?([a-z-]+)/.exec(color ?? '')?.[1] ?? 'foreground';

/** Lines of coloured pieces; joined with line ends they are the code again. */
export async function highlight(code: string, language: Language): Promise<CodePiece[][]> {
  core ??= createHighlighterCore({ themes: [theme], langs: [], engine: createJavaScriptRegexEngine({ forgiving: true }) });
  const highlighter = await core;
  if (!highlighter.getLoadedLanguages().includes(language)) await highlighter.loadLanguage((await loaders[language]()) as never);
  const { tokens } = highlighter.codeToTokens(code, { lang: language, theme: 'plumb' });
  return tokens.map((line) => line.map(({ content, color }) => ({ text: content, className: `code-${classOf(color)}` })));
}
