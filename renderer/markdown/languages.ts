// Owns the languages that are highlighted, under the names models write after a fence.
export const languages = ['bash', 'c', 'cpp', 'css', 'diff', 'go', 'html', 'java', 'javascript', 'json', 'python', 'rust', 'sql', 'typescript', 'yaml'] as const;
export type Language = (typeof languages)[number];

const aliases: Readonly<Record<string, Language>> = {
  sh: 'bash', shell: 'bash', zsh: 'bash', console: 'bash', 'c++': 'cpp', cc: 'cpp', h: 'c', hpp: 'cpp', patch: 'diff', golang: 'go', htm: 'html', xml: 'html',
  js: 'javascript', jsx: 'javascript', mjs: 'javascript', py: 'python', python3: 'python', rs: 'rust', ts: 'typescript', tsx: 'typescript', yml: 'yaml',
};

export function languageOf(info: string | undefined): Language | null {
  const name = (info ?? '').trim().split(/[\s{]/)[0]!.toLowerCase();
  return languages.find((language) => language === name) ?? (Object.hasOwn(aliases, name) ? aliases[name]! : null);
}
