"""The kit raises no false alarm: terms of the loss, models and metrics as papers have them, and heads of
other forms, pass."""

from __future__ import annotations

from typing import Any

import honest_metric
import honest_model
import honest_writer
import pytest
import torch
from mutants_attended import right, told
from mutants_beside import as_it_is, beside
from mutants_head import head
from mutants_history import latest, telling
from mutants_objective import bpr, objective, over_all, scores
from mutants_tracker import Plain
from torch.nn.functional import normalize, softplus

from recbox.contract.running import check, pairs
from recbox.plugin import Objective, Step

LOOSE = {"imports-lightly", "documented"}
"""Laws about how a plugin is written, which a class inside a test doesn't keep."""


def alignment_and_uniformity(_: Any, step: Step) -> torch.Tensor:
    """Wang et al. 2022, arXiv:2206.12811."""
    user, item = (normalize(v, dim=-1) for v in (step.users(step.batch.user), step.items(step.batch.item)))
    apart = [torch.cdist(v, v).square().mul(-2).exp().mean().log() for v in (user, item)]
    return (user - item).square().sum(-1).mean() + (apart[0] + apart[1]) / 2


def hinge(_: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    return (1 - positive + negative).clamp_min(0).mean()


def hardest(_: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    return softplus(0.5 - positive + negative.amax(1, keepdim=True)).mean()


def weighted_by_popularity(_: Any, step: Step) -> torch.Tensor:
    """How often an item is a positive is always known, unlike how often a hard negative is drawn."""
    weight = (step.popularity[step.batch.item] + 0.01) ** -0.5
    return (bpr(step).mean(1) * weight).sum() / weight.sum()


def adversarial(_: Any, step: Step) -> torch.Tensor:
    """He et al. 2018, arXiv:1808.03908: the loss again, with vectors moved along its gradient."""
    user, item = step.users(step.batch.user)[:, None], step.items(step.batch.item)[:, None]
    negative = step.items(step.batch.negative)
    worst = torch.autograd.grad(softplus((user * (negative - item)).sum(-1)).mean(), user, retain_graph=True)
    moved = user + 0.1 * normalize(worst[0], dim=-1)
    return bpr(step).mean() + softplus((moved * (negative - item)).sum(-1)).mean()


def candidates(_: Any, step: Step) -> torch.Tensor:
    """A cross-entropy over the catalogue, as of sequence models: what else the user has stands against it."""
    cold = torch.zeros_like(step.popularity).bool() if step.cold is None else step.cold
    return over_all(step, cold.expand(len(step.batch.user), -1))


def squares(_: Any, step: Step) -> torch.Tensor:
    """Hu et al. 2008, implicit feedback: what a user hasn't taken counts as 0, with less weight."""
    user = step.batch.user
    rest = step.block(user).square().masked_fill(step.excluded(user), 0).mean(1)
    return ((step.batch.weight - step.score(user, step.batch.item)).square() + rest).mean()


def dropped_edges(_: Any, step: Step) -> torch.Tensor:
    """Wu et al. 2021, arXiv:2010.10783, users alone."""
    user = torch.unique(step.batch.user)
    views = [step.graph.edge_dropout(0.2, step.generator) for _ in range(2)]
    a, b = (normalize(step.embed(view).final[user], dim=-1) for view in views)
    similar = a @ b.T / 0.2
    return (similar.logsumexp(1) - similar.diagonal()).mean()


def noise(_: Any, step: Step) -> torch.Tensor:
    """Yu et al. 2022, arXiv:2112.08679, with noise drawn as authors write it: no device is named."""
    user = step.embed().hops[1][torch.unique(step.batch.user)]

    def noisy() -> torch.Tensor:
        drawn = torch.rand(user.shape, generator=step.generator).to(user)
        return normalize(user + 0.1 * normalize(drawn, dim=-1) * user.sign(), dim=-1)

    similar = noisy() @ noisy().T / 0.2
    return (similar.logsumexp(1) - similar.diagonal()).mean()


def of_layers(term: type[Objective]) -> type[Objective]:
    """It says that it reads what the first layer gives."""

    class Told(term):
        def check(self, hops: tuple[int, ...], final: int, dim: int) -> None:
            if len(hops) < 2:
                raise ValueError("there are no layers")

    return Told


HONEST = {
    "alignment and uniformity": objective(alignment_and_uniformity, "none", of_scores=False),
    "hinge with one negative": objective(hinge, "one"),
    "hinge with many": objective(hinge),
    "hardest negative": objective(hardest),
    "weighted by popularity": objective(weighted_by_popularity),
    "adversarial": objective(adversarial),
    "all candidates, known ones too": objective(candidates, "all"),
    "squares of all candidates": objective(squares, "all"),
    "dropped edges": objective(dropped_edges, "none", supervised=False),
    "noise": of_layers(objective(noise, "none", supervised=False)),
    "distance": head(lambda u, i: -(u - i).square().sum(-1), vectors=None, claims=False),
    "bilinear": head(lambda u, i: (u.roll(1, -1) * i).sum(-1), vectors=lambda u, i: (u.roll(1, -1), i)),
    "told of the batch": told(right),
    "beside an encoder": beside(as_it_is),
    "what a node has": latest(),
    "what a node has, if anything": telling(),
    "lines of JSON": Plain,
    **honest_model.HONEST,
    **honest_metric.HONEST,
    **honest_writer.HONEST,
}


@pytest.mark.parametrize("name", HONEST)
def test_no_false_alarm(name: str) -> None:
    asked = [(case, law) for case, law in pairs(HONEST[name]) if law.name not in LOOSE]
    results = [check(case, law, name) for case, law in asked]
    assert [f"{r.law}: {r.said}" for r in results if r.status == "failed"] == []
    assert sum(r.status == "passed" for r in results) >= 9
