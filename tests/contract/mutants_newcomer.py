"""Models and encoders that treat new users and items as no law allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import torch
from mutant_kit import Mutant
from mutants_model import Linear, model, neighbours, seen
from torch import nn

from recbox.encoder.feature import Feature
from recbox.encoder.id import Id
from recbox.plugin import Encoder, Grown, Model, NewItems, NewUsers, Scorer

KNN, FEATURE = "item-knn", "feature"
USERS, ITEMS = frozenset({"user-history"}), frozenset({"item-features"})
Fold = Callable[[Any, NewUsers], Any]


def new(self: Linear, users: NewUsers) -> np.ndarray:
    """float64 `[n, items]`: the histories of new users."""
    return users.matrix(self.shape[1]).toarray().astype(np.float64)


def folding(fold: Fold, *, exact: bool = False, accepts: Any = USERS, **methods: Any) -> type[Model]:
    """ItemKNN, dense, that folds new users in by this."""
    scorer = type("Folding", (Linear,), {"new_users": fold, **methods})
    return model(lambda spec: neighbours(seen(spec.train)), scorer, accepts=accepts, exact=exact)


def scored(change: Callable[[Linear, NewUsers, np.ndarray], np.ndarray]) -> Fold:
    """A fold whose histories are changed by something."""

    def fold(self: Any, users: NewUsers) -> Scorer:
        return Linear(history=change(self, users, new(self, users)), weight=self.weight)

    return fold


def as_it_is(self: Linear, users: NewUsers, history: np.ndarray) -> np.ndarray:
    return history


def kept(self: Linear, users: NewUsers, history: np.ndarray) -> np.ndarray:
    """What was fitted learns of the new users."""
    self.weight = self.weight + 0.01 * history.sum(0)[:, None]
    return history


def spoiled(self: Linear, users: NewUsers, history: np.ndarray) -> np.ndarray:
    users.weight[:] = 0
    return history


def grown(self: Linear, users: NewUsers, history: np.ndarray) -> np.ndarray:
    """The state of what was fitted has the new users in it."""
    self.history = np.vstack([self.history, history])
    return history


def whole(self: Any, users: NewUsers) -> Scorer:
    """Known users come back with the new ones."""
    return Linear(history=np.vstack([self.history, new(self, users)]), weight=self.weight)


def unexplained(self: Any, users: NewUsers) -> Scorer:
    raise ValueError("new users? no")


def updating(change: Callable[[Linear, Grown, np.ndarray], np.ndarray]) -> type[Model]:
    """ItemKNN as if histories were trained vectors: a row for each user, kept by an update."""

    def updated(self: Any, grown: Grown) -> Scorer:
        known = grown.users.known
        rows = np.where(known[:, None] >= 0, self.history[known], 0.0)
        return Linear(history=change(self, grown, rows), weight=self.weight)

    scorer = type("Updating", (Linear,), {"updated": updated})
    return model(lambda spec: neighbours(seen(spec.train)), scorer, folds=frozenset())


def stirred(self: Linear, grown: Grown, rows: np.ndarray) -> np.ndarray:
    """What was fitted moves."""
    self.weight = self.weight * 1.01
    return rows


def read(columns: Callable[[pl.DataFrame], np.ndarray], **methods: Any) -> type[Model]:
    """A model that scores new items by a number that it makes of their features."""

    def new_items(self: Any, items: NewItems) -> Scorer:
        return Linear(history=np.ones((self.shape[0], 1)), weight=columns(items.features)[None])

    scorer = type("Reading", (Linear,), {"new_items": new_items, **methods})
    return model(lambda spec: neighbours(seen(spec.train)), scorer, accepts=ITEMS)


def year(table: pl.DataFrame) -> np.ndarray:
    """Finite, whatever is missing."""
    if "year" not in table.columns:
        return np.zeros(table.height)
    return (table["year"].fill_null(1990.0).to_numpy() - 1990.0) / 10


def centred(table: pl.DataFrame) -> np.ndarray:
    return year(table) - (year(table).mean() if table.height else 0.0)


def unguarded(table: pl.DataFrame) -> np.ndarray:
    return table["year"].to_numpy() if "year" in table.columns else np.zeros(table.height)


def fresh(
    change: Callable[[nn.Module, pl.DataFrame], torch.Tensor] | None, of: Encoder | None = None
) -> type[Encoder]:
    """A copy of `feature` that says it is inductive, and reads new nodes by this."""
    original = of or Feature(columns=("genre", "year"))

    class Module(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner
            if change is not None:
                self.fresh = lambda table: change(self.inner, table)

        def forward(self, nodes: torch.Tensor) -> torch.Tensor:
            return self.inner(nodes)

    class Broken(Encoder):
        @property
        def needs(self) -> frozenset[str]:
            return original.needs

        @property
        def inductive(self) -> bool:
            return True

        def build(self, spec: Any) -> nn.Module:
            return Module(original.build(spec))

    return Broken


def standardised(inner: nn.Module, table: pl.DataFrame) -> torch.Tensor:
    """In the unit of the new nodes, not of training's."""
    own = (pl.col("year") - pl.col("year").mean()).fill_null(0)
    return inner.fresh(table.with_columns(own) if "year" in table.columns else table)


def learning(inner: nn.Module, table: pl.DataFrame) -> torch.Tensor:
    out = inner.fresh(table)
    with torch.no_grad():
        next(inner.parameters()).add_(0.1)
    return out


def insisting(inner: nn.Module, table: pl.DataFrame) -> torch.Tensor:
    """A missing number is no number."""
    out = inner.fresh(table)
    if "year" not in table.columns:
        return out
    return torch.where(torch.tensor(table["year"].is_null().to_numpy())[:, None], torch.nan, out)


ACCEPTS, TWIN, STAY = "it-scores-whom-it-accepts", "a-twin-has-its-twins-scores", "known-scores-stay"
ALONE, FINITE = "each-newcomer-is-scored-alone", "newcomers-of-whom-nothing-is-known-are-finite"
MOVES = "an-update-moves-nobody-else"
INPUTS, READ = "newcomers-stay-as-they-are", "fresh-nodes-are-read-as-known-ones"

MUTANTS = (
    Mutant(ACCEPTS, KNN, "says that it accepts, and doesn't", model(accepts=USERS)),
    Mutant(ACCEPTS, KNN, "accepts, and doesn't say so", folding(scored(as_it_is), accepts=frozenset())),
    Mutant(
        ACCEPTS, KNN, "another error than the one that says why", folding(unexplained, accepts=frozenset())
    ),
    Mutant(ACCEPTS, KNN, "known users come back with new ones", folding(whole)),
    Mutant(TWIN, KNN, "histories counted twice", folding(scored(lambda s, u, h: 2 * h), exact=True)),
    Mutant(
        TWIN,
        KNN,
        "the weights of interactions in place of ones",
        folding(scored(lambda s, u, h: h * np.bincount(u.item, u.weight, h.shape[1])), exact=True),
    ),
    Mutant(STAY, KNN, "new users move the weights", folding(scored(kept))),
    Mutant(
        ALONE,
        KNN,
        "histories divided by how many users come",
        folding(scored(lambda s, u, h: h / max(len(u), 1))),
    ),
    Mutant(ALONE, KNN, "items centred over those that come", read(centred)),
    Mutant(
        FINITE,
        KNN,
        "the mean of an empty history",
        folding(scored(lambda s, u, h: h / h.sum(1, keepdims=True))),
    ),
    Mutant(FINITE, KNN, "a missing year", read(unguarded)),
    Mutant(INPUTS, KNN, "weights set to 0", folding(scored(spoiled))),
    Mutant(INPUTS, KNN, "new users in the state of what was fitted", folding(scored(grown))),
    Mutant(
        MOVES, KNN, "rows in the order of those who were there", updating(lambda s, g, r: s.history[: len(r)])
    ),
    Mutant(MOVES, KNN, "one row too many", updating(lambda s, g, r: np.vstack([r, r[:1]]))),
    Mutant(MOVES, KNN, "who changed is no number", updating(lambda s, g, r: r / ~g.changed[:, None])),
    Mutant(MOVES, KNN, "what was fitted moves", updating(stirred)),
    Mutant(READ, FEATURE, "no method", fresh(None)),
    Mutant(READ, FEATURE, "numbers in the unit of the new nodes", fresh(standardised)),
    Mutant(READ, FEATURE, "new nodes move the parameters", fresh(learning)),
    Mutant(READ, FEATURE, "a missing number gives no number", fresh(insisting)),
    Mutant(READ, FEATURE, "the table's first rows", fresh(lambda m, t: m(torch.arange(t.height) % 2))),
    Mutant(
        READ,
        "id",
        "a vector of the first node for all",
        fresh(lambda m, t: m(torch.zeros(t.height).long()), Id()),
    ),
)
