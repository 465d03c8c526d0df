"""Text under construction: clauses in varied punctuation, with marks where the state of a game is known."""
import hashlib
import re

# A mark: (offset of the first character after a clause, updates done, the state there and what the clause says: [(group, class), ...] each).


class Text:
    """A user's turn that grows clause by clause; `marks` say what a reader knows at the punctuation that ends a clause."""

    def __init__(self, text=''):
        self.text, self.marks = text, []

    def clause(self, text, need, labels, words=()):
        self.text += text
        self.marks.append((len(self.text), need, labels, words))

    def add(self, text):
        self.text += text


def capitalise(text):
    return text[:1].upper() + text[1:]


def fill(template, **values):
    for name, value in values.items():
        template = template.replace('{' + name + '}', str(value))
    return template


# Between two clauses: (what stands there, does the next clause begin with a capital). Every one begins with punctuation, where the state is read.
JOINTS = [('. ', True)] * 6 + [(', ', False)] * 2 + [('; ', False), (', then ', False), ('. Then ', False), (', and then ', False), ('.\n', True), ('\n', True)]
PLAIN_JOINT = ('. ', True)


def type_as_people_do(rng, text):
    """Lower case now and then, or the last punctuation left out; lengths before a mark never change."""
    r = rng.random()
    if r < 0.12:
        text = text.lower()
    elif r < 0.125:
        text = text.upper()
    if rng.random() < 0.1 and text[-1:] in '.?':
        text = text[:-1]
    return text


def is_held_out(text):
    """One text in sixteen belongs to the evaluation and is never trained on; case, blanks and punctuation do not count."""
    plain = re.sub('[^a-z0-9]', '', text.lower())
    return hashlib.sha256(plain.encode()).digest()[0] < 16
