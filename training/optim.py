"""Muon for the matrices inside the blocks, AdamW for embeddings, norms and biases; one schedule for both."""
import torch

import fused


def orthogonalise(g, rounds=5):
    """Newton-Schulz iteration of Muon: nearest (semi-)orthogonal matrices of a batch [n, rows, columns]; rounded to bf16 where that is quick,
    which the iteration stands (its singular values only come near one anyway)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = g.shape[1] > g.shape[2]
    x = g.transpose(1, 2) if tall else g
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    x = x.bfloat16() if fused.BF16 else x
    for _ in range(rounds):
        s = x @ x.transpose(1, 2)
        x = a * x + (b * s + c * (s @ s)) @ x
    return (x.transpose(1, 2) if tall else x).float()


def parts(name):
    """How many independent matrices are stacked in the rows of a parameter."""
    return 3 if name.endswith('Wqkv.weight') else 2 if name.endswith('fc.weight') else 1


class Optimiser:
    def __init__(self, model, probe, muon=0.004, adam=0.001, clip=1.0):
        named = list(model.named_parameters())
        self.matrices = [(n, p) for n, p in named if p.dim() == 2 and 'wte' not in n]
        self.rest = [p for n, p in named if p.dim() != 2 or 'wte' in n] + list(probe.parameters())
        self.adam = torch.optim.AdamW(self.rest, lr=adam, betas=(0.9, 0.95), weight_decay=0.0)
        self.momentum = {n: torch.zeros_like(p) for n, p in self.matrices}
        self.parameters = [p for _, p in self.matrices] + self.rest
        self.rates, self.clip = (muon, adam), clip

    def step(self, scale):
        """One update with both rates multiplied by `scale`; returns the gradient norm before clipping."""
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
        for n, p in self.matrices:
            if p.grad is None:
                continue
            m = self.momentum[n]
            m.mul_(0.95).add_(p.grad)
            g = (p.grad + 0.95 * m).view(parts(n), -1, p.shape[1])
            update = orthogonalise(g)
            factor = max(1.0, update.shape[1] / update.shape[2]) ** 0.5
            p.data.add_(update.reshape(p.shape), alpha=-self.rates[0] * scale * factor)
        for group in self.adam.param_groups:
            group['lr'] = self.rates[1] * scale
        self.adam.step()
        for p in self.parameters:
            p.grad = None
        return float(norm)

    def state_dict(self):
        return dict(momentum=self.momentum, adam=self.adam.state_dict())

    def load_state_dict(self, state):
        self.momentum = state['momentum']
        self.adam.load_state_dict(state['adam'])
