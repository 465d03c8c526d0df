"""Plays games into conversations: an opening, clauses, a question, and later turns that go on from there."""
import re

from game import COUNT, words
from games import GAMES
from wording import JOINTS, PLAIN_JOINT, Text, capitalise, fill, type_as_people_do

GREETINGS = ['Hello! ', 'Hi. ', 'Please help. ', 'Here is a puzzle: ', 'Question: ', 'A small game. ', 'Think about this. ']
AGAIN = ['now ', 'then ', 'and now ', 'next, ', '', 'ok, ', 'good. ', 'after that ']


class Play:
    """One conversation about one game. `turn` gives the user's text (a Text with marks) and the answer in three parts."""

    def __init__(self, rng, name, plain=False, new=False):
        self.rng, self.game, self.plain, self.new = rng, GAMES[name](), plain, new
        self.wordings = self.game.wordings(rng, new)
        self.mixed = rng.random() < 0.15 and not plain and not new
        self.words = rng.random() < 0.05 and not plain
        self.joint = PLAIN_JOINT if plain else rng.choice(JOINTS)
        self.done = 0

    def spoken(self, text):
        """Digits as words, in conversations that write them so."""
        return re.sub(r'\b[1-9]\b', lambda m: COUNT[int(m.group())], text) if self.words else text

    def clauses(self, out, count, capital):
        joint, upper = self.joint
        for i in range(count):
            kind, values = self.game.move(self.rng)
            self.done += 1
            template = self.rng.choice(self.game.clauses[kind]) if self.mixed else self.wordings[kind]
            if self.plain:
                template = self.game.clauses[kind][0]
            text = self.spoken(fill(self.game.text(template) if hasattr(self.game, 'text') else template, **values))
            out.clause(capitalise(text) if capital else text, self.done, self.game.labels(), words(kind, values))
            capital = upper
            if i + 1 < count:
                out.add(joint)

    def question(self, out):
        rng, joint = self.rng, ('. ', True) if self.plain else self.rng.choice([('. ', True)] * 8 + [('\n', True), ('.\n', True), ('; ', False), (', ', False)])
        question, answer = self.game.ask(rng, self.new, self.plain)
        out.add(joint[0] + (capitalise(question) if joint[1] else question))
        if not self.plain:
            out.text = type_as_people_do(rng, out.text)
        return answer

    def opening(self, count):
        rng, out = self.rng, Text()
        if not self.plain and rng.random() < 0.08:
            out.add(rng.choice(GREETINGS))
        out.clause(capitalise(self.spoken(self.game.start(rng, self.new, self.plain))), 0, self.game.labels())
        if count:
            joint = PLAIN_JOINT if self.plain else rng.choice([('. ', True)] * 8 + [self.joint, ('. First, ', False), ('. Now ', False)])
            out.add(joint[0])
            self.clauses(out, count, joint[1])
        return out, self.question(out)

    def follow_up(self, count):
        out = Text()
        lead = 'now ' if self.plain else self.rng.choice(AGAIN)
        out.add(capitalise(lead))
        self.clauses(out, count, lead == '' or lead.endswith('. '))
        return out, self.question(out)
