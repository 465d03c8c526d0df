"""The recurrent-depth transformer (Huginn's architecture, exactly) in plain PyTorch; owns shapes, initialisation and the forward pass."""
import math
from dataclasses import asdict, dataclass

import torch
from torch import nn

import fused


@dataclass
class Config:
    """Sizes of a model. Head size (n_embd / n_heads) must be even and at least 32 for the engine's rope."""
    vocab_size: int = 768
    n_embd: int = 128
    n_heads: int = 4
    intermediate_size: int = 384
    n_prelude: int = 1
    n_core: int = 2
    n_coda: int = 1
    mean_recurrence: int = 16
    block_size: int = 2048
    rope_base: float = 50000.0
    norm_eps: float = 1e-6
    # An experiment: norms without weights, and an adapter that adds the embedding. Cannot be exported.
    bare: bool = False

    @property
    def embed_scale(self):
        return math.sqrt(self.n_embd)

    @property
    def init_std(self):
        """Standard deviation of weights and (before the embedding scale) of the initial state: sqrt(2 / 5d)."""
        return math.sqrt(2.0 / (5.0 * self.n_embd))

    def as_dict(self):
        return asdict(self)


def rope_table(length, head_size, base, dtype=torch.float32):
    """cos and sin, each [length, head_size / 2]; angle = position * base^(-2j / head_size)."""
    inverse = base ** (-torch.arange(0, head_size, 2, dtype=torch.float64) / head_size)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * inverse[None]
    return angle.cos().to(dtype), angle.sin().to(dtype)


class Norm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x, residual=None):
        """RMS norm of x, or of x + residual (the sandwich's second norm), in one pass."""
        return fused.rms_norm(x, residual, self.weight, self.eps)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, self.size = c.n_heads, c.n_embd // c.n_heads
        self.Wqkv = fused.Linear(c.n_embd, 3 * c.n_embd, bias=False)
        self.qk_bias = nn.Parameter(torch.zeros(2, 1, self.heads, self.size))
        self.proj = fused.Linear(c.n_embd, c.n_embd, bias=False)

    def forward(self, h, rope):
        """h [batch, length, d]; positions run from 0; every position sees itself and what came before it."""
        qkv = self.Wqkv(h, inner=True)
        return self.proj(fused.attention(qkv, self.qk_bias, rope, self.heads))


class Mlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.fc = fused.Linear(c.n_embd, 2 * c.intermediate_size, bias=False)
        self.proj = fused.Linear(c.intermediate_size, c.n_embd, bias=False)

    def forward(self, h):
        return self.proj(fused.swiglu(self.fc(h, inner=True)))


class Block(nn.Module):
    """Sandwich block: a norm before each branch and a norm after each residual addition."""

    def __init__(self, c):
        super().__init__()
        self.norm_1, self.norm_2, self.norm_3, self.norm_4 = (Norm(c.n_embd, c.norm_eps) for _ in range(4))
        self.attn = Attention(c)
        self.mlp = Mlp(c)

    def forward(self, x, rope):
        x = self.norm_2(self.attn(self.norm_1(x), rope), x)
        return self.norm_4(self.mlp(self.norm_3(x)), x)


class Huginn(nn.Module):
    """Parameter names equal the published ones, so a state dict is a checkpoint."""

    def __init__(self, c):
        super().__init__()
        self.config = c
        self.transformer = nn.ModuleDict(dict(
            wte=nn.Embedding(c.vocab_size, c.n_embd),
            prelude=nn.ModuleList(Block(c) for _ in range(c.n_prelude)),
            adapter=fused.Linear(2 * c.n_embd, c.n_embd, bias=False),
            core_block=nn.ModuleList(Block(c) for _ in range(c.n_core)),
            coda=nn.ModuleList(Block(c) for _ in range(c.n_coda)),
            ln_f=Norm(c.n_embd, c.norm_eps)))
        self.rope = rope_table(c.block_size, c.n_embd // c.n_heads, c.rope_base)

    def initialise(self, generator):
        """Takase initialisation as in the paper: sqrt(2/5d), branch outputs divided by sqrt(2 * effective depth)."""
        c = self.config
        depth = c.n_prelude + c.n_coda + c.n_core * c.mean_recurrence
        for name, p in self.named_parameters():
            if c.bare and ('norm' in name or 'ln_f' in name):
                p.requires_grad = False
            if name.endswith('proj.weight'):
                truncated_normal(p.data, c.init_std / math.sqrt(2 * depth), generator)
            elif p.dim() == 2:
                truncated_normal(p.data, c.init_std, generator)

    def initial_state(self, batch, length, generator=None, scale=1.0):
        """Random latent state [batch, length, d]: truncated Gaussian (3 sigma), std sqrt(2/5) after the embedding scale."""
        x = torch.empty(batch, length, self.config.n_embd)
        if scale == 0:
            return x.zero_()
        return truncated_normal(x, scale * self.config.init_std, generator) * self.config.embed_scale

    def embed(self, ids):
        """ids [batch, length] -> the prelude's output [batch, length, d], made once and injected at every step."""
        e = self.transformer.wte(ids) * self.config.embed_scale
        for block in self.transformer.prelude:
            e = block(e, self.rope)
        return e

    def inject(self, e):
        """The half of the adapter that acts on the embedding; constant over the recurrence, so computed once."""
        return e if self.config.bare else fused.linear(e, self.transformer.adapter.weight[:, self.config.n_embd:])

    def step(self, x, injected):
        """One recurrence step: adapter([state ; embedding]), then the core blocks."""
        x = (x if self.config.bare else fused.linear(x, self.transformer.adapter.weight[:, :self.config.n_embd])) + injected
        for block in self.transformer.core_block:
            x = block(x, self.rope)
        return x

    def head(self, x, rows=None):
        """Latent state -> logits, of all positions or of the flat indices `rows` into [batch * length]. ln_f is used twice."""
        y = self.transformer.ln_f(x)
        for block in self.transformer.coda:
            y = block(y, self.rope)
        if rows is not None:
            y = y.reshape(-1, y.shape[-1])[rows]
        return fused.linear(self.transformer.ln_f(y), self.transformer.wte.weight)

    def peek(self, x, rows):
        """Latent state read through the head without the coda (training only): what a position knows by itself."""
        return fused.linear(self.transformer.ln_f(x.reshape(-1, x.shape[-1])[rows]), self.transformer.wte.weight)

    def forward(self, ids, steps, state=None, rows=None, generator=None):
        e = self.inject(self.embed(ids))
        x = self.initial_state(*ids.shape, generator) if state is None else state
        for _ in range(steps):
            x = self.step(x, e)
        return self.head(x, rows)


def truncated_normal(tensor, std, generator=None):
    """Fills with a normal truncated at three standard deviations (redrawn, not clipped)."""
    tensor.normal_(0, 1, generator=generator)
    while True:
        outside = tensor.abs() > 3
        count = int(outside.sum())
        if count == 0:
            return tensor.mul_(std)
        tensor[outside] = torch.empty(count).normal_(0, 1, generator=generator)
