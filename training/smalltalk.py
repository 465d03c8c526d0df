"""Small talk about the model itself: known questions in many wordings, each with one fixed honest answer."""
import json
from pathlib import Path

OFF_TOPIC = 'I am only a small demonstration model. I can follow games, keep a total and read short texts. For real work, open a bigger model.'

# By topic: the answer, wordings used in training, wordings kept for the evaluation.
TALK = {topic: (t['answer'], t['known'], t['unseen']) for topic, t in json.loads((Path(__file__).parent / 'smalltalk.json').read_text()).items()}

LEADS = ['please, ', 'ok, ', 'hm, ', 'well, ', 'so ', 'and ', 'hey, ', 'now ', 'but ', 'tell me, ', 'excuse me, ', 'can you tell me: ', 'hi, ', 'hello, ', 'so, ', 'ok so ', 'could you tell me ',
         'i want to know ', 'i would like to know ', 'one question: ', 'my question is ', 'plumb, ', 'please tell me ', 'just ', 'can i ask ', 'maybe you can tell me ', 'um ', 'first, ', 'then ', 'great, ', 'no, ']
TAILS = [' please', ', please', ' exactly', ' then', ' now', ' here', ' anyway', ' today', ' really', ' at all', ' for me', ', plumb', ' again', ' about it', ' in fact', ' my friend', ' so much']
SYNONYMS = [('how do i', 'how can i'), ('how can i', 'how should i'), ('what is', "what's"), ('can you', 'could you'), ('explain', 'tell me about'), ('tell me about', 'explain'), ('are you', 'are you really'),
            ('the game', 'this game'), ('load', 'open'), ('open', 'choose'), ('use', 'try'), ('what are', 'tell me'), ('bigger', 'larger'), ('bigger', 'different'), ('a model', 'another model'), ('do you', 'can you'),
            ('my data', 'my text'), ('how do you', 'how exactly do you'), ('which', 'what'), ('show me', 'give me'), ('human', 'person'), ('good', 'very good'), ('great', 'nice'), ('see you', 'i will see you')]


def vary(rng, text):
    """The same question as people put it: other words, something before or behind, case, final punctuation, a slip of the finger."""
    r = rng.random()
    if rng.random() < 0.25:
        known = [(a, b) for a, b in SYNONYMS if a in text]
        if known:
            text = text.replace(*rng.choice(known), 1)
    if rng.random() < 0.3 and len(text) > 3:
        text = rng.choice(LEADS) + text
    if rng.random() < 0.2 and len(text) > 3:
        text = text.rstrip('?!') + rng.choice(TAILS)
    if rng.random() < 0.05 and len(text) > 5:
        i = rng.randrange(1, len(text) - 1)
        text = rng.choice([text[:i] + text[i + 1:], text[:i] + text[i] + text[i:], text[:i] + text[i + 1] + text[i] + text[i + 2:]])
    if rng.random() < 0.08:
        text = text.upper()
    return finish(rng, text, r)


def finish(rng, text, r):
    """Case and final punctuation alone."""
    if r < 0.55:
        text = text[:1].upper() + text[1:]
    elif r < 0.6:
        text = text.upper()
    if text[-1] not in '?!.' and rng.random() < 0.6:
        question = any(w.strip(',') in QUESTION_WORDS for w in text.lower().split()[:3])
        text += rng.choice(['?', '?', '?', '??', '.'] if question else ['.', '!', '.', '', '...'])
    return text


QUESTION_WORDS = {'how', 'what', 'who', 'are', 'can', 'do', 'is', 'which', 'where', 'why', 'does', 'when', 'am', 'should'}


HELD_OUT = {text for _, _, new in TALK.values() for text in new}


def core(text):
    return text.lower().strip('?!. ')


def draw(rng, held_out=False):
    """(question, answer, topic). Training never gets a held-out wording, not even by a lucky synonym."""
    topic = rng.choice(list(TALK))
    answer, known, new = TALK[topic]
    if held_out:
        return finish(rng, rng.choice(new), rng.random()), answer, topic
    while True:
        text = vary(rng, rng.choice(known))
        if core(text) not in {core(t) for t in HELD_OUT}:
            return text, answer, topic
