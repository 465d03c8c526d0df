"""Reads and writes safetensors files (F32, BF16, F16, I64) with numpy only."""
import json
import struct

import numpy as np

SIZES = {'F32': np.float32, 'F16': np.float16, 'I64': np.int64, 'I32': np.int32, 'BF16': np.uint16, 'F64': np.float64}


def read(path):
    """name -> array; BF16 is widened to float32."""
    with open(path, 'rb') as f:
        header = json.loads(f.read(struct.unpack('<Q', f.read(8))[0]))
        body = f.read()
    out = {}
    for name, t in header.items():
        if name == '__metadata__':
            continue
        a = np.frombuffer(body[slice(*t['data_offsets'])], dtype=SIZES[t['dtype']]).reshape(t['shape'])
        if t['dtype'] == 'BF16':
            a = (a.astype(np.uint32) << 16).view(np.float32)
        out[name] = a
    return out


def write(path, tensors, dtype='F32'):
    """Writes float arrays in the given type; offsets aligned to 8 bytes as the format asks."""
    header, parts, offset = {'__metadata__': {'format': 'pt'}}, [], 0
    for name, a in tensors.items():
        raw = np.ascontiguousarray(a, dtype=SIZES[dtype]).tobytes()
        header[name] = {'dtype': dtype, 'shape': list(a.shape), 'data_offsets': [offset, offset + len(raw)]}
        parts.append(raw)
        offset += len(raw)
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text)
        for p in parts:
            f.write(p)
