"""Writes what this Python model answers to a few problems, token by token, so that the engine can be held to it (`plumb agree`)."""
import argparse
import hashlib
import json
from pathlib import Path

import torch

import export
import fused
import suite
from tokenizer import Tokenizer

ROOT = Path(__file__).resolve().parent


def prompt_ids(tokenizer, messages):
    """The chat template's ids: every turn, then the opening of a reply."""
    ids, blank = [tokenizer.bos], tokenizer.encode('\n\n')
    for m in [*messages, None]:
        role = 'Huginn' if m is None or m['role'] == 'assistant' else m['role']
        ids += [tokenizer.header, *tokenizer.encode(role), tokenizer.header_end, *blank]
        if m is not None:
            ids += tokenizer.encode_with_ends(m['text'].strip())[0] + [tokenizer.turn_end]
    return ids


@torch.no_grad()
def greedy(model, ids, steps, count, ends):
    """Continues ids greedily from the zero state, everything computed anew for each token. Returns the new ids, with the ending one, and
    the smallest lead of a chosen token's logit over the second best: how close the choice was."""
    out, lead = [], float('inf')
    while len(out) < count and not (out and out[-1] in ends):
        seen = torch.tensor([ids + out])
        state = model.initial_state(*seen.shape, scale=0)
        logits = model(seen, steps, state, rows=torch.tensor([seen.shape[1] - 1]))[0]
        best = logits.topk(2).values
        lead = min(lead, float(best[0] - best[1]))
        out.append(int(logits.argmax()))
    return out, lead


def evenly(items, count):
    """`count` of the items (all, if there are fewer), evenly spaced and away from the ends."""
    count = min(count, len(items))
    return [items[(2 * i + 1) * len(items) // (2 * count)] for i in range(count)]


def spread(problems, count):
    """`count` problems, evenly over the tasks and within each task over its levels."""
    tasks = {}
    for p in problems:
        tasks.setdefault(p['task'], []).append(p)
    chosen = evenly(list(tasks.values()), count)
    return [p for i, own in enumerate(chosen) for p in evenly(own, (count + i) // len(chosen))]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('folder', nargs='?', default=ROOT / 'built-in', type=Path, help='checkpoint in the Hugging Face layout')
    p.add_argument('--out', type=Path, help='default: agree.json in the folder')
    p.add_argument('--problems', type=Path, help='a suite as JSON lines; default: the built-in one, seed 4711')
    p.add_argument('--count', type=int, default=16)
    p.add_argument('--steps', default='4,16,32')
    p.add_argument('--tokens', type=int, default=16, help='longest continuation')
    args = p.parse_args()
    torch.set_num_threads(1)
    fused.BF16 = False  # exactness is the point here
    lines = args.problems.read_text(encoding='utf-8').splitlines() if args.problems else []
    problems = [json.loads(line) for line in lines if line.strip()] or list(suite.suite(4711))
    model, tokenizer = export.load(args.folder), Tokenizer.load(args.folder)
    cases = []
    for problem in spread(problems, args.count):
        ids = prompt_ids(tokenizer, problem['messages'])
        replies = []
        for steps in map(int, args.steps.split(',')):
            out, lead = greedy(model, ids, steps, args.tokens, (tokenizer.eos, tokenizer.turn_end))
            replies.append(dict(steps=steps, ids=out, smallestLead=round(lead, 6)))
            print(f"{problem['id']} at {steps} steps: {tokenizer.decode(out)}", flush=True)
        cases.append(dict(id=problem['id'], messages=problem['messages'], promptIds=ids, replies=replies))
    weights = hashlib.sha256((args.folder / 'model.safetensors').read_bytes()).hexdigest()
    doc = dict(weightsSha256=weights, arithmetic='float32', stateScale=0, cases=cases)
    text = json.dumps(dict(doc, cases=None), ensure_ascii=False)[:-5] + '[\n' + ',\n'.join(json.dumps(c, ensure_ascii=False) for c in cases) + '\n]}\n'
    (args.out or args.folder / 'agree.json').write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
