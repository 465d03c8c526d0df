"""Batches: rows of similar length padded together, and the latent state that one batch carries through its recurrence."""
import math

import torch

import data


class Batch:
    """Padded ids and flat target arrays. `need` counts recurrence steps; positions index [batch * length]."""

    def __init__(self, rows, pad):
        length = max(len(r.ids) for r in rows)
        self.ids = torch.full((len(rows), length), pad)
        where, token, need, kind, owner = [], [], [], [], []
        for i, r in enumerate(rows):
            self.ids[i, :len(r.ids)] = torch.tensor(r.ids)
            for position, t, n, k in r.targets:
                where.append(i * length + position)
                token.append(t)
                need.append(n)
                kind.append(k)
                owner.append(i)
        self.where, self.token, self.need = torch.tensor(where), torch.tensor(token), torch.tensor(need)
        self.kind, self.owner = torch.tensor(kind), torch.tensor(owner)
        self.longest = int(self.need.max())


def poisson(rng, mean):
    limit, k, p = math.exp(-mean), 0, rng.random()
    while p > limit:
        p *= rng.random()
        k += 1
    return k


class Source:
    """Draws batches of a given token budget; the level is the largest number of swaps in use."""

    def __init__(self, rng, tokenizer, tokens, rare=1.0):
        self.rng, self.tokenizer, self.tokens, self.rare = rng, tokenizer, tokens, rare
        self.waiting = []

    def cups(self, level, plain_share):
        rng = self.rng
        top = level if rng.random() < 0.5 else rng.randint(1, level)
        plain = rng.random() < plain_share
        rows = []
        # Twice the rows needed, of which a run of similar length is kept: padding is a third of the work otherwise.
        for share in range(2):
            used = 0
            while used < self.tokens:
                count = rng.randint(max(0, top - 2), top)
                turns = rng.choice([1, 2, 3]) if not plain and rng.random() < 0.45 else 1
                rows.append(data.cups_row(rng, self.tokenizer, count, plain, turns, rare=self.rare))
                used += len(rows[-1].ids)
        rows.sort(key=lambda r: len(r.ids))
        start, end = rng.randint(0, len(rows) // 2), 0
        while start + end < len(rows) and (end + 1) * len(rows[start + end].ids) <= self.tokens:
            end += 1
        return Batch(rows[start:start + max(end, 1)], self.tokenizer.pad)

    def chat(self, tokens):
        if not self.waiting:
            rows = sorted((data.chat_row(self.rng, self.tokenizer) for _ in range(400)), key=lambda r: len(r.ids))
            group = []
            for r in rows[:-8]:
                if group and (len(group) + 1) * len(r.ids) > tokens:
                    self.waiting.append(group)
                    group = []
                group.append(r)
            self.rng.shuffle(self.waiting)
        return Batch(self.waiting.pop(), self.tokenizer.pad)
