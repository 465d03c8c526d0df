"""Conversations as training rows: token ids, the tokens to be predicted, and how many steps each of them needs."""
import random
from dataclasses import dataclass, field

import offtopic
import reading
import smalltalk
from game import GROUPS, WORDS
from games import GAMES
from play import Play
from tokenizer import LETTERS
from wording import is_held_out

SYSTEM = ['You are a helpful assistant.', 'You are Huginn, a helpful assistant.', 'Answer briefly.', 'You are a helpful, honest assistant.', 'Be kind.',
          'You are a small demonstration model.', 'Answer in one sentence.', 'You are Plumb.', 'You are a helpful assistant. Answer in English.']
# Kinds of targets: assistant text, the deciding part of an answer, the first tokens of a reply (which decide it).
TEXT, ANSWER, FIRST = range(3)
BLANK = LETTERS[ord(' ')]
# Rows of the probe that reads labels: the classes of all groups, one group after the other.
def rows_of(groups):
    offset, end = {}, 0
    for name, size in groups.items():
        offset[name], end = (end, size), end + size
    return offset, end


OFFSET, CLASSES = rows_of(GROUPS)
WORD_OFFSET, WORD_CLASSES = rows_of(WORDS)


@dataclass
class Row:
    """targets: (position whose output predicts, token, steps needed, kind); labels: (position, steps needed, state, words); updates: of the last answer."""
    ids: list = field(default_factory=list)
    targets: list = field(default_factory=list)
    labels: list = field(default_factory=list)
    task: str = ''
    updates: int = 0


class Writer:
    """Builds a row turn by turn in the chat template's exact form."""

    def __init__(self, tokenizer, task=''):
        self.t, self.row = tokenizer, Row([tokenizer.bos], task=task)
        self.blank = tokenizer.encode('\n\n')

    def header(self, role):
        self.row.ids += [self.t.header, *self.t.encode(role), self.t.header_end, *self.blank]

    def user(self, text, marks=(), role='user'):
        """A turn of the user. A mark becomes a label on the token that holds the first character after its clause."""
        self.header(role)
        ids, ends = self.t.encode_with_ends(text)
        base, i = len(self.row.ids), 0
        for end, need, labels, words in marks:
            while i < len(ends) and ends[i] <= end:
                i += 1
            if i < len(ends):
                self.row.labels.append((base + i, need, labels, words))
        self.row.ids += ids + [self.t.turn_end]

    def assistant(self, parts, need=0):
        """A turn of the model: (before, deciding part, after), or one text."""
        self.header('Huginn')
        before, deciding, after = (parts, '', '') if isinstance(parts, str) else parts
        ids, ends = self.t.encode_with_ends(before + deciding + after)
        at, end = len(before.rstrip(' ')), len(before + deciding)
        reach = 0
        for i, token in enumerate(ids + [self.t.turn_end]):
            hit = deciding != '' and i < len(ids) and at <= reach < end and self.t.tokens[token] != BLANK
            self.row.targets.append((len(self.row.ids) - 1, token, need if hit else 0, ANSWER if hit else FIRST if i < 4 else TEXT))
            self.row.ids.append(token)
            reach = max(reach, ends[i]) if i < len(ids) else reach


def maybe_system(rng, writer, chance=0.08):
    if rng.random() < chance:
        writer.user(rng.choice(SYSTEM), role='system')


def off_topic_turn(rng, w):
    text = offtopic.draw(rng)
    while is_held_out(text):
        text = offtopic.draw(rng)
    w.user(text)
    w.assistant(smalltalk.OFF_TOPIC)


def talk_turn(rng, w):
    text, answer, _ = smalltalk.draw(rng)
    w.user(text)
    w.assistant(answer)


def game_row(rng, tokenizer, name, count, plain=False, turns=1):
    """A conversation about one game with `count` updates in all, spread over `turns` turns; never one of the evaluation's."""
    while True:
        w = Writer(tokenizer, name)
        if not plain:
            maybe_system(rng, w)
        shares = [count]
        for _ in range(turns - 1):
            if shares[0] > 1:
                part = rng.randint(1, min(4, shares[0] - 1))
                shares[0] -= part
                shares.append(part)
        play = Play(rng, name, plain)
        out, answer = play.opening(shares[0])
        if is_held_out(out.text):
            continue
        w.user(out.text.strip(), out.marks)
        w.assistant(answer, play.done)
        for part in shares[1:]:
            if rng.random() < 0.1:
                talk_turn(rng, w) if rng.random() < 0.7 else off_topic_turn(rng, w)
            out, answer = play.follow_up(part)
            w.user(out.text.strip(), out.marks)
            w.assistant(answer, play.done)
        w.row.updates = play.done
        return w.row


def reading_row(rng, tokenizer, level):
    """A passage of up to `level` entries with one question or several; short levels also say something after the user, the plainest copying."""
    w = Writer(tokenizer, 'reading')
    maybe_system(rng, w)
    count = rng.randint(max(1, level // 2), level)
    while True:
        if rng.random() < 0.5 / (level + 1):
            text, answer = reading.repeat(rng)
            turns = [(text, answer)]
            break
        if level >= 4 and rng.random() < 0.25:
            turns = [reading.documents(rng, count)]
        else:
            turns = reading.conversation(rng, count) if rng.random() < 0.6 else [reading.draw(rng, count, rng.random() < 0.75, rng.random() < 0.4)]
        if not is_held_out(turns[0][0]):
            break
    for text, answer in turns:
        w.user(text)
        w.assistant(answer)
    return w.row


def talk_row(rng, tokenizer):
    """Small talk and off-topic messages in random order; now and then a short game or a passage among them."""
    w = Writer(tokenizer, 'talk')
    maybe_system(rng, w)
    for _ in range(rng.choice([1, 1, 2, 2, 3])):
        r = rng.random()
        if r < 0.52:
            talk_turn(rng, w)
        elif r < 0.92:
            off_topic_turn(rng, w)
        else:
            text, answer = reading.draw(rng, rng.randint(2, 4))
            if not is_held_out(text):
                w.user(text)
                w.assistant(answer)
    if not w.row.targets:
        talk_turn(rng, w)
    return w.row


def mixture(rng, count):
    """Plain texts of the mixture, for training the tokenizer."""
    for _ in range(count):
        for name in GAMES:
            play = Play(rng, name)
            out, answer = play.opening(rng.randint(4, 16))
            yield out.text
            yield ''.join(answer)
        for _ in range(3):
            for text, answer in reading.conversation(rng, rng.randint(2, 6)):
                yield text
                yield ''.join(answer)
        for _ in range(3):
            yield from smalltalk.draw(rng)[:2]
        for _ in range(2):
            yield offtopic.draw(rng)
        yield smalltalk.OFF_TOPIC
        yield rng.choice(SYSTEM)
        yield from ('\n\n', 'user', 'Huginn', 'system')


if __name__ == '__main__':
    # Shows a sample of the training text: python3 data.py [SEED]
    import sys
    r = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    for text in mixture(r, 2):
        print(repr(text))
