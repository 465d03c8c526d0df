"""Trains the built-in model: a game on its way through the recurrence, a batch with hints, a text, one update, again."""
import argparse
import json
import math
import random
import time
from pathlib import Path

import torch

import data
import evaluate
import export
import losses
from batches import NAMES, Source, poisson
from model import Config, Huginn
from optim import Optimiser
from tokenizer import Tokenizer


class Journey:
    """A batch of games on its way through the recurrence: each update continues from the detached state of the last one.

    The paper runs r steps and differentiates the last 8. Here every step is differentiated, a segment at a time, and a clause's state is asked
    for as soon as it can be known: one step after the state of the clause before it. `known` follows that wave, `late` that of the parts which take
    a step more (game.LATE). A journey begins with noise
    everywhere, or with hints: the true states of half of the clauses, so that the local rule is learned without long chains. Between segments
    some clauses are given fresh noise, so that states have to be worked out again instead of being kept."""

    def __init__(self, args, source, rng, levels, weights, plain, generator, hinted):
        self.batch = source.any_game(rng.choice([6, 12, 20]), weights['hinted'], plain) if hinted else source.game(levels, weights['game'], plain)
        self.rng, self.args, self.generator, self.hinted = rng, args, generator, hinted
        self.steps, self.x = 0, None
        self.known = self.late = self.batch.label_first
        self.last = self.batch.longest + 1 + poisson(rng, 3)
        if args.sabotage == 'shallow':
            self.last = 1 + poisson(rng, 2)
        elif hinted:
            self.last = rng.choice([1, 2, 2, 3])
        elif rng.random() < 0.08:
            self.last += rng.randint(8, 40)

    def disturb(self, model, share, probe=None):
        """Gives a random share of the clauses fresh noise, or with a probe their true states. Returns which."""
        batch, chosen = self.batch, torch.rand(self.batch.labels, generator=self.generator) < share
        where, flat = batch.label_where[chosen], self.x.view(-1, self.x.shape[-1])
        noise = model.initial_state(1, len(where), self.generator)[0]
        flat[where] = noise if probe is None else probe.hint(batch.label_class[chosen]) * model.config.embed_scale + 0.3 * noise
        self.known, self.late = (k & ~chosen if probe is None else k | chosen for k in (self.known, self.late))
        return chosen

    def run(self, model, probe, tally):
        """One segment: the loss. A clause that may only have kept what it knew before is asked one time in five."""
        segment, rng = self.args.segment, self.rng
        count = rng.randint(1, segment) if self.steps == 0 else rng.randint(segment - 1, segment + 1)
        first, told = self.batch.label_first, None
        if self.x is None:
            self.x = model.initial_state(*self.batch.ids.shape, self.generator)
            if self.hinted:
                count, told = self.last, self.disturb(model, 0.5, probe)
        elif rng.random() < self.args.disturb:
            self.disturb(model, rng.uniform(0.1, 0.6))
        kept, kept_late = (k & ~first if told is None else told for k in (self.known, self.late))
        fresh = self.steps == 0
        embedded = model.embed(self.batch.ids)
        x, e = self.x, model.inject(embedded)
        for _ in range(count):
            x = model.step(x, e)
            self.known, self.late = first | self.known.roll(1), first | (self.late.roll(1) & self.known)
        self.steps += count
        self.x = x.detach()
        if self.args.sabotage == 'shallow':
            self.known = self.late = torch.ones_like(self.known)
            kept = kept_late = torch.zeros_like(self.known)
        again = torch.rand(len(kept), generator=self.generator) < (0 if self.hinted else 0.2)
        ready = self.known & (self.late | ~self.batch.has_late)
        loss, right, active = losses.game_loss(model, probe, x, self.batch, ready, self.known & (~kept | again), self.late & (~kept_late | again),
                                               not self.over and rng.random() < 0.5)
        if fresh:
            words, read = probe.word_loss(embedded, self.batch)
            loss = loss + words
            losses.count(tally, 'words', self.batch, read, self.batch.label_owner)
        if self.hinted and right is not None:
            losses.count(tally, 'hinted', self.batch, right, self.batch.label_owner[active])
        return loss

    @property
    def over(self):
        return self.steps >= self.last


def rate(args, done, update):
    """Warm-up over 50 updates, then flat, then linear to zero over the last `--decay` part of the time budget."""
    return min(1.0, (update + 1) / 50, max(0.0, (1 - done) / args.decay))


def raise_levels(levels, tally, top):
    """A game grows by half of its updates once it answers at its level."""
    for g, level in levels.items():
        if level < top and tally.get(('label', g), 0) > 0.85 and tally.get(('answer', g), 0) > 0.75:
            levels[g] = min(level + max(2, level // 2), top)
            tally[('label', g)] = tally[('answer', g)] = 0.6


def text_depth(rng):
    """Log-normal Poisson as in the paper, with a mean of about four."""
    return 1 + min(63, poisson(rng, math.exp(rng.gauss(math.log(3) - 0.3, 0.8))))


def options():
    p = argparse.ArgumentParser(description='Train the built-in model. Resumes from OUT/checkpoint.pt if it exists.')
    p.add_argument('--out', default='runs/built-in')
    p.add_argument('--first', help='checkpoint of another run to take the weights, the probe and the levels from, or a folder as export.py writes it: the weights alone')
    p.add_argument('--settle', type=int, default=0, help='updates of the probe alone, before the weights move: for weights that come without it')
    p.add_argument('--minutes', type=float, default=120, help='budget of processor time, counted over all resumptions')
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--width', type=int, default=128)
    p.add_argument('--heads', type=int, default=4)
    p.add_argument('--ff', type=int, default=512)
    p.add_argument('--prelude', type=int, default=2)
    p.add_argument('--core', type=int, default=1)
    p.add_argument('--coda', type=int, default=1)
    p.add_argument('--vocabulary', type=int, default=1536)
    p.add_argument('--games', nargs='*', default=NAMES, help='the games to train')
    p.add_argument('--tokens', type=int, default=2000, help='tokens of a batch of games')
    p.add_argument('--text-tokens', type=int, default=1200)
    p.add_argument('--no-text', action='store_true', help='games alone, for experiments')
    p.add_argument('--segment', type=int, default=3, help='recurrence steps per update')
    p.add_argument('--under-way', type=int, default=24, help='batches of games under way at once: with few of them the model learns their labels by heart')
    p.add_argument('--muon', type=float, default=0.004)
    p.add_argument('--adam', type=float, default=0.003)
    p.add_argument('--decay', type=float, default=0.5)
    p.add_argument('--level', type=int, default=2, help='updates of a game at the start')
    p.add_argument('--top', type=int, default=24, help='largest number of updates')
    p.add_argument('--hints', type=float, default=1.0, help='chance per update of a journey with hints; half of it once all games are long')
    p.add_argument('--disturb', type=float, default=0.5, help='chance that clauses get fresh noise between two segments')
    p.add_argument('--every', type=float, default=300, help='seconds of processor time between evaluations')
    p.add_argument('--threads', type=int, default=1)
    p.add_argument('--sabotage', choices=['none', 'shallow', 'bare'], default='none',
                   help='shallow: few steps, independent of difficulty; bare: parameter-free norms and an additive adapter')
    return p.parse_args()


def main():
    args = options()
    torch.set_num_threads(args.threads)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    rng, generator = random.Random(args.seed), torch.Generator().manual_seed(args.seed)
    if not (out / 'tokenizer.json').exists():
        Tokenizer.train(list(data.mixture(random.Random(0), 300)), args.vocabulary).save(out)
    tokenizer = Tokenizer.load(out)
    model = Huginn(Config(len(tokenizer), args.width, args.heads, args.ff, args.prelude, args.core, args.coda, bare=args.sabotage == 'bare'))
    model.initialise(generator)
    probe = losses.Probe(args.width, generator)
    optimiser = Optimiser(model, probe, args.muon, args.adam)
    state = dict(update=0, levels={g: args.level for g in args.games}, reading=1, spent=0.0, tokens=0)
    if (out / 'checkpoint.pt').exists():
        saved = torch.load(out / 'checkpoint.pt')
        model.load_state_dict(saved['model'])
        probe.load_state_dict(saved['probe'])
        optimiser.load_state_dict(saved['optimiser'])
        state = saved['state']
        rng.setstate(saved['rng'])
        generator.set_state(saved['generator'])
    elif args.first and Path(args.first).is_dir():
        model.load_state_dict(export.load(args.first).state_dict())
    elif args.first:
        saved = torch.load(args.first)
        model.load_state_dict(saved['model'])
        probe.load_state_dict(saved['probe'], strict=False)
        state |= dict(levels={g: saved['state']['levels'].get(g, args.level) for g in args.games}, reading=saved['state']['reading'])
    log = open(out / 'log.jsonl', 'a')
    source, under_way, tally = Source(rng, tokenizer, args.tokens, args.text_tokens, args.games), {False: [], True: []}, {}
    seen, clock, evaluated, budget = [], time.process_time(), time.process_time(), args.minutes * 60
    print(f'{sum(q.numel() for q in model.parameters()):,} parameters, {args}', flush=True)
    levels = state['levels']
    while state['spent'] < budget:
        weights = dict(game={g: 1.05 - min(tally.get(('label', g), 0.2), tally.get(('answer', g), 0.2)) ** 2 for g in args.games},
                       hinted={g: 1.1 - tally.get(('hinted', g), 0.2) for g in args.games})
        # A game is played in its plainest wording until its rule is known, and less so the longer it gets.
        plain = {g: 0.9 if tally.get(('hinted', g), 0) < 0.85 else 0.4 if levels[g] < 8 else 0.15 for g in args.games}
        hints = 0 if args.sabotage == 'shallow' else args.hints if min(levels.values()) < 8 else args.hints / 2
        parts = {}
        for hinted in (False, True) if rng.random() < hints else (False,):
            under_way[hinted] = [j for j in under_way[hinted] if not j.over]
            while len(under_way[hinted]) < (1 if hinted else args.under_way):
                under_way[hinted].append(Journey(args, source, rng, levels, weights, plain, generator, hinted))
            journey = rng.choice(under_way[hinted])
            name = 'hint' if hinted else 'game'
            parts[name] = journey.run(model, probe, tally)
            if torch.is_tensor(parts[name]):
                parts[name].backward()
            state['tokens'] += journey.batch.ids.numel()
        if not args.no_text:
            kind = 'reading' if rng.random() < 0.6 else 'talk'
            parts[kind] = losses.text_loss(model, source.text(kind, state['reading']), text_depth(rng), generator, tally, kind)
            parts[kind].backward()
        if state['update'] < args.settle:
            model.zero_grad(set_to_none=True)
        norm = optimiser.step(rate(args, state['spent'] / budget, state['update']))
        if not math.isfinite(norm):
            raise SystemExit('the gradient is not finite')
        seen.append({k: float(v) for k, v in parts.items()} | dict(norm=norm))
        state['update'] += 1
        now = time.process_time()
        state['spent'], clock = state['spent'] + now - clock, now
        if state['update'] % 4 == 0:
            game = args.games[state['update'] // 4 % len(args.games)]
            losses.exam(model, probe, source.exam(game, levels[game]), generator, tally)
        raise_levels(levels, tally, args.top)
        if state['reading'] < 8 and tally.get(('text', 'reading'), 0) > 0.9:
            state['reading'] += 1
            tally[('text', 'reading')] = 0.7
        if state['update'] % 50 == 0:
            mean = {k: sum(s[k] for s in seen if k in s) / max(1, sum(k in s for s in seen)) for k in ('game', 'hint', 'reading', 'talk', 'norm')}
            print(f"{state['update']} {state['spent'] / 60:.1f} min " + ' '.join(f'{k} {v:.2f}' for k, v in mean.items())
                  + ' | ' + ' '.join(f"{g}:{levels[g]} {'/'.join(f'{tally.get((k, g), 0):.2f}'[1:] if tally.get((k, g), 0) < 1 else '1' for k in ('words', 'hinted', 'label', 'answer'))}"
                                     for g in args.games) + f" | level {state['reading']} " + ' '.join(f"{k} {tally.get(('text', k), 0):.2f}" for k in ('reading', 'talk')), flush=True)
            seen = []
        if now - evaluated > args.every or state['spent'] >= budget:
            record = dict(state, **evaluate.quick(model, tokenizer, levels, not args.no_text))
            log.write(json.dumps(record) + '\n')
            log.flush()
            print(json.dumps(record), flush=True)
            torch.save(dict(model=model.state_dict(), probe=probe.state_dict(), optimiser=optimiser.state_dict(), state=state, rng=rng.getstate(),
                            generator=generator.get_state(), config=model.config.as_dict()), out / 'checkpoint.tmp')
            (out / 'checkpoint.tmp').rename(out / 'checkpoint.pt')
            clock = evaluated = time.process_time()
    if args.sabotage != 'bare':
        export.write(model, tokenizer, out / 'hf', 'Built-in demonstration model: follows small games, keeps a total, reads short texts.')


if __name__ == '__main__':
    main()
