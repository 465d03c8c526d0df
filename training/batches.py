"""Batches: rows of similar length padded together, with flat arrays of targets and of labels."""
import math

import torch

import data
import game
from games import GAMES

NAMES = list(GAMES)
# A state has at most this many parts that are labelled.
PARTS = 4
# By row of the probe (the last stands for none): does that part of a state come a step late?
LATE = torch.zeros(data.CLASSES + 1, dtype=torch.bool)
for start, size in (data.OFFSET[g] for g in game.LATE):
    LATE[start:start + size] = True


def numbered(parts, offset):
    """Rows of the probe for [(group, class), ...], filled up with -1."""
    return [offset[g][0] + c for g, c in parts] + [-1] * (PARTS - len(parts))


class Batch:
    """Padded ids and flat arrays. `need` counts recurrence steps; positions index [batch * length]; owners are rows."""

    def __init__(self, rows, pad):
        length = max(len(r.ids) for r in rows)
        self.ids = torch.full((len(rows), length), pad)
        targets, labels, states, words = [], [], [], []
        for i, r in enumerate(rows):
            self.ids[i, :len(r.ids)] = torch.tensor(r.ids)
            targets += [(i * length + p, t, n, k, i) for p, t, n, k in r.targets]
            labels += [(i * length + p, n, i) for p, n, _, _ in r.labels]
            states += [numbered(state, data.OFFSET) for _, _, state, _ in r.labels]
            words += [numbered(said, data.WORD_OFFSET) for _, _, _, said in r.labels]
        self.where, self.token, self.need, self.kind, self.owner = torch.tensor(targets).T.contiguous()
        self.labels = len(labels)
        if labels:
            self.label_where, self.label_need, self.label_owner = torch.tensor(labels).T.contiguous()
            self.label_class, self.word_class = torch.tensor(states), torch.tensor(words)
            self.part_late = LATE[self.label_class]
            self.has_late = self.part_late.any(1)
            # The label before a clause in its row is where its state comes from; the first clause of a row needs none.
            self.label_first = torch.tensor([True] + [a != b for a, b in zip(self.label_owner.tolist(), self.label_owner.tolist()[1:])])
        self.longest = int(self.need.max())
        # For each deciding target the label whose state it tells: -1 needs none, -2 has none.
        at = {(i, n): j for j, (_, n, i) in enumerate(labels)}
        self.tells = torch.tensor([at.get((i, n), -2) if k == data.ANSWER and labels else -1 for _, _, n, k, i in targets])
        self.game = torch.tensor([NAMES.index(r.task) if r.task in NAMES else -1 for r in rows])
        self.updates = torch.tensor([r.updates for r in rows])


def poisson(rng, mean):
    limit, k, p = math.exp(-mean), 0, rng.random()
    while p > limit:
        p *= rng.random()
        k += 1
    return k


def similar(rng, rows, tokens):
    """A run of rows of similar length, of those given, that fits into `tokens`: padding is a third of the work otherwise."""
    rows.sort(key=lambda r: len(r.ids))
    start, end = rng.randint(0, len(rows) // 2), 0
    while start + end < len(rows) and (end + 1) * len(rows[start + end].ids) <= tokens:
        end += 1
    return rows[start:start + max(end, 1)]


class Source:
    """Draws batches of a given token budget. `levels` is the largest number of updates in use for each game."""

    def __init__(self, rng, tokenizer, tokens, text_tokens, games=NAMES):
        self.rng, self.tokenizer, self.tokens, self.text_tokens, self.games = rng, tokenizer, tokens, text_tokens, list(games)
        self.waiting = {'reading': [], 'talk': []}

    def _rows(self, names, low, high, plain):
        """`plain` is the share of the plainest wording, by game."""
        rng, rows = self.rng, []
        for _ in range(2):
            used = 0
            while used < self.tokens:
                turns = rng.choice([2, 3]) if rng.random() < 0.2 else 1
                name = rng.choice(names)
                rows.append(data.game_row(rng, self.tokenizer, name, rng.randint(low, high), rng.random() < plain[name], turns))
                used += len(rows[-1].ids)
        return Batch(similar(rng, rows, self.tokens), self.tokenizer.pad)

    def game(self, levels, weights, plain):
        """Rows of nearly equal numbers of updates, of the games that are that far; games that do badly come more often."""
        rng = self.rng
        first = rng.choices(self.games, [weights[g] for g in self.games])[0]
        top = levels[first] if rng.random() < 0.5 else rng.randint(1, levels[first])
        others = [g for g in self.games if levels[g] >= top]
        names = [first] * len(others) + rng.choices(others, [weights[g] for g in others], k=len(others))
        return self._rows(names, max(0, top - 2), top, plain)

    def any_game(self, count, weights, plain):
        return self._rows(self.rng.choices(self.games, [weights[g] for g in self.games], k=8), max(0, count - 2), count, plain)

    def exam(self, game, level):
        """Rows of one game at its level for `losses.exam`."""
        rows = [data.game_row(self.rng, self.tokenizer, game, level) for _ in range(20)]
        return Batch(similar(self.rng, rows, self.tokens // 2), self.tokenizer.pad)

    def text(self, kind, level):
        """Passages with questions, or small talk; whole batches are prepared by length and drawn in random order."""
        waiting = self.waiting[kind]
        if not waiting:
            make = (lambda: data.reading_row(self.rng, self.tokenizer, level)) if kind == 'reading' else (lambda: data.talk_row(self.rng, self.tokenizer))
            group = []
            for r in sorted((make() for _ in range(200)), key=lambda r: len(r.ids))[:-4]:
                if group and (len(group) + 1) * len(r.ids) > self.text_tokens:
                    waiting.append(group)
                    group = []
                group.append(r)
            self.rng.shuffle(waiting)
        return Batch(waiting.pop(), self.tokenizer.pad)
