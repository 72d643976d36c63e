"""What a request says of single items: whether they may stand in its list, and what boosts add to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from recbox.serve.catalogue import Catalogue
from recbox.serve.ranking import those

if TYPE_CHECKING:
    from recbox.serve.asked import Boost, Recommend

SELDOM = 16
"""Where a condition is true of one item in so many, these are looked at and no others."""


class Wish:
    """What `narrowed` and `boosted` do to the scores of all items, for some of them. listed: int64, the only
    items that may stand in the list, where they are few. share: of all items, those that a condition leaves.
    hidden: how many are left out one by one. named: items that boosts name. lift: what boosts of
    conditions add at most. weight: of all boosts."""

    def __init__(self, catalogue: Catalogue, asked: Recommend, seen: np.ndarray) -> None:
        self._closed = catalogue.closed.numpy() if catalogue.any_closed else None
        self._fits = catalogue.fitting(asked.where).numpy() if asked.where else None
        out = those(catalogue, asked.exclude, "exclude").numpy()
        self.hidden = len(out) + (0 if asked.seen else len(seen))
        self._hidden = np.zeros(len(catalogue), bool)
        self._hidden[out if asked.seen else np.concatenate([out, seen])] = True
        self.boosts = [_Boosted(catalogue, boost) for boost in asked.boost]
        self.named = np.concatenate([np.zeros(0, np.int64), *(boost.items for boost in self.boosts)])
        self.lift = sum(max(0.0, boost.by) for boost in self.boosts if boost.mask is not None)
        self.weight = sum(abs(boost.by) for boost in self.boosts)
        self.listed, self.share = None, 1.0
        if asked.only is not None:
            self.listed = np.unique(those(catalogue, asked.only, "only", every=True).numpy())
        elif asked.where:
            self.share, self.listed = catalogue.seldom(asked.where, SELDOM)

    def allowed(self, items: np.ndarray) -> np.ndarray:
        """Those that may stand in the list."""
        kept = ~self._hidden[items]
        if self._closed is not None:
            kept &= ~self._closed[items]
        if self._fits is not None:
            kept &= self._fits[items]
        return items[kept]

    def raised(self, items: np.ndarray, score: np.ndarray) -> np.ndarray:
        """Scores with boosts, one after the other, in the scores' own precision."""
        for boost in self.boosts:
            score = np.where(boost.of(items), score + score.dtype.type(boost.by), score)
        return score


class _Boosted:
    """A boost's items: a mask of all, or their inner ids."""

    def __init__(self, catalogue: Catalogue, boost: Boost) -> None:
        self.by = boost.by
        self.mask = None if boost.where is None else catalogue.fitting(boost.where).numpy()
        named: torch.Tensor = those(catalogue, boost.items or [], "boost.items")
        self.items = named.numpy()

    def of(self, items: np.ndarray) -> np.ndarray:
        """bool: whether it is meant for them."""
        return np.isin(items, self.items) if self.mask is None else self.mask[items]
