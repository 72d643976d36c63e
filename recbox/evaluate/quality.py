"""Where a method does well: its values among users of little and much history, and over rare and popular
items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recbox.evaluate.holding import Held
from recbox.evaluate.judgement import Judgement, Ranked, over_items
from recbox.evaluate.pairs import Pairs
from recbox.evaluate.pointwise import over_pairs
from recbox.evaluate.tercile import members, terciles

if TYPE_CHECKING:
    from recbox.recipe.recipe import Part

NAMES = ("low", "middle", "high")


@dataclass(frozen=True)
class Third:
    """A third, about, of the judged users or of what is to be found; who counts alike stays together.

    low, high: how many training interactions these users have, or training users these items. size: how many
    users, or items, it is. judged: users whose values these are; of pairs: how many pairs.
    """

    low: int
    high: int
    size: int
    judged: int
    values: dict[str, float]


def by_activity(found: Judgement, held: Held, counts: np.ndarray, metric: Sequence[Part]) -> list[Third]:
    """The judged users by their training interactions (int64 `[users]`)."""
    own = counts[found.users]
    thirds = []
    for low, high, member in _thirds(own, own):
        if isinstance(held, Pairs):
            rows = member[held.row]
            judged, values = int(rows.sum()), _over_pairs(rows, found, held, metric)
        else:
            judged, values = (
                int(member.sum()),
                {n: float(v[member].mean()) for n, v in found.per_user.items()},
            )
        thirds.append(Third(low, high, int(member.sum()), judged, values))
    return thirds


def by_popularity(found: Judgement, held: Held, metric: Sequence[Part], ks: Sequence[int]) -> list[Third]:
    """The items by how many have them in training, so that each third is a third of what is to be found. Of
    lists: the values where these items alone are relevant."""
    sought = held.item if isinstance(held, Pairs) else held.relevant.items
    thirds = []
    for low, high, member in _thirds(held.popularity[sought], held.popularity):
        if isinstance(held, Pairs):
            rows = member[held.item]
            judged, values = int(rows.sum()), _over_pairs(rows, found, held, metric)
        else:
            assert isinstance(found.kept, Ranked)  # noqa: S101
            judged, values = over_items(member, found.kept, held, metric, ks)
        thirds.append(Third(low, high, int(member.sum()), judged, values))
    return thirds


def _thirds(values: np.ndarray, every: np.ndarray) -> Iterator[tuple[int, int, np.ndarray]]:
    """The least and most that each third of `values` counts, and which of `every` are in it."""
    if not len(values):
        return
    first, second, _ = terciles(values)
    ends, low = dict(zip(NAMES, (first, second, int(every.max())))), 0
    for name, member in members(every, (first, second), NAMES):
        yield low, ends[name], member
        low = ends[name] + 1


def _over_pairs(rows: np.ndarray, found: Judgement, held: Pairs, metric: Sequence[Part]) -> dict[str, float]:
    assert found.kept is not None and not isinstance(found.kept, Ranked)  # noqa: S101
    return over_pairs(rows, found.kept, held, metric)
