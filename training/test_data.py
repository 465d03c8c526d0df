"""Tests of the generator: answers and labels follow from the text alone, held-out wordings stay out of training."""
import random
import re
import unittest

import cups
import data
import offtopic
import smalltalk
from tokenizer import Tokenizer

NUMBER = re.compile(r'\b(' + '|'.join([*'12345', *cups.WORDS]) + r')\b', re.IGNORECASE)


def value(word):
    return int(word) if word.isdigit() else cups.WORDS.index(word.lower()) + 1


def positions(text, first=None):
    """Plays the game from the numbers in the text: the first is the start, then pairs are swaps."""
    found = [value(m) for m in NUMBER.findall(text)]
    place = [found.pop(0) if first is None else first]
    for a, b in zip(found[::2], found[1::2]):
        place.append(b if place[-1] == a else a if place[-1] == b else place[-1])
    return place


def play(text):
    """The same for an opening, without the phrase that there are five cups."""
    return positions(re.sub(r'(?i)there are (five|5) (cups|boxes)\.|five (cups|boxes) stand', '', text))


class CupsTest(unittest.TestCase):
    def test_the_answer_follows_from_the_text(self):
        rng = random.Random(5)
        for _ in range(2000):
            count = rng.randint(0, 20)
            out, skin, words, position = cups.opening(rng, count, rng.random() < 0.2, new=rng.random() < 0.2)
            played = play(out.text)
            self.assertEqual((len(played), played[-1]), (count + 1, position), out.text)

    def test_every_mark_stands_after_the_last_number_it_depends_on_and_holds_the_position_there(self):
        rng = random.Random(6)
        for _ in range(1000):
            out, _, _, _ = cups.opening(rng, rng.randint(0, 20))
            for end, position, need in out.marks:
                played = play(out.text[:end])
                self.assertEqual((len(played) - 1, played[-1]), (need, position), out.text[:end])
                self.assertTrue(any(m.end() == end for m in NUMBER.finditer(out.text)), out.text[:end])

    def test_a_follow_up_goes_on_from_the_position_before(self):
        rng = random.Random(7)
        for _ in range(1000):
            start, count = rng.randint(1, 5), rng.randint(1, 4)
            out, position = cups.follow_up(rng, start, 3, count, cups.SKINS[0], rng.random() < 0.3)
            self.assertEqual(positions(out.text, start)[-1], position, out.text)

    def test_a_broken_game_lacks_the_start_or_names_a_cup_that_is_not_there(self):
        rng = random.Random(8)
        for _ in range(1000):
            text, answer = cups.malformed(rng)
            bad = [int(n) for n in re.findall(r'\d+', re.sub(r'(?i)there are 5', '', text)) if not 1 <= int(n) <= 5]
            self.assertEqual(bool(bad), answer == cups.NO_SUCH, text)


class RowTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tokenizer = Tokenizer.train(list(data.mixture(random.Random(0), 60)), 400)

    def test_a_target_of_the_model_is_the_next_token_and_a_label_is_a_digit(self):
        rng, t = random.Random(9), self.tokenizer
        for _ in range(300):
            row = data.cups_row(rng, t, rng.randint(0, 20), turns=rng.choice([1, 3])) if rng.random() < 0.5 else data.chat_row(rng, t)
            for position, token, need, kind in row.targets:
                if kind == data.LABEL:
                    self.assertIn(t.tokens[token], '12345')
                else:
                    self.assertEqual(row.ids[position + 1], token)

    def test_only_answers_and_labels_after_numbers_are_trained(self):
        row = data.cups_row(random.Random(1), self.tokenizer, 5, plain=True)
        text = [p for p, _, _, kind in row.targets if kind != data.LABEL]
        answer = self.tokenizer.decode([row.ids[p + 1] for p in text])
        self.assertRegex(answer, r'^The ball is under cup [1-5]\.<\|end_turn\|>$')
        self.assertEqual([n for _, _, n, kind in row.targets if kind == data.LABEL], [0, 1, 2, 3, 4, 5])

    def test_the_same_seed_gives_the_same_rows(self):
        def rows():
            rng = random.Random(3)
            return [data.chat_row(rng, self.tokenizer).ids for _ in range(50)]
        self.assertEqual(rows(), rows())


class HeldOutTest(unittest.TestCase):
    def test_evaluation_wordings_are_not_among_the_training_wordings(self):
        for answer, known, new in smalltalk.TALK.values():
            plain = {k.lower().strip('?!.') for k in known}
            self.assertFalse([n for n in new if n.lower().strip('?!.') in plain])
        self.assertFalse(set(cups.NEW_SWAP) & set(cups.SWAP))

    def test_held_out_messages_never_come_from_the_generator(self):
        rng = random.Random(4)
        drawn = {offtopic.draw(rng).lower() for _ in range(20000)}
        self.assertFalse([h for h in offtopic.HELD_OUT if h.lower() in drawn])

    def test_no_wording_is_claimed_by_two_topics(self):
        seen = {}
        for topic, (_, known, new) in smalltalk.TALK.items():
            for text in known + new:
                key = re.sub(r'[^a-z ]', '', text.lower())
                self.assertEqual(seen.setdefault(key, topic), topic, text)


if __name__ == '__main__':
    unittest.main()
