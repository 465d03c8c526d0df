"""What every game has: the classes of its states and words, and how it is played."""
# Classes that the unprinted labels name, by group. A state is up to four of them: what the last clause moved is one of them where another part
# hangs on it.
GROUPS = dict(place=5, person=5, facing=4, moved=9, column=5, row=5, floor=9, lamp=2, last_digit=10, ones=10, carry=3, tens=20)
# Parts that follow from what moved and from the state before, a step later: a step has one layer, and these need two.
LATE = ('column', 'row', 'tens')
# Classes that the unprinted words name: what a clause says, whatever came before it.
KINDS = ['swap', 'left', 'right', 'around', 'one', 'two', 'up', 'down', 'press', 'twice', 'wait', 'plus', 'minus', 'double']
WORDS = dict(kind=len(KINDS), a=10, b=10, n=10)
PEOPLE = ['Anna', 'Ben', 'Clara', 'David', 'Emma']
FACING = ['north', 'east', 'south', 'west']
COUNT = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']


def pick(rng, known, unseen, new):
    return rng.choice(unseen if new else known)


def words(kind, values):
    """The classes of what a clause says."""
    def operand(v):
        return v - 1 if isinstance(v, int) else 5 + PEOPLE.index(v)
    return [('kind', KINDS.index(kind))] + [(k, values[k] if k == 'n' else operand(values[k])) for k in ('a', 'b', 'n') if k in values]


class Game:
    """One game. `start` sets the state and gives the opening; `move` changes it and gives the kind of clause and its words;
    `ask` gives the question and the answer in three parts, of which the second decides."""
    name, group, chance = '', 'tracking', 0.2
    clauses, new_clauses = {}, {}

    def wordings(self, rng, new):
        """The wording of each kind of clause; one per conversation, as people keep to theirs."""
        return {kind: pick(rng, known, self.new_clauses[kind], new) for kind, known in self.clauses.items()}
