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

from recbox.kernel.rounding import TINY, rounded
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
    scores = cache(lambda: _scores(person, asked, catalogue))
    if look is None or person.vector is None:
        return lambda k: top(scores(), k)
    search = Search(catalogue, person.vector, look, Wish(catalogue, asked, person.seen))

    def first(k: int) -> List:
        found = search.best(k)
        return search.best_of(scores().numpy(), k) if found is None else found

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
        self.glance = glance
        # What float32 loses in the sum with boosts, of each of two items, and what lies between equal ones.
        lost = (len(wish.boosts) + 2) * 2.0**-23 * (glance.size + wish.weight)
        self.coarse, self.error = glance.coarse + lost + 2.0**-140, glance.error + lost + 2.0**-140
        self.single = rounded(len(vector) + 8) * glance.size + lost + TINY * len(vector) * (glance.size + 4)
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
            return self._list(items[rough >= self._least(items, rough, k) - self.error], k)
        # What isn't shown is often what would stand first.
        likely = int((k + 8 + min(self.wish.hidden, 4 * k)) / max(self.wish.share, 1e-9))
        rank = min(likely, len(self.maxima) // MOST)
        bar = self._bar(rank)
        while bar is not None:
            blocks = (self.maxima >= bar).nonzero().squeeze(1)
            if MOST * len(blocks) > len(self.maxima):
                rank *= 4
                bar = self._bar(rank)
                continue
            items, rough = self._rough(self.table.items(blocks))
            least = self._least(items, rough, k)
            # No product outside reaches the bar: with all that it may gain, none comes to the k-th score.
            needed = (least - self.coarse - self.wish.lift) / self.glance.unit
            if needed >= bar:
                return self._list(items[rough >= least - self.error], k)
            rank *= 4
            bar = self._bar(rank) if needed == -np.inf else int(max(np.floor(needed), LOWEST))
        return None

    @torch.inference_mode()
    def best_of(self, scores: np.ndarray, k: int) -> List:
        """The same of all scores in float32, -inf of items that may not stand in the list."""
        there = np.flatnonzero(scores > -np.inf)
        last = -np.inf if len(there) < k else np.partition(scores, len(scores) - k)[len(scores) - k]
        near = there[scores[there] >= float(last) - 2 * self.single]
        return self._list(near[np.isin(near, self.extra, invert=True)], k)

    def _bar(self, rank: int) -> int | None:
        """What so many blocks reach; None where they are too many."""
        if not 0 < MOST * rank <= len(self.maxima):
            return None
        return int(self.maxima.topk(rank, sorted=False).values.min())

    def _rough(self, items: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Of the items in the table that may stand in the list, what their bytes say, with boosts: float64,
        within `error` of the score."""
        kept = self.wish.allowed(items.numpy())
        kept = kept[kept < self.table.count]
        if len(self.wish.named):
            kept = kept[~np.isin(kept, self.extra)]
        rough = self.table.products(torch.from_numpy(kept), self.glance).numpy()
        return kept, self.wish.raised(kept, rough)

    def _least(self, items: np.ndarray, rough: np.ndarray, k: int) -> float:
        """The k-th score is no less; -inf where there are fewer. It is made of k exact ones."""
        if len(items) + len(self.extra) < k:
            return -np.inf
        kept = np.argpartition(-rough, k)[:k] if k < len(rough) else np.arange(len(rough))
        found = np.concatenate([self._exact(items[kept]), self.extra_score])
        return float(np.partition(found, len(found) - k)[len(found) - k])

    def _list(self, near: np.ndarray, k: int) -> List:
        items = np.concatenate([near, self.extra])
        score = np.concatenate([self._exact(near), self.extra_score])
        order = np.lexsort((items, -score))[:k]
        return score[order], items[order]

    def _exact(self, items: np.ndarray) -> np.ndarray:
        """float32, with boosts."""
        return self.wish.raised(items, self.catalogue.scores(self.vector, items))
