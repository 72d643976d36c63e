"""Heads that are copies of built-ins with one thing broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from mutant_kit import Mutant
from torch import nn
from torch.nn.functional import normalize

from recbox.plugin import Head

Way = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Both = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


def dot(user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
    return (user * item).sum(-1)


def head(
    forward: Way = dot,
    block: Way | None = None,
    vectors: Both | None = lambda u, i: (u, i),
    claims: bool = True,
    owns: bool = False,
) -> type[Head]:
    """The inner product, with one of its three methods changed; `block` follows `forward` where not given."""

    class Module(nn.Module):
        def forward(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
            return forward(user, item)

        def block(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
            return (block or (lambda u, i: forward(u[:, None], i[None])))(user, item)

        def __init__(self) -> None:
            super().__init__()
            if owns:
                self.scale = nn.Parameter(torch.ones(()))

    if vectors is not None:
        Module.vectors = lambda self, user, item: vectors(user, item)

    class Broken(Head):
        @property
        def retrievable(self) -> bool:
            return claims

        def build(self, spec: Any) -> nn.Module:
            return Module()

    return Broken


class Halved(torch.autograd.Function):
    """The identity, with half the gradient."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
        return grad / 2


def unguarded(user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
    return dot(user, item) / (user.norm(dim=-1) * item.norm(dim=-1))


def distance(user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
    """Minus the distance: its gradient at 0 isn't finite."""
    return -(user - item).square().sum(-1).sqrt()


def flattened(user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
    u, i = torch.broadcast_tensors(user, item)
    return (u.flatten(0, -2) * i.flatten(0, -2)).sum(-1) if u.dim() > 1 else dot(u, i)


def centred(user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
    return user @ (item - item.mean(0)).T if len(item) else user @ item.T


def eight_wide(user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
    return (user * item).unflatten(-1, (2, -1)).sum((-2, -1))


def added(user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
    return user.sum(-1) + item.sum(-1)


MUTANTS: tuple[Mutant, ...] = (
    Mutant("learns-is-true", "dot", "a parameter of which nothing is said", head(owns=True)),
    Mutant("pairs-broadcast", "dot", "one list of pairs", head(flattened)),
    Mutant(
        "pairs-broadcast",
        "dot",
        "the last dimension is kept",
        head(lambda u, i: (u * i).sum(-1, keepdim=True)),
    ),
    Mutant(
        "pairs-broadcast", "dot", "needs two dimensions", head(lambda u, i: torch.einsum("nd,nd->n", u, i))
    ),
    Mutant("every-width-has-scores", "dot", "needs an even width", head(eight_wide)),
    Mutant("every-width-has-scores", "dot", "rounded to whole numbers", head(lambda u, i: dot(u, i).long())),
    Mutant(
        "every-width-has-scores",
        "cosine",
        "spread over one column",
        head(lambda u, i: dot(u / (u - u.mean(-1, keepdim=True)).norm(dim=-1, keepdim=True), i)),
    ),
    Mutant(
        "blocks-equal-pairs",
        "cosine",
        "block isn't normalised",
        head(lambda u, i: dot(normalize(u, dim=-1), normalize(i, dim=-1)), lambda u, i: u @ i.T),
    ),
    Mutant("blocks-equal-pairs", "dot", "block is turned", head(dot, lambda u, i: i @ u.T)),
    Mutant(
        "blocks-equal-pairs",
        "mlp",
        "no users break the block",
        head(dot, lambda u, i: torch.stack([r @ i.T for r in u])),
    ),
    Mutant("a-score-depends-on-its-pair-alone", "dot", "items centred over the call", head(dot, centred)),
    Mutant(
        "a-score-depends-on-its-pair-alone",
        "dot",
        "softmax over the call",
        head(dot, lambda u, i: (u @ i.T).softmax(1)),
    ),
    Mutant(
        "retrievable-is-true",
        "cosine",
        "vectors aren't normalised",
        head(lambda u, i: dot(normalize(u, dim=-1), normalize(i, dim=-1))),
    ),
    Mutant(
        "retrievable-is-true",
        "cosine",
        "a user's length is left out",
        head(vectors=lambda u, i: (normalize(u, dim=-1), i)),
    ),
    Mutant("retrievable-is-true", "dot", "a square on top", head(lambda u, i: dot(u, i).square())),
    Mutant("retrievable-is-true", "dot", "wrong sign", head(vectors=lambda u, i: (-u, i))),
    Mutant("retrievable-is-true", "dot", "no vectors", head(vectors=None)),
    Mutant("vectors-of-zeros-are-finite", "cosine", "norms without an epsilon", head(unguarded)),
    Mutant("vectors-of-zeros-are-finite", "dot", "a distance with a root", head(distance)),
    Mutant(
        "both-vectors-matter", "dot", "the item is ignored", head(lambda u, i: dot(u, torch.ones_like(i)))
    ),
    Mutant(
        "both-vectors-matter", "dot", "the user is ignored", head(lambda u, i: dot(torch.ones_like(u), i))
    ),
    Mutant("both-vectors-matter", "mlp", "added and not multiplied", head(added)),
    Mutant("gradients-are-right", "dot", "half the gradient", head(lambda u, i: dot(Halved.apply(u), i))),
    Mutant("gradients-are-right", "dot", "users detached in block", head(dot, lambda u, i: u.detach() @ i.T)),
)
