"""Measures a model while it trains: accuracy by game and steps, replies to texts, and the two alarms of recurrent training."""
import random

import torch

import data
from batches import Batch

DEPTHS = [1, 4, 32]
# Alarms: token states that point the same way (collapse), answers that do not gain from steps (recurrence ignored).
COLLAPSE, IGNORED = 0.97, 0.15


@torch.no_grad()
def trajectories(model, ids, depths, generator=None):
    """Runs once to max(depths) and yields (steps, state, relative change of the state per position) at each depth."""
    e = model.inject(model.embed(ids))
    x = model.initial_state(*ids.shape, generator)
    for t in range(1, max(depths) + 1):
        before, x = x, model.step(x, e)
        if t in depths:
            yield t, x, (x - before).norm(dim=-1) / x.norm(dim=-1)


@torch.no_grad()
def replies(model, batch, x, deciding=False):
    """Per row: is every token (or every deciding one) of the replies right? Each is predicted from the true ones before it, so this equals
    greedy decoding reproducing the replies exactly, up to the random initial states."""
    pick = (batch.kind == data.ANSWER).nonzero()[:, 0] if deciding else torch.arange(len(batch.where))
    wrong = model.head(x, batch.where[pick]).argmax(-1) != batch.token[pick]
    right = torch.ones(batch.ids.shape[0])
    right[batch.owner[pick][wrong]] = 0
    return right


def token_correlation(x):
    """Mean cosine between the states of different positions: near 1 means collapse (the paper's first failure)."""
    y = torch.nn.functional.normalize(x[0], dim=-1)
    n = y.shape[0]
    return float(((y @ y.T).sum() - n) / (n * (n - 1)))


def accuracy(model, tokenizer, rows, depths, seed=5, deciding=False):
    """Share of rows answered right, by steps."""
    generator, right = torch.Generator().manual_seed(seed), {t: [] for t in depths}
    rows = sorted(rows, key=lambda r: len(r.ids))
    for i in range(0, len(rows), 20):
        batch = Batch(rows[i:i + 20], tokenizer.pad)
        for t, x, _ in trajectories(model, batch.ids, depths, generator):
            right[t] += replies(model, batch, x, deciding).tolist()
    return {t: round(sum(v) / len(v), 3) for t, v in right.items()}


def quick(model, tokenizer, levels, texts=True, count=40):
    """The log line of an evaluation, in about twenty seconds: each game at its level, texts, and the alarms."""
    rng, out = random.Random(99), {}
    for game, level in levels.items():
        out[game] = accuracy(model, tokenizer, [data.game_row(rng, tokenizer, game, level) for _ in range(count)], DEPTHS, deciding=True)
    if texts:
        out['texts'] = accuracy(model, tokenizer, [data.reading_row(rng, tokenizer, 8) for _ in range(2 * count)], [1, 4, 32])
        out['talk'] = accuracy(model, tokenizer, [data.talk_row(rng, tokenizer) for _ in range(2 * count)], [1, 4, 32])
    batch = Batch([data.game_row(rng, tokenizer, next(iter(levels)), 8)], tokenizer.pad)
    *_, (_, x, delta) = trajectories(model, batch.ids, [32], torch.Generator().manual_seed(1))
    use = sum(out[g][32] - out[g][1] for g in levels) / len(levels)
    correlation = token_correlation(x)
    alarms = (['collapse'] if correlation > COLLAPSE else []) + (['recurrence ignored'] if use < IGNORED else [])
    return dict(out, correlation=round(correlation, 3), delta32=round(float(delta.mean()), 4), recurrence_use=round(use, 3), alarms=alarms)
