"""What is asked of a state: the tokens of answers through the coda, the labels inside a question through a probe, and batches with hints."""
import torch
import torch.nn.functional as F
from torch import nn

import data
from batches import GROUP, NAMES
from games import GROUPS


class Probe(nn.Module):
    """Reads the labels (training only, never exported): a position's own latent state must name the game's state there."""

    def __init__(self, d, generator):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(data.CLASSES, d).normal_(0, d ** -0.5, generator=generator))

    def loss(self, model, x, batch, active):
        """Mean cross-entropy over the parts of the active labels, and which labels have all their parts right."""
        y = model.transformer.ln_f(x.reshape(-1, x.shape[-1])[batch.label_where[active]])
        logits = F.linear(y, self.weight)
        classes, groups = batch.label_class[active], batch.label_group[active]
        total, count, right = 0, 0, torch.ones(len(active), dtype=torch.bool)
        for name, index in GROUP.items():
            rows, part = (groups == index).nonzero(as_tuple=True)
            if len(rows):
                start, size = data.OFFSET[name]
                part_logits, target = logits[rows, start:start + size], classes[rows, part] - start
                total = total + F.cross_entropy(part_logits, target, reduction='sum')
                count += len(rows)
                right[rows] &= part_logits.argmax(-1) == target
        return total / max(count, 1), right

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


def game_loss(model, probe, x, batch, known, tally=None, skip_tokens=False):
    """Labels and answers count only where `known` says that the steps so far suffice for them."""
    total = 0
    if not skip_tokens:
        active = ((batch.tells == -1) | ((batch.tells >= 0) & known[batch.tells])).nonzero()[:, 0]
        loss, right = token_loss(model, x, batch, active)
        total = total + loss
        if tally is not None:
            answers = batch.kind[active] == data.ANSWER
            count(tally, 'answer', batch, right[answers], batch.owner[active][answers])
    active = known.nonzero()[:, 0]
    loss, right = probe.loss(model, x, batch, active)
    if tally is not None:
        late = batch.label_need[active] >= batch.updates[batch.label_owner[active]] - 1
        count(tally, 'label', batch, right[late], batch.label_owner[active][late])
    return total + loss, right, active


def count(tally, kind, batch, right, owner):
    """Running shares of right answers by game."""
    game = batch.game[owner]
    for i in game.unique().tolist():
        mine = right[game == i].float()
        smooth(tally, (kind, NAMES[i]), mine.mean().item(), min(0.3, 0.02 * len(mine)))


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
