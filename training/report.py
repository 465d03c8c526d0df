"""Writes what ships beside the model: results.json (every measured table) and eval.jsonl (held-out questions for the engine's own tests)."""
import argparse
import json
import random
from pathlib import Path

import torch

import cups
import evaluate
import export
from tokenizer import Tokenizer

SWAPS = [1, 2, 4, 6, 8, 12, 16, 20]


def questions(seed, count):
    """Held-out single-turn questions: {prompt, answer, swaps, skin, wording}. The seed is not used by the trainer."""
    rng = random.Random(f'held-out/{seed}')
    for i in range(count):
        wording = ('plain', 'varied', 'varied', 'new')[i % 4]
        swaps = rng.randint(1, 20)
        out, skin, _, position = cups.opening(rng, swaps, wording == 'plain', new=wording == 'new')
        yield dict(prompt=out.text.strip(), answer=''.join(cups.answer_parts(skin, position)), swaps=swaps, skin=skin[0], wording=wording)


def rank_correlation(a, b):
    """Spearman's coefficient for lists without ties in `a`."""
    def ranks(v):
        return [sum(x < y for x in v) + (sum(x == y for x in v) - 1) / 2 for y in v]
    a, b = torch.tensor(ranks(a)), torch.tensor(ranks(b))
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / (a.norm() * b.norm()))


def measure(model, tokenizer, count):
    table, whole, settled = {}, {}, {}
    for n in SWAPS:
        table[n], whole[n] = evaluate.cups_accuracy(model, tokenizer, n, count)
        print(n, 'swaps', table[n], flush=True)
    for n in (1, 4, 8, 12, 16, 20):
        settled[n] = evaluate.settling(model, tokenizer, n)
        print(n, 'settles', settled[n], flush=True)
    new = {n: evaluate.cups_accuracy(model, tokenizer, n, count // 2, depths=[2, 16, 32], new=True)[0] for n in (4, 8, 16)}
    turns = {n: evaluate.cups_accuracy(model, tokenizer, n, count // 2, depths=[2, 16, 32], turns=3)[0] for n in (6, 12)}
    print('new wording', new, 'three turns', turns, flush=True)
    misses, talk = [], {}
    for kind, pairs in evaluate.talk_sets().items():
        share = []
        talk[kind] = evaluate.reply_accuracy(model, tokenizer, pairs, [1, 2, 4, 16, 32], share=share)
        misses += [(kind, text) for text, ok in share if not ok]
        print(kind, talk[kind], flush=True)
    return dict(accuracy_by_swaps_and_steps=table, whole_answer_at_64_steps=whole, settling=settled,
                steps_to_settle_rank_correlation=rank_correlation(list(settled), [v['steps'] for v in settled.values()]),
                new_wording=new, three_turns=turns, talk_exact_reply_by_steps=talk), misses


def main():
    p = argparse.ArgumentParser(description='Measure an exported folder and write results.json and eval.jsonl into it.')
    p.add_argument('folder')
    p.add_argument('--count', type=int, default=200, help='questions per number of swaps')
    p.add_argument('--misses', action='store_true', help='print the messages that got another reply')
    args = p.parse_args()
    torch.set_num_threads(1)
    folder = Path(args.folder)
    model, tokenizer = export.load(folder), Tokenizer.load(folder)
    results, misses = measure(model, tokenizer, args.count)
    results['parameters'] = sum(q.numel() for q in model.parameters())
    (folder / 'results.json').write_text(json.dumps(results, indent=1) + '\n')
    with open(folder / 'eval.jsonl', 'w') as f:
        for q in questions(4711, 200):
            f.write(json.dumps(q) + '\n')
    for kind, text in misses if args.misses else []:
        print(kind, repr(text))


if __name__ == '__main__':
    main()
