"""Proves that model.py is Huginn: reproduces the reference logits of a checkpoint folder with expected/fixed_depth.*."""
import json
import sys
from pathlib import Path

import torch

import export
import fused
import tensorfile
from tokenizer import Tokenizer


def check_logits(folder):
    model = export.load(folder)
    cases = json.loads((folder / 'expected/fixed_depth.json').read_text())
    expected = tensorfile.read(folder / 'expected/fixed_depth.safetensors')
    worst, passed, failed = 0.0, 0, 0
    for name, want in expected.items():
        kind, *rest = name.removeprefix('inject.').split('.')
        if not kind.startswith('logits'):
            continue
        ids = torch.tensor([cases['prompts'][rest[0]]])
        state = torch.zeros(1, ids.shape[1], model.config.n_embd)
        if name.startswith('inject'):
            state = torch.tensor(expected[f'inject.state.{rest[0]}'])[None]
        with torch.no_grad():
            got = model(ids, int(rest[1][1:]), state)[0]
        got = got if kind == 'logits_all' else got[-1]
        error = (got - torch.tensor(want)).abs().max().item()
        worst = max(worst, error)
        passed, failed = passed + (error < 5e-3), failed + (error >= 5e-3)
    print(f'logits: {passed} passed, {failed} failed, largest error {worst:.1e} (tolerance 5e-3)')
    return failed


def check_tokenizer(folder):
    tokenizer = Tokenizer.load(folder)
    cases = json.loads((folder / 'expected/tokenizer_cases.json').read_text())['cases']
    wrong = [c['id'] for c in cases if tokenizer.encode(c['text']) != c['ids']]
    chats = json.loads((folder / 'expected/chat_cases.json').read_text())['cases']
    wrong += [c['rendered'] for c in chats if tokenizer.encode(c['rendered']) != c['ids']]
    print(f'tokenizer: {len(cases) + len(chats) - len(wrong)} passed, {len(wrong)} failed', *wrong)
    return len(wrong)


if __name__ == '__main__':
    fused.BF16 = False  # exactness is the point here
    if len(sys.argv) != 2:
        sys.exit('usage: python3 verify.py FOLDER   (a Hugging Face folder with expected/, such as the reference fixture)')
    path = Path(sys.argv[1])
    sys.exit(1 if check_logits(path) + check_tokenizer(path) else 0)
