// Owns the guess of a document's language, from its script and its commonest small words.

const smallWords: Record<string, string> = {
  de: 'der die das und ist nicht ein eine mit für auf den von zu dem sich des wird auch als bei oder werden nach aus durch',
  en: 'the and of to in is that for it with as are was be on not this by from or at which have an if you',
  fr: 'le la les et des est dans que une pour qui sur pas du au avec par plus ce sont cette aux ou ne',
  es: 'el la los las que y de en un una por con para del se no es al lo como más su sus este',
  it: 'il la che di e un una per con non del della sono gli le dei nel alla più come anche si da al',
  nl: 'de het een en van is niet dat op te zijn met voor aan er ook als bij door wordt naar uit om',
  pt: 'o a os as que e de do da em um uma para com não por mais dos das ao se na no é',
  pl: 'i w nie na się z do to jest że o jak za od po przez dla lub oraz ale który',
  sv: 'och att det som en på är av för med den till inte om ett har de kan från eller vid',
};
const vote = new Map<string, string[]>();
for (const [language, words] of Object.entries(smallWords)) for (const word of words.split(' ')) vote.set(word, [...(vote.get(word) ?? []), language]);

const sampleCharacters = 60_000;
/** Votes below which a guess would be one. */
const leastVotes = 4;

export class LanguageGuess {
  #sample = '';

  add(text: string): void {
    if (this.#sample.length < sampleCharacters) this.#sample += ` ${text.slice(0, sampleCharacters - this.#sample.length)}`;
  }

  /** BCP 47; null: too little text. */
  best(): string | null {
    const script = scriptOf(this.#sample);
    if (script) return script;
    const votes = new Map<string, number>();
    for (const [word] of this.#sample.toLowerCase().matchAll(/\p{L}+/gu)) {
      const languages = vote.get(word) ?? [];
      if (/[äöüß]/.test(word)) votes.set('de', (votes.get('de') ?? 0) + 0.5);
      for (const language of languages) votes.set(language, (votes.get(language) ?? 0) + 1 / languages.length);
    }
    const [best] = [...votes].toSorted((a, b) => b[1] - a[1]);
    return best && best[1] >= leastVotes ? best[0] : null;
  }
}

function scriptOf(text: string): string | null {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters < 20) return null;
  const share = (pattern: RegExp): number => (text.match(pattern)?.length ?? 0) / letters;
  if (share(/[\u3040-\u30ff]/g) > 0.1) return 'ja';
  if (share(/[\uac00-\ud7af]/g) > 0.3) return 'ko';
  if (share(/[\u4e00-\u9fff]/g) > 0.3) return 'zh';
  if (share(/[\u0400-\u04ff]/g) > 0.5) return /[іїєґ]/i.test(text) ? 'uk' : 'ru';
  if (share(/[\u0370-\u03ff]/g) > 0.5) return 'el';
  if (share(/[\u0600-\u06ff]/g) > 0.5) return 'ar';
  if (share(/[\u0590-\u05ff]/g) > 0.5) return 'he';
  return null;
}
