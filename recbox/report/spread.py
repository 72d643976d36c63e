"""How lists spread over the catalogue, and whether they favour what is popular more than users do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recbox.evaluate import Ranked, Truth

POINTS = 60
HEAD = 0.1
"""The share of the catalogue that is called popular."""
RECOMMENDED = "recommended"


@dataclass(frozen=True)
class Spread:
    """k: length of the lists. items: how many may be in them; shown: how many are in one. popularity: the
    mean number of training users of an item, by whose; head: which share the most popular tenth has. lines:
    the same for every share of the catalogue, the most popular first, both in percent."""

    k: int
    items: int
    shown: int
    popularity: Mapping[str, float]
    head: Mapping[str, float]
    lines: Mapping[str, Sequence[tuple[float, float]]]

    def document(self) -> dict[str, float]:
        """Of what is recommended, as plain data: `k`, `shown`, `mean` and `head`."""
        mean, head = self.popularity[RECOMMENDED], self.head[RECOMMENDED]
        return {"k": self.k, "shown": self.shown, "mean": round(mean, 3), "head": round(head, 5)}


def spread(lists: Ranked, truth: Truth, k: int) -> Spread | None:
    """Of lists cut at k; None where nobody has anything in training, or in a list."""
    popularity, items = truth.popularity, truth.items
    shown = lists.ranking.items[:, :k]
    counts = {
        RECOMMENDED: np.bincount(shown[shown >= 0], minlength=items),
        "taken in test": np.bincount(truth.relevant.items, minlength=items),
        "taken in training": popularity,
    }
    if not all(count.any() for count in counts.values()):
        return None
    order = np.argsort(-popularity, kind="stable")
    share = {name: np.cumsum(count[order]) / count.sum() for name, count in counts.items()}
    places = np.unique(np.rint(np.linspace(0, 1, POINTS) ** 2 * items).astype(np.int64))  # dense at the head
    head = max(1, round(HEAD * items))
    return Spread(
        k,
        items,
        int((counts[RECOMMENDED] > 0).sum()),
        {name: float(count @ popularity / count.sum()) for name, count in counts.items()},
        {name: float(part[head - 1]) for name, part in share.items()},
        {
            name: [(100.0 * n / items, 100.0 * part[n - 1] if n else 0.0) for n in places.tolist()]
            for name, part in share.items()
        },
    )
