// Owns what the window says about the built-in model: its cards on the first screen, what it is, how it was trained. Change texts here.

/** A second, small action of a card: the same question with the slider at a depth. */
export interface SuggestedDepth {
  label: string;
  steps: number;
}

export interface Suggestion {
  title: string;
  hint: string;
  /** What goes into the message field. */
  text: string;
  depths?: readonly SuggestedDepth[];
}

export const builtInSuggestions: readonly Suggestion[] = [
  {
    title: 'Twelve swaps, one ball',
    hint: 'Try 2 steps, then 16: the same words, more thought.',
    text: 'A ball is under cup 4. Swap 4 and 1. Swap 3 and 5. Swap 5 and 4. Swap 4 and 2. Swap 3 and 2. Swap 5 and 3. Swap 3 and 2. Swap 3 and 2. Swap 2 and 4. Swap 1 and 5. Swap 3 and 2. Swap 1 and 2. Where is the ball?',
    depths: [{ label: '2 steps', steps: 2 }, { label: '16 steps', steps: 16 }],
  },
  {
    title: 'Read a passage',
    hint: 'The answer is copied from the text, or is not there.',
    text: 'Name: Anna Berg\nCity: Graz\nInvoice number: X7K-29\nAmount: 310 euros\nDue date: 4 March 2026\nWhat is the invoice number?',
  },
  {
    title: 'A running total',
    hint: 'Each line needs the result of the line before.',
    text: 'Start with 68. Add 5. Take away 8. Add 9. Add 7. Take away 6. What is the result?',
  },
  {
    title: 'What is this?',
    hint: 'It says what it is, and what it cannot do.',
    text: 'What are you?',
  },
];

/** First screen, below the heading. `name` and `size` ("about 1 million parameters") come from the file. */
export const builtInAbout = (name: string, size: string): string =>
  `${name} is a very small model${size === '' ? '' : ` of ${size}`}. It follows things that move, adds up, reads short passages and says what it is. It is here to show how depth works; real work is done with models you add.`;

/** The model's card, one paragraph each. */
export const builtInCard: readonly string[] = [
  'This model comes with Plumb as a demonstration and a test instrument. It is small enough to answer at once on any machine, and its exercises are chosen so that more steps give better answers.',
  'It is not an assistant. For real work add a model file of your own: a recurrent-depth model such as Huginn gets the same slider, an ordinary one can chat without it.',
];

export const builtInTraining =
  'Trained from nothing on generated exercises and short talk about itself, with a different number of steps every time. No text written by people was used. The project’s folder “training” has the whole recipe.';

/** Names of the evaluation's groups; one that is not listed is shown as it is. */
export const groupNames: Readonly<Record<string, string>> = {
  tracking: 'Following what moves',
  arithmetic: 'Running totals',
  reading: 'Reading a passage',
  documents: 'Questions to passages of documents',
  talk: 'Talk about itself',
  'new words': 'The same games in new words',
  sums: 'Long sums, which it declines',
};
