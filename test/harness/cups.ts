// Owns the cups game as tests ask it: questions in the wording of the first suggestion, solved here by following the ball.

export interface CupsQuestion {
  text: string;
  /** Where the ball ends, 1 to 5. */
  cup: number;
}

/** @param random numbers in 0..1 with a seed @param swaps how many swaps the ball is to be followed through */
export function makeCupsQuestion(random: () => number, swaps: number): CupsQuestion {
  const draw = (): number => 1 + Math.floor(random() * 5);
  let cup = draw();
  const sentences = [`A ball is under cup ${cup}.`];
  for (let swap = 0; swap < swaps; swap += 1) {
    const a = draw();
    let b = draw();
    while (b === a) b = draw();
    sentences.push(`Swap ${a} and ${b}.`);
    if (cup === a) cup = b;
    else if (cup === b) cup = a;
  }
  return { text: [...sentences, 'Where is the ball?'].join(' '), cup };
}

/** Whether an answer names the right cup. */
export function namesCup(answer: string, cup: number): boolean {
  return /\d/.exec(answer)?.[0] === String(cup);
}
