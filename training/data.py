"""Conversations as training rows: token ids, the tokens to be predicted and how many steps each of them needs."""
import random
from dataclasses import dataclass, field

import cups
import offtopic
import smalltalk

SYSTEM = ['You are a helpful assistant.', 'You are Huginn, a helpful assistant.', 'Answer briefly.', 'You are a helpful, honest assistant.', 'Be kind.',
          'You are a small demonstration model.', 'Answer in one sentence.', 'You are Plumb.', 'You are a helpful assistant. Answer in English.']
# Kinds of targets: assistant text, the cup's number in an answer, the unprinted label after a swap, the first tokens of a reply (which decide it).
TEXT, ANSWER, LABEL, FIRST = range(4)


@dataclass
class Row:
    """targets: (position whose output predicts, token, steps needed, kind); swaps: of the last turn's answer."""
    ids: list = field(default_factory=list)
    targets: list = field(default_factory=list)
    swaps: int = 0


class Writer:
    """Builds a row turn by turn in the chat template's exact form."""

    def __init__(self, tokenizer):
        self.t, self.row = tokenizer, Row([tokenizer.bos])
        self.blank = tokenizer.encode('\n\n')
        self.digit = {n: tokenizer.encode(str(n))[0] for n in range(1, 6)}

    def header(self, role):
        self.row.ids += [self.t.header, *self.t.encode(role), self.t.header_end, *self.blank]

    def user(self, text, marks=(), role='user'):
        """A turn of the user; `marks` become unprinted labels at the token that ends each swap's second number."""
        self.header(role)
        ids, ends = self.t.encode_with_ends(text)
        base = len(self.row.ids)
        at = {end: base + i for i, end in enumerate(ends) if end >= 0}
        for end, value, need in marks:
            self.row.targets.append((at[end], self.digit[value], need, LABEL))
        self.row.ids += ids + [self.t.turn_end]

    def assistant(self, parts, need=0):
        """A turn of the model; parts = (before, number, after) of a cups answer, or one text."""
        self.header('Huginn')
        if isinstance(parts, str):
            ids, special = self.t.encode(parts), -1
        else:
            ids = self.t.encode(''.join(parts))
            special = len(self.t.encode(parts[0]))
        for i, token in enumerate(ids + [self.t.turn_end]):
            hit = i == special
            self.row.targets.append((len(self.row.ids) - 1, token, need if hit else 0, ANSWER if hit else FIRST if i < 4 else TEXT))
            self.row.ids.append(token)

    def cups(self, out, skin, position, need):
        self.user(out.text, out.marks)
        self.assistant(cups.answer_parts(skin, position), need)
        self.row.swaps = need


def maybe_system(rng, writer, chance=0.1):
    if rng.random() < chance:
        writer.user(rng.choice(SYSTEM), role='system')


def cups_row(rng, tokenizer, count, plain=False, turns=1, new=False, skin=None, rare=1.0):
    """A conversation about one game with `count` swaps in all, spread over `turns` turns."""
    w = Writer(tokenizer)
    if not plain and not new:
        maybe_system(rng, w)
    shares = [count]
    for _ in range(turns - 1):
        if shares[0] > 1:
            part = rng.randint(1, min(4, shares[0] - 1))
            shares[0] -= part
            shares.append(part)
    out, skin, words, position = cups.opening(rng, shares[0], plain, skin, new=new, rare=rare)
    w.cups(out, skin, position, shares[0])
    done = shares[0]
    for part in shares[1:]:
        if rng.random() < 0.15:
            text, answer, _ = smalltalk.draw(rng) if rng.random() < 0.7 else (offtopic.draw(rng), smalltalk.OFF_TOPIC, '')
            w.user(text)
            w.assistant(answer)
        out, position = cups.follow_up(rng, position, done, part, skin, words, plain, rare)
        done += part
        w.cups(out, skin, position, done)
    return w.row


def chat_turn(rng, w):
    r = rng.random()
    if r < 0.38:
        text, answer, _ = smalltalk.draw(rng)
    elif r < 0.82:
        text, answer = offtopic.draw(rng), smalltalk.OFF_TOPIC
    else:
        text, answer = cups.malformed(rng)
    w.user(text)
    w.assistant(answer)


def chat_row(rng, tokenizer):
    """Small talk, off-topic messages and broken games in random order; now and then a short game among them."""
    w = Writer(tokenizer)
    maybe_system(rng, w)
    for _ in range(rng.choice([1, 1, 2, 2, 3])):
        if rng.random() < 0.12:
            count = rng.randint(0, 4)
            out, skin, _, position = cups.opening(rng, count)
            w.cups(out, skin, position, count)
        else:
            chat_turn(rng, w)
    return w.row


def mixture(rng, count):
    """Plain texts of the mixture, for training the tokenizer."""
    for _ in range(count):
        out, skin, words, position = cups.opening(rng, rng.randint(0, 20))
        yield out.text
        yield ''.join(cups.answer_parts(skin, position))
        yield cups.follow_up(rng, position, 0, rng.randint(1, 4), skin, words)[0].text
        for _ in range(2):
            text, answer, _ = smalltalk.draw(rng)
            yield text
            yield answer
        yield offtopic.draw(rng)
        yield offtopic.draw(rng)
        yield smalltalk.OFF_TOPIC
        yield from cups.malformed(rng)
        yield rng.choice(SYSTEM)
        yield from ('\n\n', 'user', 'Huginn', 'system')


if __name__ == '__main__':
    # Shows a sample of the training text: python3 data.py [SEED]
    import sys
    r = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    for text in mixture(r, 8):
        print(repr(text))
