"""The kind `metric`: judges a ranking, per user or of the whole catalogue."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from recbox.registry.options import Options

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class WorkedRanking:
    """A case of a `UserMetric` worked by hand: one user's list and what it is worth.

    hits: a text of 0 and 1, one a rank, "101": relevant, not, relevant. relevant: the user's relevant items.

    Stability: stable for callers.
    """

    hits: str
    relevant: int
    value: float


@dataclass(frozen=True)
class WorkedExposure:
    """A case of a `CatalogueMetric` worked by hand: for each item, in how many lists it stands and how often
    it is in training.

    Stability: stable for callers.
    """

    exposure: tuple[int, ...]
    popularity: tuple[int, ...]
    value: float


class Metric(Options):
    """Derive from `UserMetric` or `CatalogueMetric`; higher is better unless `lower_is_better`.

    Stability: stable for callers.
    """

    kind: ClassVar[str] = "metric"
    lower_is_better: ClassVar[bool] = False


class UserMetric(Metric):
    """A value for each user; the only kind that gets paired tests.

    Laws: finite, and no matter of other users; the list with all hits in front is the best, a further hit or
    one further up is no worse, and a list without hits is worth 0; it gives what `worked` says, to 1e-9.

    Stability: stable for callers and implementers.
    """

    worked: ClassVar[tuple[WorkedRanking, ...]] = ()
    """Cases worked by hand, for the default options; the contract kit and the docs show them."""

    @abstractmethod
    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        """float64 `[n]`. hits: bool `[n, k]`, True where the item at that rank is relevant (False past the
        end of a short list). relevant: int64 `[n]`, how many relevant items the user has, at least 1."""


class CatalogueMetric(Metric):
    """A quantity of all users' lists together.

    Laws: finite, also where nothing is shown or was in training; the order of items doesn't matter; it gives
    what `worked` says, to 1e-9.

    Stability: stable for callers and implementers.
    """

    worked: ClassVar[tuple[WorkedExposure, ...]] = ()
    """Cases worked by hand, for the default options; the contract kit and the docs show them."""

    @abstractmethod
    def catalogue(self, exposure: np.ndarray, popularity: np.ndarray) -> float:
        """exposure: int64 `[items]`, in how many users' top-k each item stands. popularity: int64 `[items]`,
        training interactions of each item."""
