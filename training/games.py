"""State tracking: a thing that changes with every clause, in many skins; each knows its texts, its moves and what it is asked."""
from wording import fill

# Classes that the unprinted labels name, by group. A state is up to three of them.
GROUPS = dict(place=5, person=5, facing=4, column=5, row=5, floor=9, lamp=2, last_digit=10, ones=10, tens=20)
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


class Robot(Game):
    """A robot on a grid of five by five turns and steps; where is it, which way does it face?"""
    name = 'robot'
    clauses = dict(
        left=['it turns left', 'turn left', 'the robot turns left', 'it makes a left turn', 'left turn', 'rotate left', 'it rotates left'],
        right=['it turns right', 'turn right', 'the robot turns right', 'it makes a right turn', 'right turn', 'rotate right', 'it rotates right'],
        around=['it turns around', 'turn around', 'the robot turns around', 'it makes a half turn', 'half turn', 'rotate by half a turn', 'it looks back'],
        one=['it goes one step forward', 'step forward', 'the robot steps forward', 'it moves one step', 'one step', 'go forward one step', 'it takes a step'],
        two=['it goes two steps forward', 'go forward two steps', 'the robot goes two steps', 'it moves two steps', 'two steps', 'walk two steps', 'it takes two steps'])
    new_clauses = dict(left=['it swings left'], right=['it swings right'], around=['it swings around'], one=['it walks on by one step'], two=['it walks on by two steps'])
    openings = ['a robot stands at column {x}, row {y}, facing {f}', 'the robot is at column {x}, row {y} and faces {f}', 'a robot is on column {x}, row {y}, looking {f}',
                'the grid has five columns and five rows. A robot stands at column {x}, row {y}, facing {f}', 'the robot starts at column {x}, row {y} and looks {f}']
    new_openings = ['my robot waits at column {x}, row {y}, facing {f}']
    faces = ['which way does it face?', 'which way does the robot face?', 'where does it look?', 'which way does it look now?', 'in which direction does it face?', 'what direction does the robot face?']
    new_faces = ['what way is it facing?']
    places = ['where is it?', 'where is the robot?', 'where is it now?', 'where does the robot stand?', 'at which column and row is it?', 'where did the robot end up?']
    new_places = ['where does it end up?']

    def start(self, rng, new=False, plain=False):
        self.facing, self.x, self.y = rng.randrange(4), rng.randint(1, 5), rng.randint(1, 5)
        return fill(self.openings[0] if plain else pick(rng, self.openings, self.new_openings, new), x=self.x, y=self.y, f=FACING[self.facing])

    def move(self, rng):
        dx, dy = [(0, -1), (1, 0), (0, 1), (-1, 0)][self.facing]
        steps = [n for n in (1, 2) if 1 <= self.x + n * dx <= 5 and 1 <= self.y + n * dy <= 5]
        if steps and rng.random() < 0.5:
            n = rng.choice(steps)
            self.x, self.y = self.x + n * dx, self.y + n * dy
            return ('one', 'two')[n - 1], {}
        kind = rng.choice(['left', 'left', 'right', 'right', 'around'])
        self.facing = (self.facing + dict(left=3, right=1, around=2)[kind]) % 4
        return kind, {}

    def ask(self, rng, new=False, plain=False):
        if rng.random() < 0.5:
            self.chance = 0.25
            return pick(rng, self.faces, self.new_faces, new), ('It faces ', FACING[self.facing], '.')
        self.chance = 0.04
        return pick(rng, self.places, self.new_places, new), ('It is at column ', f'{self.x}, row {self.y}', '.')

    def labels(self):
        return [('facing', self.facing), ('column', self.x - 1), ('row', self.y - 1)]


class Elevator(Game):
    """An elevator between floors 1 and 9."""
    name, chance = 'elevator', 1 / 9
    clauses = dict(
        up=['it goes up {n} {s}', 'it goes {n} {s} up', 'up {n}', 'up {n} {s}', 'it rises {n} {s}', 'it climbs {n} {s}', 'the elevator goes up {n} {s}', 'go up {n} {s}', 'it moves up {n} {s}'],
        down=['it goes down {n} {s}', 'it goes {n} {s} down', 'down {n}', 'down {n} {s}', 'it sinks {n} {s}', 'it drops {n} {s}', 'the elevator goes down {n} {s}', 'go down {n} {s}', 'it moves down {n} {s}'])
    new_clauses = dict(up=['it travels up {n} {s}'], down=['it travels down {n} {s}'])
    openings = ['the elevator is on floor {s}', 'an elevator stands on floor {s}', 'the elevator starts on floor {s}', 'the lift is on floor {s}', 'a house has nine floors. The elevator is on floor {s}',
                'I enter the elevator on floor {s}', 'at first the elevator is on floor {s}', 'the elevator waits on floor {s}']
    new_openings = ['you find the elevator on floor {s}']
    questions = ['where is the elevator?', 'where is it?', 'on which floor is it?', 'on which floor is the elevator?', 'which floor is it on?', 'where is the elevator now?', 'on which floor does it stop?',
                 'what floor is it on now?', 'on which floor is it at the end?', 'tell me the floor.']
    new_questions = ['at which floor does it end up?']

    def start(self, rng, new=False, plain=False):
        self.floor = rng.randint(1, 9)
        return fill('the elevator is on floor {s}' if plain else pick(rng, self.openings, self.new_openings, new), s=self.floor)

    def move(self, rng):
        moves = [n for n in range(-4, 5) if n and 1 <= self.floor + n <= 9]
        n = rng.choice(moves)
        self.floor += n
        return ('up' if n > 0 else 'down'), dict(n=abs(n), s='floor' if abs(n) == 1 else 'floors')

    def ask(self, rng, new=False, plain=False):
        return 'where is the elevator?' if plain else pick(rng, self.questions, self.new_questions, new), ('The elevator is on floor ', str(self.floor), '.')

    def labels(self):
        return [('floor', self.floor - 1)]


class Lamp(Game):
    """A lamp whose switch is pressed, among clauses that change nothing."""
    name, chance = 'lamp', 0.5
    clauses = dict(
        press=['I press the switch', 'press the switch', 'someone presses the switch', 'the switch is pressed', 'flip the switch', 'Anna flips the switch', 'push the switch', 'I use the switch', 'he presses the switch'],
        twice=['I press the switch twice', 'press the switch twice', 'someone presses it twice', 'the switch is pressed twice', 'flip the switch twice', 'Anna flips it twice', 'press it two times'],
        wait=['I wait', 'wait a minute', 'nobody touches it', 'nothing happens', 'I look at the lamp', 'Anna opens the door', 'I clean the switch', 'Ben sits down'])
    new_clauses = dict(press=['the switch is flipped once'], twice=['the switch is flipped two times'], wait=['Clara walks by'])
    openings = ['the lamp is {s}', 'a lamp is {s}', 'at first the lamp is {s}', 'the light is {s}', 'there is a lamp. It is {s}', 'the lamp in the room is {s}', 'in the beginning the lamp is {s}']
    new_openings = ['you see that the lamp is {s}']
    questions = ['is the lamp on or off?', 'is it on?', 'is the lamp on?', 'is it on or off?', 'is the lamp on now?', 'is the light on or off?', 'what about the lamp?', 'is it on or off at the end?', 'is the lamp off?']
    new_questions = ['does the lamp shine?']

    def start(self, rng, new=False, plain=False):
        self.on = rng.randrange(2)
        return fill('the lamp is {s}' if plain else pick(rng, self.openings, self.new_openings, new), s=('off', 'on')[self.on])

    def move(self, rng):
        kind = rng.choice(['press', 'press', 'press', 'press', 'twice', 'wait'])
        self.on = (self.on + dict(press=1, twice=0, wait=0)[kind]) % 2
        return kind, {}

    def ask(self, rng, new=False, plain=False):
        return 'is the lamp on or off?' if plain else pick(rng, self.questions, self.new_questions, new), ('The lamp is ', ('off', 'on')[self.on], '.')

    def labels(self):
        return [('lamp', self.on)]


class Counter(Game):
    """A counter that keeps only its last digit."""
    name, chance = 'counter', 0.1
    clauses = dict(
        plus=['add {n}', 'plus {n}', 'it gets {n} more', 'add {n} to it', 'it goes up by {n}', 'count up {n}'],
        minus=['take away {n}', 'minus {n}', 'it gets {n} less', 'subtract {n} from it', 'it goes down by {n}', 'count down {n}'],
        double=['double it', 'times two', 'it doubles', 'it is doubled', 'twice that', 'multiply by 2'])
    new_clauses = dict(plus=['raise it by {n}'], minus=['lower it by {n}'], double=['make it twice as much'])
    openings = ['the counter shows {s} and keeps only the last digit', 'a counter with one digit shows {s}', 'the counter keeps the last digit only. It shows {s}', 'a counter shows {s}, last digit only',
                'the counter has one digit. It shows {s}', 'modulo 10 the counter is at {s}', 'a one-digit counter starts at {s}']
    new_openings = ['you have a counter of one digit that shows {s}']
    questions = ['what does the counter show?', 'what does it show?', 'what does it show now?', 'which digit does it show?', 'what is the digit?', 'what does the counter show at the end?', 'which digit is it?']
    new_questions = ['what can I read on the counter?']

    def start(self, rng, new=False, plain=False):
        self.digit = rng.randrange(10)
        return fill(self.openings[0] if plain else pick(rng, self.openings, self.new_openings, new), s=self.digit)

    def move(self, rng):
        kind, n = rng.choice(['plus', 'plus', 'minus', 'minus', 'double']), rng.randint(1, 9)
        self.digit = (2 * self.digit if kind == 'double' else self.digit + (n if kind == 'plus' else -n)) % 10
        return kind, dict(n=n)

    def ask(self, rng, new=False, plain=False):
        return self.questions[0] if plain else pick(rng, self.questions, self.new_questions, new), ('The counter shows ', str(self.digit), '.')

    def labels(self):
        return [('last_digit', self.digit)]


class Total(Game):
    """Running arithmetic: a total between 0 and 199, one digit added or taken away at a time."""
    name, group, chance = 'total', 'arithmetic', 1 / 200
    clauses = dict(
        plus=['add {n}', 'plus {n}', 'and {n}', 'add {n} to it', 'I get {n} more', '{n} more', 'increase it by {n}'],
        minus=['take away {n}', 'minus {n}', 'less {n}', 'subtract {n}', 'I give away {n}', '{n} less', 'decrease it by {n}'])
    new_clauses = dict(plus=['put {n} on top'], minus=['remove {n}'])
    openings = ['start with {s}', 'I have {s}', 'begin with {s}', 'take {s}', 'the total is {s}', 'we start at {s}', 'the sum is {s}', 'I start with {s}', 'first {s}']
    new_openings = ['we begin at {s}']
    questions = ['what is the result?', 'what is the total?', 'how much is it?', 'how much is that?', 'what is it now?', 'what do I have?', 'what is the sum?', 'what comes out?', 'how many are there?']
    new_questions = ['what do we get?']

    def start(self, rng, new=False, plain=False):
        self.total = rng.choice([rng.randint(0, 99), rng.randint(0, 199), rng.randint(0, 30)])
        return fill('start with {s}' if plain else pick(rng, self.openings, self.new_openings, new), s=self.total)

    def move(self, rng):
        n = rng.choice([m for m in range(-9, 10) if m and 0 <= self.total + m <= 199])
        self.total += n
        return ('plus' if n > 0 else 'minus'), dict(n=abs(n))

    def ask(self, rng, new=False, plain=False):
        return 'what is the result?' if plain else pick(rng, self.questions, self.new_questions, new), ('The result is ', str(self.total), '.')

    def labels(self):
        return [('ones', self.total % 10), ('tens', self.total // 10)]


GAMES = dict(cups=lambda: Swaps('cups'), boxes=lambda: Swaps('boxes'), seats=lambda: Seats('seats'), parcel=Parcel, robot=Robot, elevator=Elevator,
             lamp=Lamp, counter=Counter, total=Total)
