"""Measures a model: cups accuracy by swaps and steps, convergence, path independence, small talk and off-topic answers."""
import random

import torch

import cups
import data
import offtopic
import smalltalk
from batches import Batch

DEPTHS = [1, 2, 4, 8, 12, 16, 24, 32, 64]


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
def answers(model, batch, x, kind):
    """Which of the batch's targets of one kind are right at state x."""
    pick = (batch.kind == kind).nonzero()[:, 0]
    return model.head(x, batch.where[pick]).argmax(-1) == batch.token[pick]


@torch.no_grad()
def replies(model, batch, x):
    """Per row: is every token of the last reply right? Each is predicted from the true ones before it, so this equals greedy decoding
    reproducing the reply exactly (up to the random initial states)."""
    pick = (batch.kind != data.LABEL).nonzero()[:, 0]
    wrong = model.head(x, batch.where[pick]).argmax(-1) != batch.token[pick]
    right = torch.ones(batch.ids.shape[0])
    right[batch.owner[pick][wrong]] = 0
    return right


def token_correlation(x):
    """Mean cosine between the states of different positions: near 1 means collapse (the paper's first failure)."""
    y = torch.nn.functional.normalize(x[0], dim=-1)
    n = y.shape[0]
    return float(((y @ y.T).sum() - n) / (n * (n - 1)))


def reply_row(tokenizer, text, answer):
    w = data.Writer(tokenizer)
    w.user(text)
    w.assistant(answer)
    return w.row


def reply_accuracy(model, tokenizer, pairs, depths, seed=5, share=None):
    """Exact replies by steps for (message, answer) pairs; `share` collects (message, right) at the last depth."""
    generator, right = torch.Generator().manual_seed(seed), {t: [] for t in depths}
    pairs = sorted(pairs, key=lambda p: len(p[0]))
    for i in range(0, len(pairs), 32):
        part = pairs[i:i + 32]
        batch = Batch([reply_row(tokenizer, *p) for p in part], tokenizer.pad)
        for t, x, _ in trajectories(model, batch.ids, depths, generator):
            ok = replies(model, batch, x)
            right[t] += ok.tolist()
            if share is not None and t == depths[-1]:
                share += [(p[0], bool(o)) for p, o in zip(part, ok)]
    return {t: round(sum(v) / len(v), 3) for t, v in right.items()}


def talk_sets(seed=77, count=300):
    """(message, answer) pairs by kind; the held-out kinds contain no wording used in training."""
    rng = random.Random(seed)
    return dict(
        small_talk_known=[smalltalk.draw(rng)[:2] for _ in range(count)],
        small_talk_new_wording=[(text, answer) for answer, _, new in smalltalk.TALK.values() for text in new],
        off_topic_generated=[(offtopic.draw(rng), smalltalk.OFF_TOPIC) for _ in range(count)],
        off_topic_hand_written=[(text, smalltalk.OFF_TOPIC) for text in offtopic.HELD_OUT],
        broken_games=[cups.malformed(rng) for _ in range(count)])


def cups_batches(tokenizer, swaps, count, seed, **kind):
    rng = random.Random(f'{seed}/{swaps}')
    rows = sorted((data.cups_row(rng, tokenizer, swaps, **kind) for _ in range(count)), key=lambda r: len(r.ids))
    return [Batch(rows[i:i + 25], tokenizer.pad) for i in range(0, count, 25)]


def cups_accuracy(model, tokenizer, swaps, count=200, seed=4711, depths=DEPTHS, **kind):
    """Share of answers whose cup is right, by steps; and the same for the whole sentence at the last depth."""
    generator, right, whole = torch.Generator().manual_seed(seed), {t: [] for t in depths}, []
    for batch in cups_batches(tokenizer, swaps, count, seed, **kind):
        for t, x, _ in trajectories(model, batch.ids, depths, generator):
            right[t] += answers(model, batch, x, data.ANSWER).tolist()
        whole += replies(model, batch, x).tolist()
    return {t: round(sum(v) / len(v), 3) for t, v in right.items()}, round(sum(whole) / len(whole), 3)


def settling(model, tokenizer, swaps, count=50, seed=4712, threshold=0.03, limit=64, states=4):
    """At the token that decides the cup: mean steps until the state changes by less than `threshold`, agreement of the answers over
    `states` random initial states at `limit` steps, and the relative change left there."""
    first, agree, left = [], [], []
    for batch in cups_batches(tokenizer, swaps, count, seed):
        votes = []
        at = batch.where[batch.kind == data.ANSWER]
        for s in range(states):
            below = torch.full((len(at),), float(limit))
            for t, x, delta in trajectories(model, batch.ids, range(1, limit + 1), torch.Generator().manual_seed(100 + s)):
                d = delta.reshape(-1)[at]
                below = torch.where((d < threshold) & (below == limit), torch.tensor(float(t)), below)
            votes.append(model.head(x, at).argmax(-1).detach())
            first += below.tolist()
            left += d.tolist()
        votes = torch.stack(votes)
        agree += (votes == votes[0]).all(0).tolist()
    return dict(steps=round(sum(first) / len(first), 1), agreement=round(sum(agree) / len(agree), 3),
                change_left=round(sum(left) / len(left), 5))


def quick(model, tokenizer, level):
    """The log line of an evaluation: accuracy by swaps and steps and the two failure alarms, in about ten seconds."""
    out = {}
    for swaps in sorted({1, 2, 4, 8, 16, 20, level}):
        if swaps <= level + 4:
            depths = sorted({1, 4, swaps, swaps + 2, 32})
            out[f'swaps{swaps}'] = cups_accuracy(model, tokenizer, swaps, 50, 99, depths)[0]
    batch = cups_batches(tokenizer, min(level, 8), 25, 98)[0]
    *_, (_, x, delta) = trajectories(model, batch.ids, [32], torch.Generator().manual_seed(1))
    shallow, deep = out[f'swaps{level}'][1], out[f'swaps{level}'][32]
    sets = talk_sets(count=60)
    return dict(out, correlation=round(token_correlation(x), 3), delta32=round(float(delta[batch.ids != tokenizer.pad].mean()), 4),
                recurrence_use=round(deep - shallow, 3),
                **{k: list(reply_accuracy(model, tokenizer, v, [2, 16]).values()) for k, v in sets.items()})
