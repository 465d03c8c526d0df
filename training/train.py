"""Trains the built-in model: one cups batch carried through its recurrence in segments, one chat batch, one update, again."""
import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

import data
import evaluate
import export
from batches import Batch, Source, poisson
from model import Config, Huginn
from optim import Optimiser
from tokenizer import Tokenizer


def targets_loss(model, x, batch, steps, tally=None, only_numbers=False):
    """Sum over the kinds of targets of the mean cross-entropy; numbers count only once `steps` recurrence steps suffice for them.

    Labels are read from the state without the coda, so that a position's own state must hold what the next swap needs.
    With `only_numbers` the coda is left out while no answer can be known yet."""
    total = 0
    for kinds, read in (((data.TEXT, data.ANSWER, data.FIRST), model.head), ((data.LABEL,), model.peek)):
        of_kind = sum(batch.kind == k for k in kinds) > 0
        active = (of_kind & (batch.need <= steps)).nonzero()[:, 0]
        if len(active) == 0 or (only_numbers and data.TEXT in kinds and not (batch.kind[active] == data.ANSWER).any()):
            continue
        logits, token = read(x, batch.where[active]), batch.token[active]
        loss = F.cross_entropy(logits, token, reduction='none')
        for k in kinds:
            mask = batch.kind[active] == k
            if mask.any():
                total = total + loss[mask].mean()
            mask = mask & (batch.need[active] >= (batch.longest - 1 if k else 0))
            if tally is not None and mask.any():
                right = (logits.argmax(-1) == token)[mask].float().mean().item()
                tally[k] = 0.85 * tally.get(k, 0.2) + 0.15 * right
    return total


class Game:
    """A cups batch on its way through the recurrence: each update continues from the detached state of the last one.

    The paper runs r steps and differentiates the last 8. Here every step is differentiated, a segment at a time, and a number is asked for
    as soon as the steps done so far can suffice (swap k after k steps), so no forward step is spent without a gradient."""

    def __init__(self, args, source, rng, level, generator):
        self.batch = source.cups(level, args.plain if level < 8 else 0.25)
        self.steps, self.rng, self.counts = 0, rng, self.batch.longest >= level
        self.last = self.batch.longest + 1 + poisson(rng, 3)
        if rng.random() < 0.08:
            self.last += rng.randint(8, 40)
        self.segment, self.generator, self.x = args.segment, generator, None

    def run(self, model, tally):
        count = self.rng.randint(1, self.segment) if self.steps == 0 else self.rng.randint(self.segment - 1, self.segment + 1)
        e = model.inject(model.embed(self.batch.ids))
        x = model.initial_state(*self.batch.ids.shape, self.generator) if self.x is None else self.x
        for _ in range(count):
            x = model.step(x, e)
        self.steps += count
        self.x = x.detach()
        full = self.counts and self.steps >= self.batch.longest + 1
        return targets_loss(model, x, self.batch, self.steps, tally if full else None, self.rng.random() < 0.8)

    @property
    def over(self):
        return self.steps >= self.last


def hinted_loss(model, source, args, rng, generator, tally):
    """Teaches the local rule alone: half of the swaps start with their true position already in the latent state (the number's embedding),
    and m steps later the swaps m places behind a hint must know theirs. Everything in one batch, every wording, no long chain needed first."""
    batch = source.cups(rng.choice([6, 12]), args.plain if rng.random() < 0.5 else 0.0)
    pick = (batch.kind == data.LABEL).nonzero()[:, 0]
    where, token, need, owner = batch.where[pick], batch.token[pick], batch.need[pick], batch.owner[pick]
    hint = torch.rand(len(pick), generator=generator) < 0.5
    steps = rng.choice([1, 1, 2, 3])
    before = torch.arange(len(pick)) - steps
    asked = ~hint & ((need <= steps) | ((before >= 0) & (owner == owner[before]) & hint[before]))
    x = model.initial_state(*batch.ids.shape, generator)
    known = F.normalize(model.transformer.wte.weight[token[hint]].detach(), dim=-1) * model.config.embed_scale
    x.view(-1, x.shape[-1])[where[hint]] = known + 0.3 * x.view(-1, x.shape[-1])[where[hint]]
    e = model.inject(model.embed(batch.ids))
    for _ in range(steps):
        x = model.step(x, e)
    logits = model.peek(x, where[asked])
    tally['hinted'] = 0.9 * tally.get('hinted', 0.2) + 0.1 * (logits.argmax(-1) == token[asked]).float().mean().item()
    return F.cross_entropy(logits, token[asked])


def chat_loss(model, batch, rng, generator):
    """Small talk must work at every depth: r log-normal Poisson as in the paper, gradients through the last 3 steps."""
    r = 1 + min(63, poisson(rng, math.exp(rng.gauss(math.log(4) - 0.3, 0.8))))
    r = max(r, batch.longest + 1)
    with torch.no_grad():
        x = model.initial_state(*batch.ids.shape, generator)
        if r > 3:
            e = model.inject(model.embed(batch.ids))
            for _ in range(r - 3):
                x = model.step(x, e)
    e = model.inject(model.embed(batch.ids))
    for _ in range(min(r, 3)):
        x = model.step(x, e)
    return targets_loss(model, x, batch, r)


def rate(args, done, update):
    """Warm-up over 50 updates, then flat, then linear to zero over the last `--decay` part of the time budget."""
    return min(1.0, (update + 1) / 50, max(0.0, (1 - done) / args.decay))


def main():
    p = argparse.ArgumentParser(description='Train the built-in model. Resumes from OUT/checkpoint.pt if it exists.')
    p.add_argument('--out', default='run')
    p.add_argument('--minutes', type=float, default=60, help='time budget, counted over all resumptions')
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--width', type=int, default=128)
    p.add_argument('--heads', type=int, default=4)
    p.add_argument('--ff', type=int, default=384)
    p.add_argument('--prelude', type=int, default=2)
    p.add_argument('--core', type=int, default=1)
    p.add_argument('--coda', type=int, default=1)
    p.add_argument('--vocabulary', type=int, default=768)
    p.add_argument('--tokens', type=int, default=2000, help='tokens of a cups batch')
    p.add_argument('--chat-tokens', type=int, default=1000)
    p.add_argument('--segment', type=int, default=3, help='recurrence steps per update')
    p.add_argument('--games', type=int, default=6, help='cups batches under way at once, so that successive updates differ')
    p.add_argument('--rare', type=float, default=1.0, help='how much more often than in the evaluation terse lists and number words come')
    p.add_argument('--muon', type=float, default=0.004)
    p.add_argument('--adam', type=float, default=0.003)
    p.add_argument('--decay', type=float, default=0.5)
    p.add_argument('--level', type=int, default=2, help='swaps at the start')
    p.add_argument('--plain', type=float, default=0.9, help='share of the plainest wording below level 8')
    p.add_argument('--hints', type=float, default=1.0, help='chance per update of a batch with hinted states; a third of it from level 8')
    p.add_argument('--top', type=int, default=20, help='largest number of swaps')
    p.add_argument('--every', type=float, default=180, help='seconds between evaluations')
    p.add_argument('--threads', type=int, default=1)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    rng, generator = random.Random(args.seed), torch.Generator().manual_seed(args.seed)
    if not (out / 'tokenizer.json').exists():
        Tokenizer.train(list(data.mixture(random.Random(0), 1500)), args.vocabulary).save(out)
    tokenizer = Tokenizer.load(out)
    model = Huginn(Config(len(tokenizer), args.width, args.heads, args.ff, args.prelude, args.core, args.coda))
    model.initialise(generator)
    optimiser = Optimiser(model, args.muon, args.adam)
    state = dict(update=0, level=args.level, spent=0.0, tokens=0)
    if (out / 'checkpoint.pt').exists():
        saved = torch.load(out / 'checkpoint.pt')
        model.load_state_dict(saved['model'])
        optimiser.load_state_dict(saved['optimiser'])
        state = saved['state']
        state['level'] = max(state['level'], args.level)
        rng.setstate(saved['rng'])
        generator.set_state(saved['generator'])
    log = open(out / 'log.jsonl', 'a')
    source, games, tally = Source(rng, tokenizer, args.tokens, args.rare), [], {}
    chat, losses, clock, evaluated = torch.zeros(()), [], time.time(), time.time()
    print(f'{sum(q.numel() for q in model.parameters()):,} parameters, {args}', flush=True)
    while state['spent'] < args.minutes * 60:
        games = [g for g in games if not g.over]
        while len(games) < args.games:
            games.append(Game(args, source, rng, state['level'], generator))
        game = rng.choice(games)
        loss = game.run(model, tally)
        loss.backward()
        if state['level'] >= 8 or state['update'] % 4 == 0:
            chat = chat_loss(model, source.chat(args.chat_tokens), rng, generator)
            chat.backward()
        if rng.random() < (args.hints if state['level'] < 8 else args.hints / 3):
            hinted_loss(model, source, args, rng, generator, tally).backward()
        norm = optimiser.step(rate(args, state['spent'] / (args.minutes * 60), state['update']))
        if not math.isfinite(norm):
            raise SystemExit('the gradient is not finite')
        losses.append((float(loss), float(chat), norm))
        state['update'] += 1
        state['tokens'] += game.batch.ids.numel()
        now = time.time()
        state['spent'], clock = state['spent'] + now - clock, now
        if tally.get(data.LABEL, 0) > 0.93 and tally.get(data.ANSWER, 0) > 0.9 and state['level'] < args.top:
            state['level'] = min(state['level'] + max(1, state['level'] // 2), args.top)
            tally.update({data.LABEL: 0.6, data.ANSWER: 0.6})
        if state['update'] % 25 == 0:
            mean = [sum(c) / len(c) for c in zip(*losses)]
            print(f"{state['update']} {state['spent'] / 60:.1f} min level {state['level']} loss {mean[0]:.3f} chat {mean[1]:.3f} norm {mean[2]:.2f} "
                  f"train {' '.join(f'{tally.get(k, 0):.2f}' for k in (0, 1, 2, 'hinted'))} tokens {state['tokens']}", flush=True)
            losses = []
        if now - evaluated > args.every or state['spent'] >= args.minutes * 60:
            record = dict(state, **evaluate.quick(model, tokenizer, state['level']))
            log.write(json.dumps(record) + '\n')
            log.flush()
            print(json.dumps(record), flush=True)
            torch.save(dict(model=model.state_dict(), optimiser=optimiser.state_dict(), state=state, rng=rng.getstate(),
                            generator=generator.get_state(), config=model.config.as_dict()), out / 'checkpoint.tmp')
            (out / 'checkpoint.tmp').rename(out / 'checkpoint.pt')
            clock = evaluated = time.time()
    export.write(model, tokenizer, out / 'hf', 'Built-in demonstration model: follows a ball under five cups.')


if __name__ == '__main__':
    main()
