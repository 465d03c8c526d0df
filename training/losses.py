"""What is asked of a state: the tokens of answers through the coda, the labels inside a question through a probe, and batches with hints."""
import torch
import torch.nn.functional as F
from torch import nn

import data
from batches import NAMES


def grouped_loss(logits, classes, offset):
    """Mean cross-entropy over the parts of `classes` [n, parts] (rows of the probe, -1 is none), each among its group's, and which rows are all right."""
    total, count, right = 0, 0, torch.ones(len(classes), dtype=torch.bool)
    for start, size in offset.values():
        rows, part = ((classes >= start) & (classes < start + size)).nonzero(as_tuple=True)
        if len(rows):
            mine, target = logits[rows, start:start + size], classes[rows, part] - start
            total = total + F.cross_entropy(mine, target, reduction='sum')
            count += len(rows)
            right[rows] &= mine.argmax(-1) == target
    return total / max(count, 1), right


class Probe(nn.Module):
    """Reads what is never printed (training only, never exported): the game's state from a clause's own latent state, and what the clause says
    from the prelude's output there, so that the core finds it in one place."""

    def __init__(self, d, generator):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(data.CLASSES, d).normal_(0, d ** -0.5, generator=generator))
        self.words = nn.Parameter(torch.empty(data.WORD_CLASSES, d).normal_(0, d ** -0.5, generator=generator))

    def loss(self, model, x, batch, active, classes=None):
        """Of all parts of the states of the `active` clauses, or of those in `classes`."""
        y = model.transformer.ln_f(x.reshape(-1, x.shape[-1])[batch.label_where[active]])
        return grouped_loss(F.linear(y, self.weight), (batch.label_class if classes is None else classes)[active], data.OFFSET)

    def word_loss(self, embedded, batch):
        return grouped_loss(F.linear(embedded.reshape(-1, embedded.shape[-1])[batch.label_where], self.words), batch.word_class, data.WORD_OFFSET)

    def hint(self, classes):
        """A state [n, d] of unit length that holds the given classes [n, parts]; -1 is none."""
        known = F.normalize(self.weight.detach(), dim=-1)[classes.clamp(min=0)] * (classes >= 0)[..., None]
        return F.normalize(known.sum(1), dim=-1)


def smooth(tally, key, value, weight):
    tally[key] = (1 - weight) * tally.get(key, 0.2) + weight * value


def token_loss(model, x, batch, active):
    """Sum over the kinds of targets of the mean cross-entropy over the active ones; and which are right."""
    logits, token, kind = model.head(x, batch.where[active]), batch.token[active], batch.kind[active]
    loss = F.cross_entropy(logits, token, reduction='none')
    total = sum(loss[kind == k].mean() for k in (data.TEXT, data.ANSWER, data.FIRST) if (kind == k).any())
    return total, logits.argmax(-1) == token


def game_loss(model, probe, x, batch, known, asked, asked_late, skip_tokens=False):
    """Answers count where `known` says that the steps so far suffice for them, the early and the late parts of labels where they are asked."""
    total = 0
    if not skip_tokens:
        active = ((batch.tells == -1) | ((batch.tells >= 0) & known[batch.tells])).nonzero()[:, 0]
        total = token_loss(model, x, batch, active)[0]
    active = (asked | asked_late).nonzero()[:, 0]
    if len(active) == 0:
        return total, None, active
    wanted = torch.where(batch.part_late, asked_late[:, None], asked[:, None])
    loss, right = probe.loss(model, x, batch, active, batch.label_class.where(wanted, torch.tensor(-1)))
    return total + loss, right, active


@torch.no_grad()
def exam(model, probe, batch, generator, tally):
    """Running shares of right labels and answers on rows never seen before, with as many steps as they need; they decide the curriculum."""
    x, e = model.initial_state(*batch.ids.shape, generator), model.inject(model.embed(batch.ids))
    for _ in range(batch.longest + 3):
        x = model.step(x, e)
    answers = (batch.tells >= 0).nonzero()[:, 0]
    count(tally, 'answer', batch, token_loss(model, x, batch, answers)[1], batch.owner[answers], 0.5)
    late = (batch.label_need >= batch.updates[batch.label_owner] - 1).nonzero()[:, 0]
    count(tally, 'label', batch, probe.loss(model, x, batch, late)[1], batch.label_owner[late], 0.5)


def count(tally, kind, batch, right, owner, most=0.3):
    """Running shares of right answers by game; the more answers, the more they weigh, up to `most`."""
    game = batch.game[owner]
    for i in game.unique().tolist():
        mine = right[game == i].float()
        smooth(tally, (kind, NAMES[i]), mine.mean().item(), min(most, 0.02 * len(mine)))


def text_loss(model, batch, r, generator, tally, kind, back=3):
    """Passages and small talk must work at every depth: r steps, gradients through the last `back`."""
    with torch.no_grad():
        x = model.initial_state(*batch.ids.shape, generator)
        if r > back:
            e = model.inject(model.embed(batch.ids))
            for _ in range(r - back):
                x = model.step(x, e)
    e = model.inject(model.embed(batch.ids))
    for _ in range(min(r, back)):
        x = model.step(x, e)
    loss, right = token_loss(model, x, batch, torch.arange(len(batch.where)))
    decides = batch.kind == (data.ANSWER if kind == 'reading' else data.FIRST)
    if decides.any():
        smooth(tally, ('text', kind), right[decides].float().mean().item(), 0.05)
    return loss
