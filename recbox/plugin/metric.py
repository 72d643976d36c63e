"""The kind `metric`: judges a ranking, by what each user finds or is shown, or of the whole catalogue; or the
scores of single pairs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from recbox.registry.options import Options

if TYPE_CHECKING:
    import numpy as np

    from recbox.data import Dataset

Meaning = Literal["order", "value", "probability"]
"""What a score says. order: only which of two is higher. value: the interaction's weight, such as a rating.
probability: that there is an interaction; the score is its logit, so that σ(score) is the probability.

Stability: stable for callers.
"""


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


@dataclass(frozen=True)
class WorkedList:
    """A case of a `ListMetric` worked by hand: what user 0 is shown, and what everybody has in training.

    shown: items, best first. histories: for each user the items of their training interactions, user 0's
    first. Items are numbered from 0; as many exist as are named, or as `item` has values. item: columns of
    features by name, a value for each item: text is categorical, a number numeric, a tuple of texts multi.

    Stability: stable for callers.
    """

    shown: tuple[int, ...]
    histories: tuple[tuple[int, ...], ...]
    value: float
    item: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkedPairs:
    """A case of a `PairMetric` worked by hand: pairs of a user and an item with their scores.

    score, target: as `PairMetric.over` takes them. user: whose each pair is, from 0; left out, all are one's.

    Stability: stable for callers.
    """

    score: tuple[float, ...]
    target: tuple[float, ...]
    value: float
    user: tuple[int, ...] = ()


class Metric(Options):
    """Derive from `UserMetric`, `ListMetric`, `CatalogueMetric` or `PairMetric`; higher is better unless
    `lower_is_better`.

    Stability: stable for callers.
    """

    kind: ClassVar[str] = "metric"
    lower_is_better: ClassVar[bool] = False


class UserMetric(Metric):
    """A value for each user of what they find; of rankings the only one that `evaluate.select` may name.

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


class ListMetric(Metric):
    """A value for each user of what they are shown, whether it is relevant or not.

    Laws: finite, also for an empty list, and for users and items without training interactions; no matter of
    other lists, nor of how users and items are numbered; a list that ends early is judged by what it shows;
    it gives what `worked` says, to 1e-9.

    Stability: stable for callers and implementers.
    """

    worked: ClassVar[tuple[WorkedList, ...]] = ()
    """Cases worked by hand, for the default options; the contract kit and the docs show them."""

    @abstractmethod
    def per_list(self, items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
        """float64 `[n]`. items: int32 `[n, k]`, inner ids, best first; -1 past the end of a list that is
        shorter than k. users: int64 `[n]`, whose list each row is. train: all users and items with their
        features, and the interactions that the method was fitted on."""


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


class PairMetric(Metric):
    """A quantity of the scores of pairs, each beside what is known of the pair.

    Laws: finite, also where all targets are alike; the order of pairs and the numbers of users don't matter;
    scores that say the target are the best; where an order is all that counts, scores that rise alike give
    the same; the influences sum to 0 and say what one more user like this one would do to the value; it gives
    what `worked` says, to 1e-9.

    Stability: stable for callers and implementers.
    """

    meaning: ClassVar[Meaning] = "order"
    """What scores have to be for it. `order` and `probability` judge clicks, `value` judges weights."""
    worked: ClassVar[tuple[WorkedPairs, ...]] = ()
    """Cases worked by hand, for the default options; the contract kit and the docs show them."""

    @abstractmethod
    def over(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
        """score: float64 `[n]`, for `probability` in [0, 1]. target: float64 `[n]`: 1 for a click and 0 for
        none; for `value` the weight. user: int64 `[n]`, whose pair it is: 0 to users - 1, each at least once.
        n is at least 1."""

    @abstractmethod
    def influence(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
        """float64 `[n]`: for each pair, how fast the value changes as pairs like it are added (Hampel 1974);
        the sum is 0, as for a mean it is `value - mean`. Only sums over the pairs of a user are looked at:
        paired tests and intervals are made of them."""
