"""Writes the evaluation suite of the built-in model, one JSON object a line: python3 suite.py --seed 4711 > suite.jsonl (standard library only)."""
import argparse
import json
import random
import sys

import offtopic
import reading
import smalltalk
from games import GAMES
from play import Play
from wording import is_held_out

# Problems per number of updates: 210 of the levels 8 to 16, 100 beyond.
LEVELS = {4: 30, 8: 70, 12: 70, 16: 70, 20: 50, 24: 50}
# Games in wordings that training never used are a group of their own: ten problems each.
NEW_LEVELS = (4, 8, 16)


def problem(task, group, level, number, chance, wording, text, parts):
    before, deciding, after = (parts, '', '') if isinstance(parts, str) else parts
    return dict(id=f'{task}/{level}/{number:04}', task=task, group=group, level=level, chance=round(chance, 4), wording=wording,
                messages=[dict(role='user', text=text)], answers=[before + deciding + after], decides=len(before) if deciding else 0)


def fresh(draw):
    """Draws until the text is one that training throws away, and no text twice."""
    seen = set()
    while True:
        text, *rest = draw()
        if is_held_out(text) and text not in seen:
            seen.add(text)
            yield (text, *rest)


def game_problems(rng, task, scale):
    def draw(level, new):
        play = Play(rng, task, new=new)
        out, answer = play.opening(level)
        return out.text.strip(), answer, play.game

    for level, count in LEVELS.items():
        made = fresh(lambda: draw(level, False))
        for i in range(round(count * scale)):
            text, answer, game = next(made)
            yield problem(task, game.group, level, i, game.chance, 'known', text, answer)
    for level in NEW_LEVELS:
        made = fresh(lambda: draw(level, True))
        for i in range(round(10 * scale)):
            text, answer, game = next(made)
            yield problem(f'{task}, new words', 'new words', level, i, game.chance, 'unseen', text, answer)


def reading_problems(rng, scale):
    for task, there, codes in (('reading', True, False), ('random strings', True, True), ('not there', False, False)):
        for level in (3, 5, 8):
            for wording, count in (('known', 60), ('unseen', 12)):
                made = fresh(lambda: reading.draw(rng, level, there, codes, wording == 'unseen'))
                for i in range(round(count * scale)):
                    text, answer = next(made)
                    yield problem(task, 'reading', level, i + (5000 if wording == 'unseen' else 0), 0, wording, text, answer)


def document_problems(rng, scale):
    """Questions behind passages in the form that Plumb gives them, three in ten about something that is not there."""
    for level in (3, 5, 8):
        made = fresh(lambda: reading.documents(rng, level))
        for i in range(round(70 * scale)):
            text, answer = next(made)
            yield problem('documents', 'documents', level, i, 0, 'known', text, answer)


def talk_problems(rng, scale):
    seen = set()
    while len(seen) < 240 * scale:
        text, answer, _ = smalltalk.draw(rng, held_out=True)
        if text not in seen:
            seen.add(text)
            yield problem('small talk', 'talk', 0, len(seen), 0, 'unseen', text, answer)
    for i, text in enumerate(offtopic.HELD_OUT):
        yield problem('off topic', 'talk', 0, i + 5000, 0, 'unseen', text, smalltalk.OFF_TOPIC)
    made = fresh(lambda: (offtopic.draw(rng),))
    for i in range(round(120 * scale)):
        yield problem('off topic', 'talk', 0, i, 0, 'known', next(made)[0], smalltalk.OFF_TOPIC)


def sum_problems(rng, scale):
    """Addition and subtraction of up to four digits. The model is taught to decline; this says how often it does the sum all the same."""
    for digits in (1, 2, 3, 4):
        for i in range(round(50 * scale)):
            a, b, plus = rng.randint(10 ** (digits - 1), 10 ** digits - 1), rng.randint(1, 10 ** digits - 1), rng.random() < 0.5
            a, b = (a, b) if plus else (max(a, b), min(a, b))
            text = f'What is {a} {"plus" if plus else "minus"} {b}?'
            result = str(a + b if plus else a - b)
            yield problem('sums', 'sums', digits, i, 0, 'known', text, result) | dict(answers=[result, f'{result}.', f'The result is {result}.'])


def suite(seed, scale=1.0):
    """Every problem, always in the same order; each task draws from a generator of its own, so adding one leaves the others as they were."""
    for task in GAMES:
        yield from game_problems(random.Random(f'{seed}/{task}'), task, scale)
    yield from reading_problems(random.Random(f'{seed}/reading'), scale)
    yield from document_problems(random.Random(f'{seed}/documents'), scale)
    yield from talk_problems(random.Random(f'{seed}/talk'), scale)
    yield from sum_problems(random.Random(f'{seed}/sums'), scale)


if __name__ == '__main__':
    p = argparse.ArgumentParser(description='Write the evaluation suite as JSON lines.')
    p.add_argument('--seed', type=int, default=4711)
    p.add_argument('--scale', type=float, default=1.0, help='multiplies the number of problems')
    args = p.parse_args()
    for line in suite(args.seed, args.scale):
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + '\n')
