"""What a ranking is worth: metrics of all users together, of each, and of cold and warm items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from recbox.errors import DataError, OptionError, nearest
from recbox.evaluate.grouping import by_group
from recbox.evaluate.guard import check_value, check_values
from recbox.evaluate.ranking import Ranking, rank
from recbox.plugin import CatalogueMetric, ListMetric, Meaning, PairMetric, UserMetric
from recbox.recipe.fault import fault

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.evaluate.truth import Truth
    from recbox.plugin import Scorer
    from recbox.recipe.recipe import Part

Scores = Mapping[Meaning, np.ndarray]
"""float64 `[n]` of each meaning that the scores of pairs have."""


@dataclass(frozen=True)
class Candidates:
    """The figures over one set of candidates: how many items are in it, how many users have one to find."""

    items: int
    users: int
    values: dict[str, float]

    def document(self, part: str) -> dict[str, Any]:
        """As `metrics.json` has it."""
        return {"items": self.items, "users": self.users, part: self.values}


@dataclass(frozen=True, eq=False)
class Ranked:
    """The lists that were judged. hits: bool, of the shape of their items: which were held out."""

    ranking: Ranking
    hits: np.ndarray


@dataclass(frozen=True, eq=False)
class Judgement:
    """values: `{"recall@20": 0.18, ...}`, metric by metric, each k in order. per_user: float64 `[n]` for
    every metric that has a value for each user. users: int64 `[n]`, inner ids. left_out: users with nothing
    to find. segment: user metrics where only `cold` items (without a training interaction) or only `warm`
    ones count as relevant, over the same ranking; a segment that nobody has is left out; where some users are
    cold, the metrics of these (`cold-user`) and of the others (`warm-user`); also the metrics of users in
    each group that is told apart, and `gap of COLUMN`. seconds: what the ranking took. groups: how many
    judged users each group has. candidate: the values over `all` and over `cold` candidates, where both were
    asked for and somebody is to find a cold one; without the latter where all of them tie. kept: the lists,
    or the scores of pairs, where they were to be kept."""

    values: dict[str, float]
    per_user: dict[str, np.ndarray]
    users: np.ndarray
    left_out: int
    segment: dict[str, dict[str, float]]
    seconds: float
    groups: dict[str, int] = field(default_factory=dict)
    candidate: dict[str, Candidates] = field(default_factory=dict)
    kept: Ranked | Scores | None = None

    @property
    def users_per_s(self) -> float:
        return len(self.users) / max(self.seconds, 1e-9)


def judge(
    scorer: Scorer,
    truth: Truth,
    metric: Sequence[Part],
    ks: Sequence[int],
    context: Context,
    *,
    title: str = "",
    keep: bool = False,
) -> Judgement:
    """Rank all unseen items for every user who has something to find, and measure the lists.

    A `DataError` where nobody has anything to find, or where a score is not a number.
    """
    if not len(truth.users):
        raise DataError(
            "there is nothing to judge by: no user has a held-out item",
            where=title,
            why="the held-out part is empty, or all of it was seen in training",
            instead="hold out more with data.split",
        )
    return measure(rank(scorer, truth, max(ks), context, title=title), truth, metric, ks, keep=keep)


def measure(
    ranking: Ranking, truth: Truth, metric: Sequence[Part], ks: Sequence[int], *, keep: bool = False
) -> Judgement:
    """The metrics of a ranking that is at least `max(ks)` wide. keep: in what is found are the lists too."""
    hits = truth.relevant.contain(ranking.users, ranking.items, truth.items)
    per_user = _per_user(hits, truth.relevant.counts[ranking.users], metric, ks)
    per_user |= _per_list(ranking, truth, metric, ks)
    values: dict[str, float] = {}
    for part in metric:
        for k in ks:
            name = f"{part.label}@{k}"
            if name in per_user:
                values[name] = float(per_user[name].mean())
            elif isinstance(part.options, CatalogueMetric):
                shown = _exposure(ranking, k, truth.items), truth.popularity
                if truth.closed is not None:  # a catalogue is what may be shown
                    shown = shown[0][~truth.closed], shown[1][~truth.closed]
                values[name] = check_value(part, part.options.catalogue(*shown))
            else:
                raise fault(part, "derives from none of UserMetric, ListMetric and CatalogueMetric")
    grouped, counts = by_group(truth.gap, per_user, ranking.users)
    lists = Ranked(ranking, hits)
    segments = _segments(lists, truth, metric, ks) | _of_users(per_user, ranking, truth) | grouped
    users, kept = ranking.users, lists if keep else None
    return Judgement(values, per_user, users, truth.left_out, segments, ranking.seconds, counts, kept=kept)


def over_items(
    member: np.ndarray, lists: Ranked, truth: Truth, metric: Sequence[Part], ks: Sequence[int]
) -> tuple[int, dict[str, float]]:
    """How many users have one of these items (bool `[items]`) to find, and the metrics of users over these
    where such items alone are relevant, by the same lists; none where nobody has one."""
    users, items = lists.ranking.users, lists.ranking.items
    relevant = truth.relevant.where(member).counts[users]
    some = relevant > 0
    if not some.any():
        return 0, {}
    inside = lists.hits[some] & member[items[some]]
    values = _per_user(inside, relevant[some], metric, ks)
    return int(some.sum()), {key: float(value.mean()) for key, value in values.items()}


def lower_is_better(select: str, metric: Sequence[Part]) -> bool:
    """Whether a smaller value of `select`, such as `ndcg@20`, is the better one."""
    label = select.partition("@")[0]
    return any(part.label == label and part.options.lower_is_better for part in metric)


def check_select(select: str, metric: Sequence[Part], ks: Sequence[int]) -> None:
    """An `OptionError` if the value that is to decide would not be measured."""
    ranked = [f"{part.label}@{k}" for part in metric if not isinstance(part.options, PairMetric) for k in ks]
    names = [*ranked, *(part.label for part in metric if isinstance(part.options, PairMetric))]
    if select not in names:
        raise OptionError(f"evaluate.select: {select!r} is not measured", instead=nearest(select, names))


def _per_user(
    hits: np.ndarray, relevant: np.ndarray, metric: Sequence[Part], ks: Sequence[int]
) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for part in metric:
        if isinstance(part.options, UserMetric):
            for k in ks:
                value = part.options.per_user(hits[:, :k], relevant)
                found[f"{part.label}@{k}"] = check_values(part, value, len(hits))
    return found


def _per_list(
    ranking: Ranking, truth: Truth, metric: Sequence[Part], ks: Sequence[int]
) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for part in metric:
        if isinstance(part.options, ListMetric):
            for k in ks:
                value = part.options.per_list(ranking.items[:, :k], ranking.users, truth.train)
                found[f"{part.label}@{k}"] = check_values(part, value, len(ranking.users))
    return found


def _exposure(ranking: Ranking, k: int, items: int) -> np.ndarray:
    """int64 `[items]`: in how many users' top-k each item stands."""
    shown = ranking.items[:, :k]
    return np.bincount(shown[shown >= 0], minlength=items)


def _segments(
    lists: Ranked, truth: Truth, metric: Sequence[Part], ks: Sequence[int]
) -> dict[str, dict[str, float]]:
    sorts = {"cold": truth.popularity == 0, "warm": truth.popularity > 0}
    found = {name: over_items(member, lists, truth, metric, ks) for name, member in sorts.items()}
    return {name: values for name, (users, values) in found.items() if users}


def _of_users(per_user: dict[str, np.ndarray], ranking: Ranking, truth: Truth) -> dict[str, dict[str, float]]:
    """Users without an interaction in training and those with one; nothing where all are known."""
    known = truth.known_users[ranking.users]
    if known.all():
        return {}
    sorts = {"cold-user": ~known, "warm-user": known}
    return {
        name: {metric: float(values[some].mean()) for metric, values in per_user.items()}
        for name, some in sorts.items()
        if some.any()
    }
