"""Tests of the model: the C kernels against plain PyTorch, causality, and the hoisted adapter."""
import unittest
import unittest.mock

import torch

import fused
from model import Config, Huginn

SMALL = Config(vocab_size=300, n_embd=64, n_heads=2, intermediate_size=96)


def small():
    model = Huginn(SMALL)
    model.initialise(torch.Generator().manual_seed(1))
    for name, p in model.named_parameters():
        if 'bias' in name or 'norm' in name or 'ln_f' in name:
            p.data += 0.3 * torch.randn(p.shape, generator=torch.Generator().manual_seed(len(name)))
    return model


def logits_and_gradients(model, ids):
    state = model.initial_state(*ids.shape, torch.Generator().manual_seed(2))
    logits = model(ids, 3, state)
    (logits.square().mean() + logits[0, -1, 5]).backward()
    return logits.detach(), {n: p.grad.clone() for n, p in model.named_parameters()}


class ModelTest(unittest.TestCase):
    def setUp(self):
        self.ids = torch.randint(0, 300, (3, 21), generator=torch.Generator().manual_seed(3))

    @unittest.skipUnless(fused.KERNELS, 'no C compiler')
    @unittest.mock.patch.object(fused, 'BF16', False)
    def test_the_kernels_give_the_logits_and_gradients_of_plain_torch(self):
        logits, gradients = logits_and_gradients(small(), self.ids)
        kernels, fused.KERNELS = fused.KERNELS, None
        try:
            want, want_gradients = logits_and_gradients(small(), self.ids)
        finally:
            fused.KERNELS = kernels
        self.assertLess((logits - want).abs().max().item(), 1e-4)
        for name, g in want_gradients.items():
            self.assertLess(((gradients[name] - g).norm() / g.norm()).item(), 1e-4, name)

    def test_attention_takes_heads_that_the_kernel_does_not(self):
        model = Huginn(Config(vocab_size=300, n_embd=80, n_heads=2, intermediate_size=96))
        model.initialise(torch.Generator().manual_seed(1))
        for bf16 in (False, True):
            with unittest.mock.patch.object(fused, 'BF16', bf16):
                logits, gradients = logits_and_gradients(model, self.ids)
            self.assertTrue(all(g.isfinite().all() for g in [logits, *gradients.values()]))
            model.zero_grad()

    @unittest.mock.patch.object(fused, 'BF16', True)
    def test_bf16_gives_logits_and_gradients_near_those_of_float32(self):
        logits, gradients = logits_and_gradients(small(), self.ids)
        with unittest.mock.patch.object(fused, 'BF16', False):
            want, want_gradients = logits_and_gradients(small(), self.ids)
        self.assertLess(((logits - want).norm() / want.norm()).item(), 0.02)
        for name, g in want_gradients.items():
            self.assertLess(((gradients[name] - g).norm() / g.norm()).item(), 0.1, name)

    def test_a_later_token_changes_nothing_before_it(self):
        model, other = small(), self.ids.clone()
        other[:, 10] = (other[:, 10] + 1) % 300
        state = model.initial_state(*self.ids.shape, torch.Generator().manual_seed(2))
        with torch.no_grad():
            a, b = model(self.ids, 4, state), model(other, 4, state)
        self.assertLess((a - b)[:, :10].abs().max().item(), 1e-5)
        self.assertGreater((a - b)[:, 10:].abs().max().item(), 1e-3)

    def test_the_initial_state_has_the_papers_spread_and_no_outliers(self):
        x = Huginn(SMALL).initial_state(20, 50, torch.Generator().manual_seed(1))
        self.assertAlmostEqual(x.std().item(), 0.624, delta=0.01)
        self.assertLessEqual(x.abs().max().item(), 3 * 0.4 ** 0.5 + 1e-5)


if __name__ == '__main__':
    unittest.main()
