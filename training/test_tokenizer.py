"""Tests of the tokenizer: layout of ids, round trips, offsets, and the rule that digits stand alone."""
import random
import tempfile
import unittest

import data
from tokenizer import SPECIAL, Tokenizer

TEXTS = list(data.mixture(random.Random(0), 60))


class TokenizerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.t = Tokenizer.train(TEXTS, 400)

    def test_ids_are_bytes_then_merges_then_the_32_special_tokens(self):
        self.assertEqual(len(self.t), 400)
        self.assertEqual(self.t.tokens[-32:], SPECIAL)
        self.assertEqual(self.t.encode('A'), [65])

    def test_ordinary_text_survives_a_round_trip(self):
        for text in TEXTS + ['Äpfel, 東京 and \U0001f600!', 'def f(x):\n    return x']:
            self.assertEqual(self.t.decode(self.t.encode(text)), text)

    def test_each_digit_is_a_token_of_its_own(self):
        tokens = [self.t.tokens[i] for i in self.t.encode('swap 12 and 5.')]
        self.assertEqual([c for c in tokens if c.isdigit()], ['1', '2', '5'])

    def test_ends_point_behind_pre_tokens(self):
        text = 'A ball is under cup 3. Swap three and one.'
        _, ends = self.t.encode_with_ends(text)
        for part in (' cup 3', 'Swap three', 'and one'):
            self.assertIn(text.index(part) + len(part), ends)

    def test_special_tokens_are_recognised_by_name(self):
        self.assertEqual(self.t.encode('<|begin_text|>A<|end_turn|>'), [self.t.bos, 65, self.t.turn_end])

    def test_a_saved_tokenizer_reads_back_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            self.t.save(folder)
            again = Tokenizer.load(folder)
        self.assertEqual([again.encode(t) for t in TEXTS[:200]], [self.t.encode(t) for t in TEXTS[:200]])

    def test_training_twice_gives_the_same_merges(self):
        self.assertEqual(Tokenizer.train(TEXTS, 330).merges, Tokenizer.train(TEXTS, 330).merges)


if __name__ == '__main__':
    unittest.main()
