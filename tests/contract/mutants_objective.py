"""Objectives that are copies of built-ins with one thing broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from mutant_kit import Mutant
from torch import nn
from torch.nn.functional import cross_entropy, normalize, softplus

from recbox.plugin import Objective, Step

Forward = Callable[[Any, Step], torch.Tensor]


def objective(
    forward: Forward,
    asks: str = "many",
    *,
    supervised: bool = True,
    corrects: bool = False,
    of_scores: bool | None = None,
    of_candidates: bool | None = None,
) -> type[Objective]:
    """A term that declares this and computes that; `forward` is handed the module and the step."""

    class Module(nn.Module):
        def __init__(self, spec: Any) -> None:
            super().__init__()
            self.stream = spec.generator

        def forward(self, step: Step) -> torch.Tensor:
            return forward(self, step)

    class Broken(Objective):
        @property
        def negatives(self) -> Any:
            return asks

        @property
        def supervised(self) -> bool:
            return supervised

        @property
        def corrects(self) -> bool:
            return corrects

        @property
        def of_scores(self) -> bool:
            return supervised if of_scores is None else of_scores

        @property
        def of_candidates(self) -> bool:
            return asks == "all" if of_candidates is None else of_candidates

        def build(self, spec: Any) -> nn.Module:
            return Module(spec)

    return Broken


def disturbing(disturb: Callable[..., torch.Tensor], said: bool = True) -> type[Objective]:
    """bpr, with this done to what each hop of the main view gives, which it says or not. disturb(x,
    generator, own stream)."""

    class Module(nn.Module):
        def __init__(self, spec: Any) -> None:
            super().__init__()
            self.stream = spec.generator

        def disturb(self, generator: torch.Generator, hop: int, x: torch.Tensor) -> torch.Tensor:
            return disturb(x, generator, self.stream)

        def forward(self, step: Step) -> torch.Tensor:
            return bpr(step).mean()

    class Broken(Objective):
        @property
        def negatives(self) -> Any:
            return "many"

        @property
        def disturbs(self) -> bool:
            return said

        def build(self, spec: Any) -> nn.Module:
            return Module(spec)

    return Broken


def warming(early: Forward, late: Forward) -> type[Objective]:
    """A term without labels that becomes another after ten epochs."""

    class Module(nn.Module):
        def epoch(self, number: int) -> None:
            self.number = number

        def forward(self, step: Step) -> torch.Tensor:
            return (early if self.number < 10 else late)(self, step)

    class Warming(Objective):
        @property
        def supervised(self) -> bool:
            return False

        def build(self, spec: Any) -> nn.Module:
            return Module()

    return Warming


def noise(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(x.shape, generator=generator)


def scores(step: Step, negative: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """`[B, 1]` and `[B, n]`."""
    negative = step.batch.negative if negative is None else negative
    items = torch.cat([step.batch.item[:, None], negative], dim=1)
    found = step.score(step.batch.user[:, None], items)
    return found[:, :1], found[:, 1:]


def bpr(step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    return softplus(negative - positive)


def bpr_of(positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
    return softplus(negative - positive).mean()


def l2(step: Step) -> torch.Tensor:
    return step.embed().hops[0][step.batch.user].square().sum() / len(step.batch.user)


def mse(step: Step) -> torch.Tensor:
    return (step.score(step.batch.user, step.batch.item) - step.batch.weight).square()


def in_batch(step: Step, temperature: float = 1.0) -> torch.Tensor:
    block = step.block(step.batch.user, step.batch.item) / temperature
    return cross_entropy(block, torch.arange(len(block)))


def over_all(step: Step, excluded: torch.Tensor) -> torch.Tensor:
    """A softmax over all items that aren't excluded, `[B, items]`."""
    block = step.block(step.batch.user)
    own = torch.zeros_like(excluded).scatter(1, step.batch.item[:, None], value=True)
    return cross_entropy(block.masked_fill(excluded & ~own, -torch.inf), step.batch.item)


def detached_positive(_: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    return bpr_of(positive.detach(), negative)


def detached_users(_: Any, step: Step) -> torch.Tensor:
    user = step.users(step.batch.user).detach()[:, None]
    positive, negative = step.items(step.batch.item)[:, None], step.items(step.batch.negative)
    return bpr_of((user * positive).sum(-1), (user * negative).sum(-1))


def naive_logarithm(_: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    return -torch.log(torch.sigmoid(positive - negative)).mean()


def naive_softmax(_: Any, step: Step) -> torch.Tensor:
    exp = step.block(step.batch.user).exp()
    return -(exp[torch.arange(len(exp)), step.batch.item] / exp.sum(1)).log().mean()


def naive_norm(_: Any, step: Step) -> torch.Tensor:
    user, item = step.users(step.batch.user), step.items(step.batch.item)
    cosine = (user * item).sum(-1) / (user.norm(dim=-1) * item.norm(dim=-1))
    return (1 - cosine).mean()


def uniformity_of_one(_: Any, step: Step) -> torch.Tensor:
    user, item = (normalize(v, dim=-1) for v in (step.users(step.batch.user), step.items(step.batch.item)))
    apart = torch.pdist(user).square().mul(-2).exp().mean().log()
    return (user - item).square().sum(-1).mean() + apart


def spread_of_one(_: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    margin = (positive - negative).mean(1)
    return softplus(-margin).mean() / ((margin - margin.mean()).square().sum() / (len(margin) - 1)).sqrt()


def last_column(_: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    return bpr_of(positive, negative[:, -1:])


def negatives_wrong_sign(_: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    return softplus(-positive).mean() + softplus(-negative).mean()


def first_row(_: Any, step: Step) -> torch.Tensor:
    return bpr(step)[:1].mean()


def rolled(_: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step, step.batch.negative.roll(1, 0))
    return bpr_of(positive, negative)


def rolled_positive(_: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    return bpr_of(positive.roll(1, 0), negative)


def by_position(_: Any, step: Step) -> torch.Tensor:
    each = bpr(step).mean(1)
    return (each * torch.linspace(0.5, 1.5, len(each))).mean()


def own_stream(module: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    kept = torch.rand(negative.shape, generator=module.stream) > 0.3
    return bpr_of(positive, negative.where(kept, -9.0))


def undeclared_correction(_: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    return bpr_of(positive, negative - step.proposal[step.batch.negative].log())


def in_place(_: Any, step: Step) -> torch.Tensor:
    final = step.embed().final
    final /= final.detach().norm(dim=-1, keepdim=True)
    return bpr(step).mean()


def in_place_popularity(_: Any, step: Step) -> torch.Tensor:
    step.popularity.clamp_(min=0.5)
    return mse(step).mean()


def detached_all(_: Any, step: Step) -> torch.Tensor:
    return bpr(step).mean().detach()


def pushes_everything_up(_: Any, step: Step) -> torch.Tensor:
    """The positive's score rises, and so do all."""
    return softplus(-step.block(step.batch.user)).mean()


def swapped(_: Any, step: Step) -> torch.Tensor:
    positive, negative = scores(step)
    return bpr_of(negative, positive)


def still(_: Any, step: Step) -> torch.Tensor:
    return step.embed().hops[0][step.batch.user].sum() * 0.0


def beyond(module: Any, step: Step) -> torch.Tensor:
    every = step.block_vectors(step.users(step.batch.user), step.embed().final[step.offset :])
    return cross_entropy(every, step.batch.item)


MUTANTS: tuple[Mutant, ...] = (
    Mutant("the-loss-is-one-number", "bpr", "no mean at the end", objective(lambda _, s: bpr(s))),
    Mutant("the-loss-is-one-number", "bpr", "detached", objective(detached_all)),
    Mutant(
        "the-loss-is-one-number",
        "mse",
        "a number of python",
        objective(lambda _, s: mse(s).mean().item(), "none"),
    ),
    Mutant(
        "negatives-are-as-declared",
        "bpr",
        "negatives not asked for",
        objective(lambda _, s: bpr(s).mean(), "none"),
    ),
    Mutant(
        "negatives-are-as-declared",
        "bpr",
        "takes three and no other number",
        objective(lambda _, s: bpr(s)[:, [0, 1, 2]].mean(), "many"),
    ),
    Mutant("the-loss-falls-when-a-positive-rises", "bpr", "wrong sign", objective(swapped)),
    Mutant(
        "the-loss-falls-when-a-positive-rises",
        "mse",
        "wrong sign",
        objective(lambda _, s: -mse(s).mean(), "none"),
    ),
    Mutant("the-loss-falls-when-a-positive-rises", "bpr", "only the first row counts", objective(first_row)),
    Mutant(
        "the-loss-falls-when-a-positive-rises",
        "l2",
        "claims to be supervised",
        objective(lambda _, s: l2(s), "none"),
    ),
    Mutant(
        "the-loss-rises-when-a-negative-rises", "bpr", "only the last negative counts", objective(last_column)
    ),
    Mutant(
        "the-loss-rises-when-a-negative-rises",
        "bce",
        "negatives count as positives",
        objective(negatives_wrong_sign),
    ),
    Mutant(
        "the-loss-rises-when-a-negative-rises",
        "mse",
        "asks for negatives in vain",
        objective(lambda _, s: mse(s).mean()),
    ),
    Mutant(
        "the-loss-rises-when-a-negative-rises",
        "softmax",
        "all items are asked for, the batch's are used",
        objective(lambda _, s: mse(s).mean(), "all"),
    ),
    Mutant(
        "what-is-no-candidate-isnt-pushed-down",
        "softmax",
        "all items that aren't known",
        objective(lambda _, s: over_all(s, s.known(s.batch.user)), "all"),
    ),
    Mutant(
        "what-is-no-candidate-isnt-pushed-down",
        "softmax",
        "candidates for the first user alone",
        objective(
            lambda _, s: over_all(s, torch.cat([s.excluded(s.batch.user[:1]), s.known(s.batch.user[1:])])),
            "all",
        ),
    ),
    Mutant(
        "a-batch-of-one-is-finite",
        "alignment and uniformity",
        "distances within one row",
        objective(uniformity_of_one, "none"),
    ),
    Mutant("a-batch-of-one-is-finite", "bpr", "divided by the spread of the batch", objective(spread_of_one)),
    Mutant("scaled-as-a-mean", "bpr", "sum in place of mean", objective(lambda _, s: bpr(s).sum())),
    Mutant(
        "scaled-as-a-mean",
        "l2",
        "not divided by the batch size",
        objective(lambda _, s: l2(s) * len(s.batch.user), "none", supervised=False),
    ),
    Mutant(
        "scaled-as-a-mean",
        "bpr",
        "divided by the batch size twice",
        objective(lambda _, s: bpr(s).mean() / len(s.batch.user)),
    ),
    Mutant("extreme-vectors-stay-finite", "bpr", "logarithm of a sigmoid", objective(naive_logarithm)),
    Mutant("extreme-vectors-stay-finite", "softmax", "exponentials divided", objective(naive_softmax, "all")),
    Mutant(
        "extreme-vectors-stay-finite", "alignment", "norms without an epsilon", objective(naive_norm, "none")
    ),
    Mutant("gradients-reach-the-vectors", "bpr", "users detached", objective(detached_users)),
    Mutant("gradients-reach-the-vectors", "bpr", "positives detached", objective(detached_positive)),
    Mutant("gradients-reach-the-vectors", "l2", "times zero", objective(still, "none", supervised=False)),
    Mutant("the-order-of-the-batch-is-free", "bpr", "negatives of the row before", objective(rolled)),
    Mutant(
        "the-order-of-the-batch-is-free", "bpr", "positives of the row before", objective(rolled_positive)
    ),
    Mutant("the-order-of-the-batch-is-free", "bpr", "later rows weigh more", objective(by_position)),
    Mutant("corrects-is-true", "softmax", "corrects without saying so", objective(undeclared_correction)),
    Mutant(
        "corrects-is-true",
        "softmax",
        "says it corrects, and doesn't",
        objective(lambda _, s: in_batch(s), "none", corrects=True),
    ),
    Mutant("draws-are-the-steps", "bpr", "a stream of its own", objective(own_stream)),
    Mutant("the-step-is-left-alone", "bpr", "normalises the shared vectors in place", objective(in_place)),
    Mutant(
        "the-step-is-left-alone",
        "mse",
        "clamps the popularity in place",
        objective(in_place_popularity, "none"),
    ),
    Mutant(
        "it-learns-the-planted-world",
        "bce",
        "no negatives, so that everything rises",
        objective(pushes_everything_up, "none"),
    ),
    Mutant(
        "it-works-with-what-it-accepts",
        "l2",
        "reads the second hop, whether it is there or not",
        objective(lambda _, s: s.embed().hops[2].square().mean(), "none", supervised=False),
    ),
    Mutant(
        "it-works-with-what-it-accepts",
        "l2",
        "sets final vectors against the first ones, however wide",
        objective(
            lambda _, s: (s.embed().final - s.embed().hops[0]).square().mean(), "none", supervised=False
        ),
    ),
    Mutant(
        "it-works-with-what-it-accepts",
        "l2",
        "how hops differ, of one too",
        objective(lambda _, s: torch.stack(s.embed().hops).diff(dim=0).mean(), "none", supervised=False),
    ),
    Mutant(
        "noise-is-its-streams",
        "bpr",
        "noise added in place",
        disturbing(lambda x, given, own: x.add_(noise(x, given))),
    ),
    Mutant(
        "noise-is-its-streams",
        "bpr",
        "noise from a stream of its own",
        disturbing(lambda x, given, own: x + noise(x, own)),
    ),
    Mutant(
        "noise-is-its-streams",
        "bpr",
        "one number of noise for a node, alone",
        disturbing(lambda x, given, own: noise(x[:, :1], given)),
    ),
    Mutant(
        "noise-is-its-streams",
        "bpr",
        "the logarithm of noise below 0",
        disturbing(lambda x, given, own: x + (noise(x, given) - 1).log()),
    ),
    Mutant(
        "disturbs-is-true",
        "bpr",
        "noise of which nothing is said",
        disturbing(lambda x, given, own: x + noise(x, given), said=False),
    ),
    Mutant(
        "of-scores-is-true",
        "bpr",
        "inner products of its own, and never the head's",
        objective(lambda _, s: (s.users(s.batch.user) * s.items(s.batch.item)).sum(-1).neg().exp().mean()),
    ),
    Mutant(
        "of-scores-is-true",
        "l2",
        "scores of which nothing is said",
        objective(lambda _, s: s.score(s.batch.user, s.batch.item).square().mean(), "none", supervised=False),
    ),
    Mutant(
        "of-scores-is-true",
        "l2",
        "scores after a warm-up, of which nothing is said",
        warming(lambda _, s: l2(s), lambda _, s: l2(s) + mse(s).mean()),
    ),
    Mutant(
        "of-candidates-is-true",
        "softmax",
        "all that the user hasn't taken, candidates or not",
        objective(lambda _, s: over_all(s, s.known(s.batch.user)), "all"),
    ),
    Mutant(
        "of-candidates-is-true",
        "bpr",
        "candidates of which nothing is said",
        objective(lambda _, s: bpr(s).masked_fill(s.excluded(s.batch.user)[:, :1], 0.0).mean()),
    ),
    Mutant(
        "of-candidates-is-true",
        "l2",
        "candidates after a warm-up, of which nothing is said",
        warming(lambda _, s: l2(s), lambda _, s: l2(s) * (1.0 if s.cold is None else 2.0)),
    ),
    Mutant(
        "of-candidates-is-true",
        "l2",
        "says that it looks at candidates, and doesn't",
        objective(lambda _, s: l2(s), "none", supervised=False, of_candidates=True),
    ),
    Mutant(
        "nodes-behind-items-are-no-items",
        "softmax",
        "a softmax over all that stands behind users",
        objective(beyond, "none"),
    ),
    Mutant("it-learns-the-planted-world", "bpr", "positive and negative swapped", objective(swapped)),
    Mutant(
        "it-learns-the-planted-world",
        "softmax",
        "a temperature of 100 000",
        objective(lambda _, s: in_batch(s, 1e5), "none"),
    ),
    Mutant(
        "alone-it-neither-stands-still-nor-runs-away",
        "l2",
        "wrong sign",
        objective(lambda _, s: -l2(s), "none", supervised=False),
    ),
    Mutant(
        "alone-it-neither-stands-still-nor-runs-away",
        "l2",
        "times zero",
        objective(still, "none", supervised=False),
    ),
)
