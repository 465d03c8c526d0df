"""Games of swapping: a ball under cups, people on chairs, bags of friends."""
from game import PEOPLE, Game, pick
from wording import fill


class Swaps(Game):
    """A thing at one of five numbered places that are swapped."""
    clauses = dict(swap=[
        'swap {a} and {b}', 'swap {c}s {a} and {b}', 'swap {a} with {b}', 'swap {c} {a} and {c} {b}', 'swap {c} {a} with {c} {b}', 'switch {a} and {b}',
        'switch {a} with {b}', 'switch {c}s {a} and {b}', 'exchange {a} and {b}', 'exchange {c}s {a} and {b}', '{c}s {a} and {b} change places',
        '{c}s {a} and {b} are swapped', '{a} and {b} swap places', '{c} {a} swaps with {c} {b}', 'I swap {a} and {b}', 'I swap {c}s {a} and {b}',
        'we switch {a} and {b}', 'swap the {c}s {a} and {b}', '{a} and {b} change places', 'I exchange {a} with {b}', '{a} and {b} are exchanged',
        'he swaps {c} {a} and {c} {b}', 'she switches {a} with {b}', 'the magician swaps {a} and {b}', 'quickly swap {a} and {b}', 'swap numbers {a} and {b}',
        '{c} {a} and {c} {b} are switched', 'the {c}s {a} and {b} swap', 'I switch {c} {a} and {c} {b}', 'swap both {a} and {b}'])
    new_clauses = dict(swap=['{c}s {a} and {b} trade places', 'I now swap {c} {a} for {c} {b}'])
    skins = dict(
        cups=[('ball', 'cup', 'under'), ('ball', 'cup', 'under'), ('pea', 'cup', 'under')],
        boxes=[('coin', 'box', 'in'), ('key', 'box', 'in')])
    openings = [
        'a {o} is {p} {c} {s}', 'the {o} is {p} {c} {s}', 'the {o} starts {p} {c} {s}', 'there is a {o} {p} {c} {s}', 'I put a {o} {p} {c} {s}',
        'I have a {o} {p} {c} {s}', 'I hide the {o} {p} {c} {s}', '{p} {c} {s} there is a {o}', '{c} {s} has the {o}', 'there are five {c}s. A {o} is {p} {c} {s}',
        'at first the {o} is {p} {c} {s}', 'there are 5 {c}s. The {o} is {p} {c} {s}', 'let us play. A {o} is {p} {c} {s}', 'we place a {o} {p} {c} {s}',
        'imagine a {o} {p} {c} {s}', 'she puts the {o} {p} {c} {s}', 'now the {o} is {p} {c} {s}', 'the magician hides a {o} {p} {c} {s}']
    new_openings = ['my {o} lies {p} {c} {s}', 'you see a {o} {p} {c} {s}']
    questions = [
        'where is the {o}?', 'where is it?', 'where is the {o} now?', 'where is it now?', 'which {c} is the {o} {p}?', '{p} which {c} is the {o}?',
        'which {c} has the {o}?', 'find the {o}.', 'where did the {o} end up?', 'where is the {o} at the end?', 'in the end, where is the {o}?',
        'where can I find the {o}?', 'do you know where the {o} is?', 'can you tell me where the {o} is?', 'tell me where the {o} is.', 'so where is the {o}?']
    new_questions = ['where will I find the {o}?', 'can you say where the {o} is now?']

    def __init__(self, name):
        self.name = name

    def text(self, template):
        o, c, p = self.skin
        return fill(template.replace('{c}s', c + ('es' if c.endswith('x') else 's')), o=o, c=c, p=p)

    def start(self, rng, new=False, plain=False):
        self.skin = self.skins[self.name][0] if plain else rng.choice(self.skins[self.name])
        self.place = rng.randint(1, 5)
        return fill(self.text('a {o} is {p} {c} {s}' if plain else pick(rng, self.openings, self.new_openings, new)), s=self.place)

    def move(self, rng):
        a, b = rng.sample(range(1, 6), 2)
        self.place = b if self.place == a else a if self.place == b else self.place
        return 'swap', dict(a=a, b=b)

    def ask(self, rng, new=False, plain=False):
        o, c, p = self.skin
        question = self.text('where is the {o}?' if plain else pick(rng, self.questions, self.new_questions, new))
        return question, (f'The {o} is {p} {c} ', str(self.place), '.')

    def labels(self):
        return [('place', self.place - 1)]


class Seats(Swaps):
    """People swap seats; where one of them sits is asked."""
    clauses = dict(swap=[
        'the people on chairs {a} and {b} swap seats', 'the people on chairs {a} and {b} swap', 'chairs {a} and {b} swap guests', 'the guests on chairs {a} and {b} change seats',
        'whoever sits on {a} swaps with {b}', 'seats {a} and {b} are swapped', 'seats {a} and {b} swap', 'the people on {a} and {b} change places',
        'those on seats {a} and {b} swap', 'the two on chairs {a} and {b} change places', 'chair {a} swaps with chair {b}', 'seat {a} changes with seat {b}'])
    new_clauses = dict(swap=['the persons on chairs {a} and {b} trade seats', 'chairs {a} and {b} exchange their guests'])
    openings = ['{o} sits on chair {s}', '{o} is on chair {s}', 'there are five chairs. {o} sits on chair {s}', 'five people sit in a row. {o} is on chair {s}',
                '{o} takes chair {s}', 'at first {o} sits on chair {s}', '{o} has seat {s}', 'in the beginning {o} is on chair {s}']
    new_openings = ['{o} starts out on chair {s}', 'you see {o} on chair {s}']
    questions = ['where does {o} sit?', 'where is {o}?', 'where does {o} sit now?', 'on which chair is {o}?', 'which chair does {o} have?', 'where is {o} now?',
                 'on which chair does {o} sit at the end?', 'which seat does {o} have now?', 'tell me where {o} sits.', 'in the end, where is {o}?']
    new_questions = ['where will I find {o}?', 'can you say where {o} sits?']

    def start(self, rng, new=False, plain=False):
        self.skin, self.place = (rng.choice(PEOPLE), 'chair', 'on'), rng.randint(1, 5)
        return fill(self.text('{o} sits on chair {s}' if plain else pick(rng, self.openings, self.new_openings, new)), s=self.place)

    def ask(self, rng, new=False, plain=False):
        question = self.text('where does {o} sit?' if plain else pick(rng, self.questions, self.new_questions, new))
        return question, (f'{self.skin[0]} sits on chair ', str(self.place), '.')


class Parcel(Game):
    """Five people swap what they hold; who has the parcel?"""
    name = 'parcel'
    clauses = dict(swap=[
        '{a} and {b} swap bags', '{a} swaps bags with {b}', '{a} and {b} swap', '{a} swaps with {b}', '{a} and {b} exchange what they hold', '{a} and {b} swap what they hold',
        '{a} and {b} switch bags', '{a} trades bags with {b}', '{a} exchanges bags with {b}', 'then {a} and {b} swap bags', '{a} and {b} change bags', '{a} and {b} trade what they have'])
    new_clauses = dict(swap=['{a} and {b} trade their bags', 'now {a} swaps with {b}'])
    openings = ['{s} has the parcel', '{s} holds the parcel', 'the parcel is with {s}', 'at first {s} has the parcel', 'five friends have a bag each. {s} has the parcel',
                '{s} gets the parcel', 'the parcel is in the bag of {s}', '{s} carries the parcel', 'in the beginning {s} holds the parcel']
    new_openings = ['{s} starts with the parcel', 'you see {s} with the parcel']
    questions = ['who has the parcel?', 'who holds the parcel?', 'who has the parcel now?', 'who has it?', 'who has it now?', 'where is the parcel?', 'with whom is the parcel?',
                 'who holds the parcel at the end?', 'who ends up with the parcel?', 'in the end, who has the parcel?', 'tell me who has the parcel.', 'who carries the parcel now?']
    new_questions = ['who is holding the parcel at last?', 'can you say who has the parcel?']

    def start(self, rng, new=False, plain=False):
        self.who = rng.randrange(5)
        return fill('{s} has the parcel' if plain else pick(rng, self.openings, self.new_openings, new), s=PEOPLE[self.who])

    def move(self, rng):
        a, b = rng.sample(range(5), 2)
        self.who = b if self.who == a else a if self.who == b else self.who
        return 'swap', dict(a=PEOPLE[a], b=PEOPLE[b])

    def ask(self, rng, new=False, plain=False):
        return 'who has the parcel?' if plain else pick(rng, self.questions, self.new_questions, new), ('', PEOPLE[self.who], ' has the parcel.')

    def labels(self):
        return [('person', self.who)]
