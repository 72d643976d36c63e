"""Encoders that are copies of built-ins with one thing broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from mutant_kit import Mutant
from torch import nn

from recbox.encoder.feature import Feature
from recbox.encoder.id import Id
from recbox.plugin import Encoder

Change = Callable[[nn.Module, torch.Tensor], torch.Tensor]
GIVEN = "given-vectors-are-those-of-the-nodes"
FEATURE = Feature(columns=("genre", "year"))


def encoder(
    change: Change,
    of: Encoder | None = None,
    *,
    needs: frozenset[str] | None = None,
    needs_any: frozenset[str] | None = None,
    build: Callable[[Any], nn.Module] | None = None,
) -> type[Encoder]:
    """A copy of a built-in that declares this; forward is `change`, handed the built-in's module."""
    original = of or Id()

    class Module(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, nodes: torch.Tensor) -> torch.Tensor:
            return change(self.inner, nodes)

    class Broken(Encoder):
        @property
        def needs(self) -> frozenset[str]:
            return original.needs if needs is None else needs

        @property
        def needs_any(self) -> frozenset[str]:
            return original.needs_any if needs_any is None else needs_any

        def build(self, spec: Any) -> nn.Module:
            return Module((build or original.build)(spec))

    return Broken


def as_it_is(inner: nn.Module, nodes: torch.Tensor) -> torch.Tensor:
    return inner(nodes)


def shuffled_table(spec: Any) -> nn.Module:
    """Features of a table that was sorted by another column than the inner id."""
    import dataclasses

    nodes = spec.train.nodes(spec.node)
    turned = dataclasses.replace(nodes, table=nodes.table.reverse())
    train = dataclasses.replace(spec.train, **{spec.node: turned})
    return FEATURE.build(dataclasses.replace(spec, train=train))


class Inverse(nn.Module):
    """A column of numbers divided by its spread over the nodes without a guard; a missing one is itself."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        values = spec.train.nodes(spec.node).table["year"].cast(float).to_numpy(writable=True)
        self.register_buffer("values", torch.tensor(values, dtype=torch.float32)[:, None])
        self.weight = nn.Parameter(torch.ones(1, spec.dim))

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.values[nodes] * self.weight


class Neighbours(nn.Module):
    """The mean of the vectors of the other ends of interactions: 0 / 0 where there are none."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        x = spec.train.interaction
        own, other = (x.user, x.item) if spec.node == "user" else (x.item, x.user)
        adjacency = torch.zeros(spec.count, int(other.max()) + 1)
        adjacency[own, other] = 1.0
        self.register_buffer("adjacency", adjacency)
        self.weight = nn.Parameter(torch.randn(adjacency.shape[1], spec.dim, generator=spec.generator))

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        row = self.adjacency[nodes]
        return row @ self.weight / row.sum(1, keepdim=True)


class Round(torch.autograd.Function):
    """The identity, with twice the gradient."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
        return 2 * grad


class Fixed(nn.Module):
    """A table of 8 columns, whatever is asked for."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(spec.count, 8, generator=spec.generator))

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.weight[nodes]


class Telling(nn.Module):
    """An id that says with a function which nodes it misses."""

    def __init__(self, spec: Any, missing: Callable[[nn.Module, torch.Tensor], object]) -> None:
        super().__init__()
        self.inner = Id().build(spec)
        self.told = missing

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.inner(nodes)

    def missing(self, nodes: torch.Tensor) -> object:
        return self.told(self, nodes)


def telling(missing: Callable[[nn.Module, torch.Tensor], object]) -> type[Encoder]:
    class Broken(Encoder):
        def build(self, spec: Any) -> nn.Module:
            return Telling(spec, missing)

    return Broken


def starting(vectors: Callable[[Any], Any]) -> type[Encoder]:
    """An id that starts from such vectors."""

    class Broken(Encoder):
        @property
        def given(self) -> bool:
            return True

        def vectors(self, spec: Any) -> Any:
            return vectors(spec)

        def build(self, spec: Any) -> nn.Module:
            return Id().build(spec)

    return Broken


def by_id(spec: Any) -> np.ndarray:
    """Two numbers that the node's id gives."""
    ids = spec.train.nodes(spec.node).ids.cast(str).hash().to_numpy() % 1000
    return np.stack([ids, ids**2 % 7], axis=1).astype(np.float32)


class Root(nn.Module):
    """Values at their square root's edge: finite, and their gradient isn't."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(spec.count, spec.dim))

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.weight[nodes].square().sqrt() + 1.0


def wider_where_more_are_asked(inner: nn.Module, nodes: torch.Tensor) -> torch.Tensor:
    """Padded to the longest of the call, and the padding counts."""
    return inner(nodes) * (1 + nodes.max() / 100) if len(nodes) else inner(nodes)


def standardised(inner: nn.Module, nodes: torch.Tensor) -> torch.Tensor:
    out = inner(nodes)
    return (out - out.mean(0)) / out.std(0) if len(out) > 1 else out


MUTANTS: tuple[Mutant, ...] = (
    Mutant(GIVEN, "id", "float64 of shape [1]", starting(lambda spec: np.ones(1))),
    Mutant(
        GIVEN,
        "id",
        "vectors of the ids in order",
        starting(lambda spec: by_id(spec)[by_id(spec)[:, 0].argsort()]),
    ),
    Mutant(GIVEN, "id", "one over nothing", starting(lambda spec: by_id(spec) + np.inf)),
    Mutant(GIVEN, "id", "drawn anew", starting(lambda spec: np.random.default_rng().random((spec.count, 2)))),
    Mutant("a-row-of-dim-for-each-node", "id", "8 columns whatever dim is", encoder(as_it_is, build=Fixed)),
    Mutant(
        "a-row-of-dim-for-each-node",
        "id",
        "one row too many",
        encoder(lambda m, n: torch.cat([m(n), m(n[:1])])),
    ),
    Mutant(
        "a-row-of-dim-for-each-node", "feature", "a list of rows", encoder(lambda m, n: list(m(n)), FEATURE)
    ),
    Mutant("row-i-belongs-to-node-i", "id", "sorted rows", encoder(lambda m, n: m(n.sort().values))),
    Mutant(
        "row-i-belongs-to-node-i",
        "feature",
        "each node once",
        encoder(lambda m, n: m(torch.unique(n)), FEATURE),
    ),
    Mutant(
        "row-i-belongs-to-node-i",
        "id",
        "ignores the nodes",
        encoder(lambda m, n: m(torch.arange(len(n)) % 36)),
    ),
    Mutant(
        "a-row-depends-on-its-node-alone",
        "feature",
        "padding counts",
        encoder(wider_where_more_are_asked, FEATURE),
    ),
    Mutant("a-row-depends-on-its-node-alone", "id", "normalised over the batch", encoder(standardised)),
    Mutant(
        "no-nodes-give-no-rows", "id", "divides by the count", encoder(lambda m, n: m(n) * (n[0] * 0 + 1))
    ),
    Mutant(
        "no-nodes-give-no-rows",
        "feature",
        "stacks rows one by one",
        encoder(lambda m, n: torch.stack([m(i[None])[0] for i in n]), FEATURE),
    ),
    Mutant(
        "unseen-nodes-and-missing-features-are-finite",
        "feature",
        "a missing number is NaN",
        encoder(as_it_is, build=Inverse, needs=frozenset({"year"})),
    ),
    Mutant(
        "unseen-nodes-and-missing-features-are-finite",
        "id",
        "mean over no interactions",
        encoder(as_it_is, build=Neighbours),
    ),
    Mutant(
        "unseen-nodes-and-missing-features-are-finite",
        "id",
        "gradient of a root at 0",
        encoder(as_it_is, build=Root),
    ),
    Mutant(
        "what-it-needs-is-enough",
        "feature",
        "reads a column that it doesn't declare",
        encoder(as_it_is, FEATURE, needs=frozenset({"genre"})),
    ),
    Mutant(
        "what-it-needs-is-enough",
        "feature",
        "declares too few types",
        encoder(as_it_is, Feature(), needs_any=frozenset({"categorical"})),
    ),
    Mutant(
        "what-it-needs-is-needed",
        "id",
        "declares a column that it never reads",
        encoder(as_it_is, needs=frozenset({"title"})),
    ),
    Mutant(
        "what-it-needs-is-needed",
        "id",
        "declares types that it never reads",
        encoder(as_it_is, needs_any=frozenset({"numeric"})),
    ),
    Mutant(
        "features-are-those-of-the-node",
        "feature",
        "the table in another order",
        encoder(as_it_is, FEATURE, build=shuffled_table),
    ),
    Mutant(
        "features-are-those-of-the-node",
        "feature",
        "features read and not used",
        encoder(as_it_is, FEATURE, build=Id().build),
    ),
    Mutant(
        "what-is-missing-is-said-of-each-node",
        "id",
        "numbers in place of flags",
        telling(lambda m, n: (n % 2).float()),
    ),
    Mutant(
        "what-is-missing-is-said-of-each-node",
        "id",
        "draws in evaluation too",
        telling(lambda m, n: (torch.rand(len(m.inner.weight)) < 0.3)[n]),
    ),
    Mutant(
        "what-is-missing-is-said-of-each-node",
        "id",
        "draws for each place, not each node",
        telling(lambda m, n: torch.rand(len(n)) < 0.3 if m.training else None),
    ),
    Mutant(
        "what-is-missing-is-said-of-each-node",
        "id",
        "says it of all nodes whichever are asked for",
        telling(lambda m, n: torch.arange(len(m.inner.weight)) % 2 == 0),
    ),
    Mutant("gradients-are-right", "id", "twice the gradient", encoder(lambda m, n: Round.apply(m(n)))),
    Mutant(
        "gradients-are-right",
        "feature",
        "rounded",
        encoder(lambda m, n: m(n) + m(n).detach().square(), FEATURE),
    ),
)
