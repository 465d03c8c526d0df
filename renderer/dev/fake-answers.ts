// Owns what the made-up backend answers, and traces that look like those of a recurrent model.

const markdown = `Here is a short tour of what an answer can hold.

## A list, with *emphasis*

1. **First**, the price: it costs $5 and then $10 more.
2. Then the formula $E = mc^2$, and its bigger sister:

$$\\int_0^1 x^2 \\, dx = \\frac{1}{3}$$

- a point with \`code\` in it
- another, with [a link](https://example.org/path?q=1)

| cup | before | after |
| --- | :---: | ---: |
| one | ball | – |
| three | – | ball |

\`\`\`python
def swaps(start, pairs):
    """Follow the ball."""
    at = start
    for a, b in pairs:
        at = b if at == a else a if at == b else at
    return at  # 3
\`\`\`

> A quiet remark, in a quotation.

![a picture](https://tracker.example/pixel.png?who=you)

Done.`;

function finalCup(question: string): string | null {
  const start = /(?:cup|box)e?s? (\d)/i.exec(question);
  if (!start) return null;
  let at = start[1]!;
  for (const [, a, b] of question.matchAll(/swap (?:boxes |cups )?(\d) (?:and|with) (\d)/gi)) at = at === a ? b! : at === b ? a! : at;
  return at;
}

/** The answer of a model that needs depth: few steps, wrong cup. */
export function answerTo(question: string, steps: number, endless: 'no' | 'mixed' | 'flat'): string {
  if (endless === 'flat') return 'The latent state moves a little with every step, and then it settles. A small step is often enough; a hard question needs more of them. '.repeat(700);
  if (endless === 'mixed') return Array.from({ length: 900 }, (_, at) => `${markdown}\n\nParagraph ${at}: the quick brown fox jumps over the lazy dog, again and again, so that there is something to read.\n\n`).join('');
  const cup = finalCup(question);
  const thing = /coin/i.test(question) ? ['coin', 'in box'] : ['ball', 'under cup'];
  if (cup !== null) return `The ${thing[0]} is ${thing[1]} ${steps >= 12 ? cup : String((Number(cup) % 5) + 1)}.`;
  if (/what are you/i.test(question)) return 'I am a very small model. I follow a ball under five cups and little else. Ask me where the ball is.';
  return markdown;
}

/** About the size of real tokens: words with the space before them. */
export function tokensOf(text: string): string[] {
  return text.match(/\s?[\p{L}]{1,7}|\s?\d|\s+|[^\s\p{L}\d]/gu) ?? [];
}

/** Relative change per step: falls geometrically, slower for numbers, with a little noise. */
export function traceFor(text: string, index: number, steps: number): number[] {
  const hard = /\d/.test(text) ? 0.78 : 0.5 + 0.18 * Math.abs(Math.sin(index * 12.9898));
  let delta = 0.95;
  return Array.from({ length: steps }, (_, step) => {
    if (step > 0) delta *= hard * (0.92 + 0.16 * Math.abs(Math.sin(index * 3.1 + step * 1.7)));
    return Math.max(delta, 0.00035 * (1 + Math.abs(Math.sin(step * 2.3 + index))));
  });
}
