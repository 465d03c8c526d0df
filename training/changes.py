"""Games of one thing that changes: a robot, an elevator, a lamp, a counter, a running total."""
from game import FACING, Game, pick
from wording import fill


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
        self.facing, self.x, self.y, self.moved = rng.randrange(4), rng.randint(1, 5), rng.randint(1, 5), 0
        return fill(self.openings[0] if plain else pick(rng, self.openings, self.new_openings, new), x=self.x, y=self.y, f=FACING[self.facing])

    def move(self, rng):
        dx, dy = [(0, -1), (1, 0), (0, 1), (-1, 0)][self.facing]
        steps = [n for n in (1, 2) if 1 <= self.x + n * dx <= 5 and 1 <= self.y + n * dy <= 5]
        if steps and rng.random() < 0.5:
            n = rng.choice(steps)
            self.x, self.y, self.moved = self.x + n * dx, self.y + n * dy, 2 * self.facing + n
            return ('one', 'two')[n - 1], {}
        kind = rng.choice(['left', 'left', 'right', 'right', 'around'])
        self.facing, self.moved = (self.facing + dict(left=3, right=1, around=2)[kind]) % 4, 0
        return kind, {}

    def ask(self, rng, new=False, plain=False):
        if rng.random() < 0.5:
            self.chance = 0.25
            return pick(rng, self.faces, self.new_faces, new), ('It faces ', FACING[self.facing], '.')
        self.chance = 0.04
        return pick(rng, self.places, self.new_places, new), ('It is at column ', f'{self.x}, row {self.y}', '.')

    def labels(self):
        return [('facing', self.facing), ('moved', self.moved), ('column', self.x - 1), ('row', self.y - 1)]


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
        return kind, {} if kind == 'double' else dict(n=n)

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
        self.total, self.carry = rng.choice([rng.randint(0, 99), rng.randint(0, 199), rng.randint(0, 30)]), 0
        return fill('start with {s}' if plain else pick(rng, self.openings, self.new_openings, new), s=self.total)

    def move(self, rng):
        n = rng.choice([m for m in range(-9, 10) if m and 0 <= self.total + m <= 199])
        self.carry = (self.total + n) // 10 - self.total // 10
        self.total += n
        return ('plus' if n > 0 else 'minus'), dict(n=abs(n))

    def ask(self, rng, new=False, plain=False):
        return 'what is the result?' if plain else pick(rng, self.questions, self.new_questions, new), ('The result is ', str(self.total), '.')

    def labels(self):
        return [('ones', self.total % 10), ('carry', self.carry + 1), ('tens', self.total // 10)]
