"""The cups game: random instances in varied English, with the position after each swap (the training-only labels)."""
WORDS = ['one', 'two', 'three', 'four', 'five']

# Skins: what is hidden, and where ("under cup 3"). The answer repeats both.
SKINS = [('ball', 'cup', 'under'), ('coin', 'box', 'in')]
PLURAL = {'cup': 'cups', 'box': 'boxes'}

START = [
    'A {o} is {p} {c} {s}', 'The {o} is {p} {c} {s}', 'A {o} is {p} {c} {s}', 'The {o} starts {p} {c} {s}', 'There is a {o} {p} {c} {s}',
    'I put a {o} {p} {c} {s}', 'I have a {o} {p} {c} {s}', 'I hide the {o} {p} {c} {s}', '{p} {c} {s} there is a {o}', '{c} {s} has the {o}',
    'There are five {c}s. A {o} is {p} {c} {s}', 'Five {c}s stand in a row. The {o} is {p} {c} {s}', 'Start: {o} {p} {c} {s}',
    '{o} {p} {c} {s}', 'At first the {o} is {p} {c} {s}', 'There are 5 {c}s. The {o} is {p} {c} {s}', 'Let us play. A {o} is {p} {c} {s}',
    'The {o} begins {p} {c} {s}', 'We place a {o} {p} {c} {s}', 'Imagine a {o} {p} {c} {s}', '{c} {s} hides a {o}', 'The {o} is {p} number {s}',
    'She puts the {o} {p} {c} {s}', 'There is just a {o} {p} {c} {s}', 'Now the {o} is {p} {c} {s}', 'The magician hides a {o} {p} {c} {s}', '{o}: {c} {s}']
SWAP = [
    'swap {a} and {b}', 'swap {c}s {a} and {b}', 'swap {a} with {b}', 'swap {c} {a} and {c} {b}', 'swap {c} {a} with {c} {b}',
    'switch {a} and {b}', 'switch {a} with {b}', 'switch {c}s {a} and {b}', 'exchange {a} and {b}', 'exchange {c}s {a} and {b}',
    '{c}s {a} and {b} change places', '{c}s {a} and {b} are swapped', '{a} and {b} swap places', '{c} {a} swaps with {c} {b}',
    'I swap {a} and {b}', 'I swap {c}s {a} and {b}', 'we switch {a} and {b}', 'swap the {c}s {a} and {b}', '{a} and {b} change places',
    'I exchange {a} with {b}', '{a} swaps with {b}', '{a} and {b} are exchanged', 'interchange {a} and {b}', 'flip {c}s {a} and {b}',
    'he swaps {c} {a} and {c} {b}', 'she switches {a} with {b}', 'the magician swaps {a} and {b}', 'they exchange {c} {a} with {c} {b}',
    'you swap {c}s {a} and {b}', 'quickly swap {a} and {b}', 'also swap {c} {a} and {b}', 'swap numbers {a} and {b}', '{c} {a} takes the place of {c} {b}',
    'swap number {a} with number {b}', '{c} {a} and {c} {b} are switched', 'the {c}s {a} and {b} swap',
    'then I switch {c} {a} and {c} {b}', 'swap both {a} and {b}', 'swap {c} {a} and the {c} {b}']
TERSE = ['{a}-{b}', '{a} and {b}', '{a} with {b}', '{a}/{b}']
TERSE_LEAD = ['swaps: ', 'swap ', 'then swap ', 'swap these: ', 'moves: ', 'the swaps are ', 'switch ']
QUESTION = [
    'where is the {o}?', 'where is it?', 'where is the {o} now?', 'where is it now?', 'which {c} is the {o} {p}?', '{p} which {c} is the {o}?',
    'which {c} has the {o}?', 'find the {o}.', 'where did the {o} end up?', 'where is the {o} at the end?', "where's the {o}?",
    'in the end, where is the {o}?', 'what {c} is the {o} {p}?', 'where can I find the {o}?',
    'do you know where the {o} is?', 'can you tell me where the {o} is?', 'and where is the {o} now?', 'tell me where the {o} is.', 'so where is the {o}?', 'which {c} is it {p} now?']
AGAIN = ['now ', 'then ', 'and now ', 'next, ', '', 'ok, ', 'good. ', 'now please ', 'after that ']

# Wordings never used in training, for the evaluation of new phrasings.
NEW_START = ['My {o} lies {p} {c} {s}', 'You see a {o} {p} {c} {s}']
NEW_SWAP = ['{c}s {a} and {b} trade places', 'I now swap {c} {a} for {c} {b}']
NEW_QUESTION = ['where will I find the {o}?', 'can you say where the {o} is now?']


class Text:
    """Text under construction with marks: (offset after a number, what the model should know there, swaps needed)."""

    def __init__(self):
        self.text, self.marks = '', []

    def add(self, text, value=None, need=0):
        self.text += text
        if value is not None:
            self.marks.append((len(self.text), value, need))


def numeral(n, words):
    return WORDS[n - 1] if words and 1 <= n <= 5 else str(n)


def fill(rng, out, template, skin, words, numbers, value=None, need=0, capital=True):
    """Adds a template; the mark goes after the last number in it."""
    o, c, p = skin
    text = template.replace('{c}s', PLURAL[c]).replace('{o}', o).replace('{c}', c).replace('{p}', p)
    if capital:
        text = text[:1].upper() + text[1:]
    spots = sorted((text.find('{' + k + '}'), k) for k in numbers)
    at = 0
    for i, (where, key) in enumerate(spots):
        piece = text[at:where] + numeral(numbers[key], words)
        if not out.text or out.text.endswith(('. ', '\n')):
            piece = piece[:1].upper() + piece[1:] if capital else piece
        last = i == len(spots) - 1
        out.add(piece, value if last else None, need)
        at = where + 3
    out.add(text[at:])


def add_swaps(rng, out, position, done, count, skin, plain, words, new=False, rare=1.0):
    """Writes `count` swaps; returns the final position. `done` swaps came before. `rare` multiplies the share of terse lists."""
    templates = NEW_SWAP if new else SWAP
    mixed = rng.random() < 0.2 and not plain
    one = 'swap {a} and {b}' if plain else rng.choice(templates)
    terse = not plain and not new and count > 1 and rng.random() < 0.12 * rare
    joint = '. ' if plain else rng.choice(['. ', '. ', '. ', ', ', ', ', '; ', ', then ', '. Then ', ' and then ', '\n', ', and then '])
    if terse:
        out.add(rng.choice(TERSE_LEAD))
        one, joint = rng.choice(TERSE), rng.choice([', ', ', ', '; ', ' ', ', then '])
    capital = joint in ('. ', '\n')
    for k in range(1, count + 1):
        a, b = rng.sample(range(1, 6), 2)
        if rng.random() < 0.01:
            b = a
        position = b if position == a else a if position == b else position
        template = rng.choice(templates) if mixed and not terse else one
        fill(rng, out, template, skin, words, dict(a=a, b=b), position, done + k, capital and not terse)
        if k < count:
            out.add(joint)
    return position


def answer_parts(skin, position):
    o, c, p = skin
    return f'The {o} is {p} {c} ', str(position), '.'


def case_style(rng, out, plain):
    """Lower or upper case and missing punctuation, as people type; never changes lengths before a mark."""
    r = 1.0 if plain else rng.random()
    if r < 0.18:
        out.text = out.text.lower()
    elif r < 0.19:
        out.text = out.text.upper()
    if not plain and rng.random() < 0.12 and out.text[-1:] in '.?':
        out.text = out.text[:-1]


def opening(rng, count, plain=False, skin=None, words=None, new=False, rare=1.0):
    """First user turn with `count` swaps. Returns (Text, skin, words, position). `rare` multiplies the shares of terse lists and number words."""
    skin = skin or (SKINS[0] if plain or rng.random() < 0.7 else SKINS[1])
    words = rng.random() < 0.1 * rare if words is None else words
    words = words and not plain
    out, position = Text(), rng.randint(1, 5)
    if not plain and rng.random() < 0.08:
        out.add(rng.choice(['Hello! ', 'Hi. ', 'Cups game. ', 'Let us play the cups game. ', 'Please help. ', 'Here is a puzzle: ', 'Question: ']))
    start = 'A {o} is {p} {c} {s}' if plain else rng.choice(NEW_START if new else START)
    fill(rng, out, start, skin, words, dict(s=position), position, 0)
    if count:
        out.add('. ' if plain else rng.choice(['. ', '. ', '. ', '. ', ', ', '. Then ', '\n', '; ', '. First, ', '. Now ']))
        position = add_swaps(rng, out, position, 0, count, skin, plain, words, new, rare)
    if plain or rng.random() < 0.96:
        question = 'where is the {o}?' if plain else rng.choice(NEW_QUESTION if new else QUESTION)
        end = '. ' if plain else rng.choice(['. ', '. ', '. ', '. ', '\n', ' ', ', '])
        out.add(end)
        fill(rng, out, question, skin, words, {}, capital=end in ('. ', '\n'))
    else:
        out.add('.')
    case_style(rng, out, plain)
    return out, skin, words, position


def follow_up(rng, position, done, count, skin, words, plain=False, rare=1.0):
    """A later turn that goes on from `position`."""
    out = Text()
    out.add('Now ' if plain else rng.choice(AGAIN))
    position = add_swaps(rng, out, position, done, count, skin, plain, words, rare=rare)
    out.text = out.text[:1].upper() + out.text[1:]
    if plain or rng.random() < 0.8:
        out.add('. ')
        fill(rng, out, 'where is the {o}?' if plain else rng.choice(QUESTION), skin, words, {})
    case_style(rng, out, plain)
    return out, position


NO_SUCH = 'There are only five places, numbered 1 to 5. Please check the numbers.'
NO_START = 'Please tell me where it starts. For example: A ball is under cup 2.'


def malformed(rng):
    """A cups question that has no answer, and the honest reply."""
    skin = SKINS[0] if rng.random() < 0.7 else SKINS[1]
    count, words = rng.choice([0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12]), False
    out = Text()
    no_start = rng.random() < 0.3
    count = max(count, 1) if no_start else count
    bad = rng.choice([0, 6, 7, 8, 9, 10, 11, 12, 15, 20, 42, 99, 100])
    where = -1 if no_start else rng.randint(0, count)
    if not no_start:
        fill(rng, out, rng.choice(START), skin, words, dict(s=bad if where == 0 else rng.randint(1, 5)))
        out.add('. ' if count else '.')
    one, joint = rng.choice(SWAP), rng.choice(['. ', '. ', ', ', ', then '])
    for k in range(1, count + 1):
        a, b = rng.sample(range(1, 6), 2)
        if where == k:
            a, b = (bad, b) if rng.random() < 0.5 else (a, bad)
        fill(rng, out, one, skin, words, dict(a=a, b=b), capital=joint == '. ')
        out.add(joint if k < count else '.')
    out.add(' ')
    fill(rng, out, rng.choice(QUESTION), skin, words, {})
    case_style(rng, out, False)
    return out.text, NO_START if no_start else NO_SUCH
