"""Tests of the generators: answers and labels follow from the text alone, and nothing of the evaluation is trained on."""
import json
import random
import re
import unittest
from pathlib import Path

import data
import reading
import smalltalk
import suite
from game import COUNT, FACING, PEOPLE
from games import GAMES
from play import Play
from wording import is_held_out



def numbers(text):
    return [int(m) if m.isdigit() else COUNT.index(m.lower()) for m in re.findall(r'(?i)\b(?:\d+|' + '|'.join(COUNT[1:]) + r')\b', text)]


def plain(rng, name, count):
    """A game in its plainest wording, which a reader of few rules can follow."""
    play = Play(rng, name, plain=True)
    out, answer = play.opening(count)
    return out, answer


def follow(name, text):
    """The answer's deciding part, worked out from a plain text alone."""
    first, *clauses, _ = [c.strip() for c in text.split('. ')]
    if name in ('cups', 'boxes', 'seats'):
        place = numbers(first)[-1]
        for a, b in map(numbers, clauses):
            place = b if place == a else a if place == b else place
        return str(place)
    if name == 'parcel':
        who = re.match(r'\w+', first).group()
        for c in clauses:
            a, b = re.match(r'(\w+) and (\w+)', c).groups()
            who = b if who == a else a if who == b else who
        return who
    if name == 'lamp':
        on = first.endswith('on')
        for c in clauses:
            on ^= c == 'I press the switch'
        return 'on' if on else 'off'
    value = numbers(first)[0]
    for c in clauses:
        n = numbers(c)[0] if numbers(c) else 0
        if name == 'counter':
            value = (2 * value if c.startswith('Double') else value + n if c.startswith('Add') else value - n) % 10
        else:
            value += n if re.search(r'(?i)\bup\b|add', c) else -n
    return str(value)


class GamesTest(unittest.TestCase):
    def test_passages_are_introduced_in_the_words_of_the_app(self):
        app = (Path(__file__).parents[1] / 'core/services/documents/grounded-prompt.ts').read_text()
        for intro in reading.INTRO:
            self.assertIn(f"'{intro}'", app)

    def test_what_moved_and_the_state_before_give_the_late_parts(self):
        rng = random.Random(6)
        for name, late in (('total', ['tens']), ('robot', ['column', 'row'])):
            game = GAMES[name]()
            game.start(rng)
            before = dict(game.labels())
            for _ in range(200):
                game.move(rng)
                after = dict(game.labels())
                if name == 'total':
                    want = [before['tens'] + after['carry'] - 1]
                else:
                    facing, n = divmod(after['moved'] - 1, 2) if after['moved'] else (0, -1)
                    dx, dy = [(0, -1), (1, 0), (0, 1), (-1, 0)][facing]
                    want = [before['column'] + dx * (n + 1), before['row'] + dy * (n + 1)]
                self.assertEqual([after[g] for g in late], want)
                before = after

    def test_the_answer_follows_from_the_text(self):
        rng = random.Random(5)
        for name in set(GAMES) - {'robot'}:
            for _ in range(300):
                out, answer = plain(rng, name, rng.randint(0, 24))
                self.assertEqual(follow(name, out.text), answer[1], out.text)

    def test_a_robot_ends_where_its_moves_lead(self):
        rng = random.Random(6)
        for _ in range(500):
            out, answer = plain(rng, 'robot', rng.randint(0, 24))
            first, *clauses, _ = out.text.split('. ')
            x, y = numbers(first)
            facing = FACING.index(first.split()[-1])
            for c in clauses:
                if 'step' in c:
                    n = numbers(c)[0]
                    x, y = x + n * (0, 1, 0, -1)[facing], y + n * (-1, 0, 1, 0)[facing]
                else:
                    facing = (facing + {'left': 3, 'right': 1, 'around': 2}[c.split()[-1]]) % 4
                self.assertTrue(1 <= x <= 5 and 1 <= y <= 5, out.text)
            self.assertIn(answer[1], (FACING[facing], f'{x}, row {y}'))

    def test_a_mark_stands_at_the_end_of_every_clause_in_order(self):
        rng = random.Random(7)
        for name in GAMES:
            for _ in range(200):
                out, _ = Play(rng, name).opening(rng.randint(0, 24))
                self.assertEqual([need for _, need, _, _ in out.marks], list(range(len(out.marks))))
                for end, _, labels, _ in out.marks:
                    self.assertIn(out.text[end:end + 1], tuple('.,;\n'), out.text)
                    self.assertTrue(labels)

    def test_a_later_turn_goes_on_from_the_state_before(self):
        rng = random.Random(8)
        for _ in range(300):
            play = Play(rng, 'parcel', plain=True)
            play.opening(3)
            who = PEOPLE[play.game.who]
            out, answer = play.follow_up(2)
            for a, b in re.findall(r'(\w+) and (\w+) swap', out.text):
                who = b if who == a else a if who == b else who
            self.assertEqual(answer[1], who, out.text)


class HeldOutTest(unittest.TestCase):
    def test_the_rule_is_the_one_the_command_line_checks(self):
        file = Path(__file__).parent.parent / 'test/fixtures/held-out-vectors.json'
        for vector in json.loads(file.read_text()) if file.exists() else []:
            self.assertEqual(is_held_out(vector['text']), vector['heldOut'], vector['text'])

    def test_every_problem_of_the_suite_is_one_that_training_throws_away(self):
        for p in suite.suite(12, 0.05):
            if p['group'] != 'sums' and p['task'] != 'small talk' and not (p['task'] == 'off topic' and p['wording'] == 'unseen'):
                self.assertTrue(is_held_out(p['messages'][0]['text']), p)

    def test_small_talk_of_the_evaluation_is_never_drawn_for_training(self):
        rng, unseen = random.Random(9), {smalltalk.core(t) for t in smalltalk.HELD_OUT}
        for _ in range(5000):
            self.assertNotIn(smalltalk.core(smalltalk.draw(rng)[0]), unseen)

    def test_ids_are_unique_and_the_seed_decides(self):
        first = list(suite.suite(3, 0.05))
        self.assertEqual(len({p['id'] for p in first}), len(first))
        self.assertEqual(first, list(suite.suite(3, 0.05)))
        self.assertNotEqual(first, list(suite.suite(4, 0.05)))


class ReadingTest(unittest.TestCase):
    def test_an_answer_is_copied_from_the_text_or_declined(self):
        import reading
        rng = random.Random(10)
        for _ in range(1000):
            there = rng.random() < 0.6
            text, answer = reading.draw(rng, rng.randint(2, 8), there, rng.random() < 0.5)
            if there:
                self.assertIn(answer[1], text)
            else:
                self.assertEqual(answer[0], reading.NOT_THERE)


class RowsTest(unittest.TestCase):
    def test_labels_and_targets_point_at_the_tokens_they_mean(self):
        from tokenizer import Tokenizer
        tokenizer = Tokenizer.train(list(data.mixture(random.Random(0), 3)), 400)
        rng = random.Random(11)
        for name in GAMES:
            for _ in range(20):
                row = data.game_row(rng, tokenizer, name, rng.randint(0, 10), turns=rng.choice([1, 2]))
                for position, token, _, _ in row.targets:
                    self.assertEqual(row.ids[position + 1], token)
                for position, *_ in row.labels:
                    self.assertIn(tokenizer.decode([row.ids[position]])[:1], '.,;\n')
                self.assertEqual(max(t[2] for t in row.targets), row.updates)


if __name__ == '__main__':
    unittest.main()
