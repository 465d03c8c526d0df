"""The parts of a block: products in bf16 where the processor has units for them; norm, gated activation and rope attention in plain PyTorch,
or as kernels.c when a C compiler is there."""
import ctypes
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

import torch


def build():
    """Compiles kernels.c once per content and machine into the temporary folder; None without a compiler or with PLAIN_TORCH=1."""
    source = Path(__file__).with_name('kernels.c')
    if os.environ.get('PLAIN_TORCH'):
        return None
    library = Path(tempfile.gettempdir()) / f'plumb-kernels-{hashlib.sha256(source.read_bytes()).hexdigest()[:12]}.so'
    if not library.exists():
        part = library.with_suffix(f'.{os.getpid()}')
        command = ['cc', '-O3', '-march=native', '-ffast-math', '-shared', '-fPIC', str(source), '-o', str(part), '-lm']
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        part.rename(library)
    return ctypes.CDLL(str(library))


KERNELS = build()


def has_bf16():
    """Does the processor multiply bf16 matrices in hardware (AMX)? FLOAT32=1 says no. Without the units bf16 is far slower than float32."""
    cpu = Path('/proc/cpuinfo')
    return not os.environ.get('FLOAT32') and cpu.exists() and 'amx_bf16' in cpu.read_text()


BF16 = has_bf16()


class Bf16Linear(torch.autograd.Function):
    """x [..., in] times weight [out, in], all three products in bf16. What comes out is bf16 for a kernel that reads it (`inner`), else float32;
    the gradient of x has the type of x."""

    @staticmethod
    def forward(ctx, x, weight, inner):
        flat, w = x.reshape(-1, x.shape[-1]).bfloat16(), weight.bfloat16()
        ctx.save_for_backward(flat, w)
        ctx.type = x.dtype
        y = (flat @ w.t()).view(*x.shape[:-1], -1)
        return y if inner else y.float()

    @staticmethod
    def backward(ctx, dy):
        flat, w = ctx.saved_tensors
        g = dy.reshape(-1, dy.shape[-1]).bfloat16()
        return (g @ w).to(ctx.type).view(*dy.shape[:-1], -1), (g.t() @ flat).float(), None


def linear(x, weight, inner=False):
    """x [..., in] -> [..., out]: in bf16 where the processor has the units for it; `inner` says that one of the kernels below reads the result."""
    return Bf16Linear.apply(x, weight, inner and KERNELS is not None) if BF16 else torch.nn.functional.linear(x, weight)


class Linear(torch.nn.Linear):
    def forward(self, x, inner=False):
        return linear(x, self.weight, inner)


def call(name, *args):
    """Tensors go as pointers (they must be contiguous), floats as float, integers as long."""
    plain = [ctypes.c_void_p(a.data_ptr()) if torch.is_tensor(a) else ctypes.c_float(a) if isinstance(a, float)
             else ctypes.c_void_p(0) if a is None else ctypes.c_long(a) for a in args]
    getattr(KERNELS, name)(*plain)


def half(tensor):
    return int(tensor.dtype == torch.bfloat16)


class NormKernel(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, residual, weight, eps):
        x, d = x.contiguous(), x.shape[-1]
        residual = residual.contiguous() if residual is not None else None
        y, n, inv = torch.empty_like(x), torch.empty_like(x), torch.empty(x.numel() // d)
        call('norm_forward', x, residual, weight, y, n, inv, x.numel() // d, d, eps)
        ctx.save_for_backward(n, inv, weight)
        ctx.residual = residual is not None
        return y

    @staticmethod
    def backward(ctx, dy):
        n, inv, weight = ctx.saved_tensors
        dy, dx, dw = dy.contiguous(), torch.empty_like(n), torch.zeros_like(weight)
        call('norm_backward', dy, n, inv, weight, dx, dw, inv.numel(), n.shape[-1])
        return dx, dx if ctx.residual else None, dw, None


class SwigluKernel(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h):
        h, m = h.contiguous(), h.shape[-1] // 2
        y = torch.empty(*h.shape[:-1], m, dtype=h.dtype)
        call('swiglu_forward', h, y, y.numel() // m, m, half(h))
        ctx.save_for_backward(h)
        return y

    @staticmethod
    def backward(ctx, dy):
        h, = ctx.saved_tensors
        dy, dh = dy.contiguous(), torch.empty_like(h)
        call('swiglu_backward', h, dy, dh, h.numel() // h.shape[-1], h.shape[-1] // 2, half(h))
        return dh


class AttentionKernel(torch.autograd.Function):
    @staticmethod
    def forward(ctx, qkv, bias, cos, sin, heads):
        qkv, (b, s, d3) = qkv.contiguous(), qkv.shape
        out = torch.empty(b, s, d3 // 3, dtype=qkv.dtype)
        ctx.sizes = (b, s, heads, d3 // 3 // heads, half(qkv))
        call('attention_forward', qkv, bias, cos, sin, out, *ctx.sizes)
        ctx.save_for_backward(qkv, bias, cos, sin, out)
        return out

    @staticmethod
    def backward(ctx, dout):
        qkv, bias, cos, sin, out = ctx.saved_tensors
        dqkv, dbias = torch.empty_like(qkv), torch.zeros_like(bias)
        call('attention_backward', qkv, bias, cos, sin, out, dout.contiguous(), dqkv, dbias, *ctx.sizes)
        return dqkv, dbias, None, None, None


def rms_norm(x, residual, weight, eps):
    """RMS norm over the last axis of x, or of x + residual."""
    if KERNELS:
        return NormKernel.apply(x, residual, weight, eps)
    x = x if residual is None else x + residual
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight


def swiglu(h):
    """silu(first half) * second half of the last axis."""
    if KERNELS:
        return SwigluKernel.apply(h)
    gate, up = h.chunk(2, dim=-1)
    return torch.nn.functional.silu(gate) * up


def rotate(x, cos, sin):
    """Adjacent pairs (a, b) -> (a cos - b sin, b cos + a sin); x [batch, length, heads, size]."""
    a, b = x[..., 0::2], x[..., 1::2]
    cos, sin = cos[:, None], sin[:, None]
    return torch.stack((a * cos - b * sin, b * cos + a * sin), dim=-1).flatten(-2)


def attention(qkv, qk_bias, rope, heads):
    """qkv [batch, length, 3d] -> [batch, length, d]: bias, rope on adjacent pairs, causal softmax attention."""
    b, s, d3 = qkv.shape
    cos, sin = rope[0][:s], rope[1][:s]
    if KERNELS and d3 // 3 // heads % 16 == 0:  # the kernel takes vectors of sixteen
        return AttentionKernel.apply(qkv, qk_bias, cos, sin, heads)
    q, k, v = qkv.float().view(b, s, 3, heads, d3 // 3 // heads).unbind(2)
    q = rotate(q + qk_bias[0], cos, sin).transpose(1, 2)
    k = rotate(k + qk_bias[1], cos, sin).transpose(1, 2)
    scores = q @ k.transpose(-1, -2) * (q.shape[-1] ** -0.5)
    scores = scores + torch.full((s, s), -1e9).triu(1)
    return (scores.softmax(-1) @ v.transpose(1, 2)).transpose(1, 2).reshape(b, s, d3 // 3)
