"""The best items among very many: those that a first look at bytes can't rule out are scored exactly.

A list and its scores are the same whichever way it was found: a score is the inner product as float64 has it,
rounded to float32, plus boosts in float32; equal ones go by inner id, ascending.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch

from recbox.serve.catalogue import Catalogue
from recbox.serve.ranking import List, boosted, narrowed, top
from recbox.serve.wish import Wish

if TYPE_CHECKING:
    from recbox.serve.asked import Recommend
    from recbox.serve.looking import Look
    from recbox.serve.person import Person

MOST = 4
"""Where more than one block in so many can't be ruled out, it is quicker to score all items."""

LOWEST = -(2**31) + 1
"""No product in int32 is less."""


def lister(
    person: Person, asked: Recommend, catalogue: Catalogue, look: Look | None
) -> Callable[[int], List]:
    """What gives so many of the best. look: None where all scores are to be made."""
    search = None
    if look is not None and person.vector is not None:
        search = Search(catalogue, person.vector, look, Wish(catalogue, asked, person.seen))
    scores = cache(lambda: _scores(person, asked, catalogue))

    def first(k: int) -> List:
        found = None if search is None or not k else search.best(k)
        return top(scores(), k) if found is None else found

    return first


@torch.inference_mode()
def _scores(person: Person, asked: Recommend, catalogue: Catalogue) -> torch.Tensor:
    """Of all items, -inf of those that may not stand in the list."""
    scores = person.scores(catalogue)
    boosted(scores, asked.boost, catalogue)
    narrowed(scores, asked, catalogue)
    if not asked.seen:
        scores.index_fill_(0, torch.from_numpy(person.seen), -torch.inf)
    return scores


class Search:
    """For a vector `[d]`, and what bytes say of it."""

    def __init__(self, catalogue: Catalogue, vector: torch.Tensor, look: Look, wish: Wish) -> None:
        self.catalogue, self.vector, self.wish = catalogue, vector, wish
        self.table, glance, self.maxima = look
        self.row, self.unit = glance.row, glance.unit
        # What float32 loses in the sum with boosts, of each of two items, and what lies between equal ones.
        lost = (len(wish.boosts) + 2) * 2.0**-23 * (glance.size + wish.weight)
        self.error = glance.error + lost + 2.0**-140
        fresh = np.arange(self.table.count, len(catalogue))
        named = fresh if not len(wish.named) else np.union1d(wish.named, fresh)
        self.extra = wish.allowed(named if wish.listed is None else named[np.isin(named, wish.listed)])
        """Scored in any case: new items, and those that boosts name."""
        self.extra_score = self._exact(self.extra)

    @torch.inference_mode()
    def best(self, k: int) -> List | None:
        """Scores and inner ids of the best k that may stand in the list; None where that takes all scores."""
        if self.wish.listed is not None:
            items, rough = self._rough(torch.from_numpy(self.wish.listed))
            return self._list(items, rough, k)
        rank = int((1.5 * k + 8) / max(self.wish.share, 1e-9))
        bar = self._bar(rank)
        while bar is not None:
            blocks = (self.maxima >= bar).nonzero().squeeze(1)
            if MOST * len(blocks) > len(self.maxima):
                return None
            items, rough = self._rough(self.table.items(blocks))
            # No product outside reaches the bar: with all that it may gain, none comes near the k-th.
            needed = (self._least(rough, k) - 2 * self.error - self.wish.lift) / self.unit
            if needed >= bar:
                return self._list(items, rough, k)
            rank *= 8
            bar = self._bar(rank) if needed == -np.inf else int(max(np.floor(needed), LOWEST))
        return None

    def _bar(self, rank: int) -> int | None:
        """What is likely to be low enough: as many blocks as `rank` are above it by twice the error."""
        if rank > len(self.maxima):
            return None
        last = int(self.maxima.topk(rank, sorted=False).values.min())
        return int(max(last - np.ceil(2 * self.error / self.unit), LOWEST))

    def _rough(self, items: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Of the items in the table that may stand in the list, what their bytes say, with boosts: float64,
        within `error` of the score."""
        kept = self.wish.allowed(items.numpy())
        kept = kept[kept < self.table.count]
        if len(self.wish.named):
            kept = kept[~np.isin(kept, self.extra)]
        whole = self.table.products(torch.from_numpy(kept), self.row).numpy()
        return kept, self.wish.raised(kept, whole * self.unit)

    def _least(self, rough: np.ndarray, k: int) -> float:
        """The k-th of what was found; -inf where there are fewer."""
        found = np.concatenate([rough, self.extra_score])
        return -np.inf if len(found) < k else float(np.partition(found, len(found) - k)[len(found) - k])

    def _list(self, items: np.ndarray, rough: np.ndarray, k: int) -> List:
        near = items[rough >= self._least(rough, k) - 2 * self.error]
        items = np.concatenate([near, self.extra])
        score = np.concatenate([self._exact(near), self.extra_score])
        order = np.lexsort((items, -score))[:k]
        return score[order], items[order]

    def _exact(self, items: np.ndarray) -> np.ndarray:
        """float32, with boosts."""
        return self.wish.raised(items, self.catalogue.scores(self.vector, items))
