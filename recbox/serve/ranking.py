"""Scores to a list: what may not stand in it, what counts more, how many of a kind, how diverse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from recbox.errors import OptionError
from recbox.kernel import top_k
from recbox.recommend.likeness import POOL, spread
from recbox.recommend.lookup import find_users
from recbox.serve.asked import Boost, Cap, Narrowing
from recbox.serve.catalogue import Catalogue

if TYPE_CHECKING:
    from recbox.serve.asked import Recommend

List = tuple[np.ndarray, np.ndarray]
"""Scores and inner ids of items, best first."""


def narrowed(scores: torch.Tensor, asked: Narrowing, catalogue: Catalogue) -> None:
    """Scores of items that may not stand in a list become -inf, in place."""
    if catalogue.any_closed:
        scores.masked_fill_(catalogue.closed, -torch.inf)
    if asked.where:
        scores.masked_fill_(~catalogue.fitting(asked.where), -torch.inf)
    if asked.only is not None:
        kept = those(catalogue, asked.only, "only", every=True)
        own = scores[kept]
        scores.fill_(-torch.inf)
        scores[kept] = own
    if asked.exclude:
        scores[those(catalogue, asked.exclude, "exclude")] = -torch.inf


def boosted(scores: torch.Tensor, boosts: Sequence[Boost], catalogue: Catalogue) -> None:
    """Each adds to the scores of its items, in place."""
    for boost in boosts:
        if boost.where is not None:
            scores[catalogue.fitting(boost.where)] += boost.by
        else:
            scores[those(catalogue, boost.items or [], "boost.items")] += boost.by


def best(
    first: Callable[[int], List], asked: Recommend, catalogue: Catalogue, alike: Callable[[], torch.Tensor]
) -> List:
    """The list, of at most `k`. first: so many of the best. alike: vectors of items for `diversity`."""
    k, n = asked.k, len(catalogue)
    if asked.diversity:
        pool = first(min(POOL * k, n))
        length = len(pool[0]) if asked.cap else k
        score, item = spread(pool[0][None], pool[1][None], alike(), length, asked.diversity)
        there = score[0] > -np.inf
        return _capped(iter([(score[0][there], item[0][there])]), asked.cap, k, catalogue)
    if not asked.cap:
        return first(min(k, n))
    return _capped(_growing(first, k, n), asked.cap, k, catalogue)


def top(scores: torch.Tensor, k: int) -> List:
    """The best k that may stand in a list."""
    if not k:
        return np.zeros(0, np.float32), np.zeros(0, np.int64)
    value, index = top_k(scores[None], k)
    there = int((value[0] > -torch.inf).sum())
    return value[0, :there].numpy(), index[0, :there].numpy()


def _growing(first: Callable[[int], List], k: int, n: int) -> Iterator[List]:
    """The best of all items, more of them each time, until there are no more."""
    count = min(n, 4 * k)
    while True:
        found = first(count)
        yield found
        if len(found[0]) < count or count == n:
            return
        count = min(n, 8 * count)


def _capped(candidates: Iterator[List], caps: Sequence[Cap], k: int, catalogue: Catalogue) -> List:
    """The first k that the caps let through, one place after the other."""
    score, item = next(candidates)
    while True:
        kept = _passing(item, caps, k, catalogue)
        more = next(candidates, None) if len(kept) < k else None
        if more is None:
            return score[kept], item[kept]
        score, item = more


def _passing(item: np.ndarray, caps: Sequence[Cap], k: int, catalogue: Catalogue) -> list[int]:
    values = [_values(catalogue, cap.column, item) for cap in caps]
    taken: list[Counter[Any]] = [Counter() for _ in caps]
    kept: list[int] = []
    for place in range(len(item)):
        own = [values[c][place] for c in range(len(caps))]
        if all(taken[c][value] < cap.most for c, cap in enumerate(caps) for value in own[c]):
            kept.append(place)
            for c, each in enumerate(own):
                taken[c].update(each)
        if len(kept) == k:
            break
    return kept


def _values(catalogue: Catalogue, column: str, item: np.ndarray) -> list[list[Any]]:
    """Of each item the values of a column: none where it is missing, of a list each."""
    if column not in catalogue.table.columns:
        names = ", ".join(catalogue.table.columns[:20]) or "none"
        raise OptionError(
            f"items have no column {column!r}"[:300], where="body.cap", why=f"they have {names}"
        )
    found = catalogue.table[column].gather(item).to_list()
    return [[] if v is None else list(dict.fromkeys(v)) if isinstance(v, list) else [v] for v in found]


def those(catalogue: Catalogue, ids: Sequence[int | str], where: str, every: bool = False) -> torch.Tensor:
    """int64: inner ids of these items. every: an `OptionError` for one that isn't there."""
    place = [catalogue.find(str(id)) for id in ids]
    if every and -1 in place:
        try:
            find_users(catalogue.ids, [id for id, at in zip(ids, place) if at < 0], "item")
        except OptionError as error:
            raise OptionError(
                error.what, where=f"body.{where}", why=error.why, instead=error.instead
            ) from None
        raise OptionError("an item is not known", where=f"body.{where}")
    return torch.tensor([at for at in place if at >= 0], dtype=torch.int64)
