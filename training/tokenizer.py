"""Byte-level BPE with Huginn's pre-tokenizer and special tokens: trains, encodes, decodes, reads and writes tokenizer.json."""
import json
from collections import Counter
from pathlib import Path

import regex

AEOLIAN = json.loads((Path(__file__).parent / 'pre-tokenizer.json').read_text())['aeolian']
SPECIAL = ['begin_text', 'end_text', 'begin_header', 'end_header', 'end_turn', 'pad', 'fim_prefix', 'fim_middle', 'fim_suffix',
           'fim_pad', '...', 'del', *[f'c_{i}' for i in range(10)], '?', '&', '!', '-', '+', 'interrupt', '>>-', '-<<', '->>', '<<-']
SPECIAL = [f'<|{name}|>' for name in SPECIAL]


def byte_letters():
    """GPT-2's printable letter for each byte value."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, extra = {b: chr(b) for b in plain}, 256
    for b in range(256):
        if b not in table:
            table[b] = chr(extra)
            extra += 1
    return [table[b] for b in range(256)]


LETTERS = byte_letters()


class Tokenizer:
    """ids 0..255 are the bytes, merges follow in rank order, the 32 special tokens come last."""

    def __init__(self, merges, pattern=AEOLIAN):
        self.merges = merges
        self.tokens = LETTERS + [a + b for a, b in merges] + SPECIAL
        self.ids = {t: i for i, t in enumerate(self.tokens)}
        self.rank = {tuple(m): i for i, m in enumerate(merges)}
        self.pattern = pattern
        self.pieces = regex.compile(pattern)
        self.special = regex.compile('(' + '|'.join(map(regex.escape, SPECIAL)) + ')')
        self.bytes = {c: b for b, c in enumerate(LETTERS)}
        self.cache = {}
        for name, token in dict(bos=0, eos=1, header=2, header_end=3, turn_end=4, pad=5).items():
            setattr(self, name, self.ids[SPECIAL[token]])

    def __len__(self):
        return len(self.tokens)

    @classmethod
    def train(cls, texts, size):
        """Learns merges until the vocabulary has `size` ids. Ties go to the pair that sorts first, so the result is reproducible."""
        words = Counter()
        for text in texts:
            words.update(m.group() for m in regex.finditer(AEOLIAN, text))
        split = {w: [LETTERS[b] for b in w.encode()] for w in sorted(words)}
        merges = []
        while len(merges) < size - 256 - len(SPECIAL):
            pairs = Counter()
            for w, parts in split.items():
                for pair in zip(parts, parts[1:]):
                    pairs[pair] += words[w]
            best = min(pairs, key=lambda p: (-pairs[p], p))
            merges.append(best)
            for w, parts in split.items():
                if best[0] in parts:
                    split[w] = join(parts, best)
        return cls(merges)

    def bpe(self, piece):
        if piece not in self.cache:
            parts = [LETTERS[b] for b in piece.encode()]
            while len(parts) > 1:
                best = min(zip(parts, parts[1:]), key=lambda p: self.rank.get(p, 1 << 30))
                if best not in self.rank:
                    break
                parts = join(parts, best)
            if len(self.cache) > 200000:
                self.cache.clear()
            self.cache[piece] = [self.ids[p] for p in parts]
        return self.cache[piece]

    def encode_with_ends(self, text):
        """ids and, for each id that ends a pre-token, the offset in the text after it (else -1). Ordinary text only."""
        ids, ends = [], []
        for m in self.pieces.finditer(text):
            part = self.bpe(m.group())
            ids += part
            ends += [-1] * (len(part) - 1) + [m.end()]
        return ids, ends

    def encode(self, text):
        """ids of a text in which special tokens are recognised by name; no BOS is added."""
        ids = []
        for part in self.special.split(text):
            ids += [self.ids[part]] if part in SPECIAL else self.encode_with_ends(part)[0]
        return ids

    def decode(self, ids):
        out = b''
        for i in ids:
            t = self.tokens[i]
            out += t.encode() if t in SPECIAL else bytes(self.bytes[c] for c in t)
        return out.decode(errors='replace')

    def save(self, folder):
        """Writes tokenizer.json in the structure of the published one, with BOS in the post-processor and no EOS."""
        bos = SPECIAL[0]
        piece = dict(SpecialToken=dict(id=bos, type_id=0))
        added = [dict(id=self.ids[t], content=t, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
                 for t in SPECIAL]
        level = dict(type='ByteLevel', add_prefix_space=False, trim_offsets=True, use_regex=False)
        doc = dict(
            version='1.0', truncation=None, padding=None, added_tokens=added, normalizer=None,
            pre_tokenizer=dict(type='Sequence', pretokenizers=[
                dict(type='Split', pattern=dict(Regex=self.pattern), behavior='Removed', invert=True), level]),
            post_processor=dict(
                type='TemplateProcessing', single=[piece, dict(Sequence=dict(id='A', type_id=0))],
                pair=[piece, dict(Sequence=dict(id='A', type_id=0)), dict(Sequence=dict(id='B', type_id=0))],
                special_tokens={bos: dict(id=bos, ids=[self.bos], tokens=[bos])}),
            decoder=dict(type='ByteLevel', add_prefix_space=True, trim_offsets=True, use_regex=True),
            model=dict(type='BPE', dropout=None, unk_token=None, continuing_subword_prefix='', end_of_word_suffix='',
                       fuse_unk=False, byte_fallback=False, vocab={t: i for i, t in enumerate(self.tokens)},
                       merges=[f'{a} {b}' for a, b in self.merges]))
        Path(folder, 'tokenizer.json').write_text(json.dumps(doc, ensure_ascii=False, indent=1), encoding='utf-8')

    @classmethod
    def load(cls, folder):
        doc = json.loads(Path(folder, 'tokenizer.json').read_text(encoding='utf-8'))
        merges = [tuple(m.split(' ')) if isinstance(m, str) else tuple(m) for m in doc['model']['merges']]
        self = cls(merges, doc['pre_tokenizer']['pretokenizers'][0]['pattern']['Regex'])
        assert self.ids == doc['model']['vocab'] | {t['content']: t['id'] for t in doc['added_tokens']}, 'another layout of ids'
        return self


def join(parts, pair):
    out, i = [], 0
    while i < len(parts):
        if i + 1 < len(parts) and (parts[i], parts[i + 1]) == pair:
            out.append(pair[0] + pair[1])
            i += 2
        else:
            out.append(parts[i])
            i += 1
    return out
