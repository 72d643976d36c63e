"""What single pairs are judged by: those held out, with their weights or as clicks, and drawn negatives."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from recbox.evaluate.drawing import among, distinct, drawn
from recbox.evaluate.grouping import Groups

if TYPE_CHECKING:
    from recbox.data import Dataset
    from recbox.recipe.blocks import Evaluate


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of a user and an item, by user and then item, each once; arrays of one length.

    user, item: int64 inner ids. weight: float64, as the data has it, 0 for a drawn negative. click: bool, or
    None where only weights are judged. popularity: int64 `[items]`, training interactions of each item.
    repeated: held-out pairs that were left out because the user had the item before. short: negatives that
    there were no items left for. said: how clicks and negatives were made. gap: groups of users.
    """

    user: np.ndarray
    item: np.ndarray
    weight: np.ndarray
    click: np.ndarray | None
    dataset: Dataset
    popularity: np.ndarray
    repeated: int = 0
    short: int = 0
    said: Mapping[str, Any] = field(default_factory=dict)
    gap: Mapping[str, Groups] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.user)

    @cached_property
    def users(self) -> np.ndarray:
        """int64: users with a pair, ascending."""
        return np.asarray(self.user[np.diff(self.user, prepend=-1) > 0])

    @property
    def left_out(self) -> int:
        """Users without one."""
        return len(self.dataset.user) - len(self.users)

    @cached_property
    def row(self) -> np.ndarray:
        """int64: where in `users` each pair's user stands."""
        return np.searchsorted(self.users, self.user)

    @property
    def one_sided(self) -> bool:
        """Whether there are only clicks, or none."""
        return self.click is not None and bool(self.click.all() or not self.click.any())

    def take(self, rows: np.ndarray) -> Pairs:
        """Those rows alone (bool `[n]`)."""
        click = None if self.click is None else self.click[rows]
        some = self.user[rows], self.item[rows], self.weight[rows]
        return Pairs(*some, click, self.dataset, self.popularity)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the pairs and what is known of them: the same for every method that is judged here."""
        digest = hashlib.sha256()
        target = self.weight if self.click is None else self.click
        for array, kind in ((self.user, "<i8"), (self.item, "<i8"), (target, "<f8"), (self.weight, "<f8")):
            digest.update(array.astype(kind).tobytes() + b"\x1e")
        return digest.hexdigest()

    def document(self) -> dict[str, Any]:
        """What `metrics.json` says of them."""
        clicks = {} if self.click is None else {"clicks": int(self.click.sum())}
        short = {"short": self.short} if self.short else {}
        return {"judged": len(self), **clicks, **self.said, **short, "repeated": self.repeated,
                "fingerprint": self.fingerprint}  # fmt: skip


def held_pairs(
    dataset: Dataset, held: np.ndarray, seen: np.ndarray, trained: np.ndarray, rules: Evaluate, key: int
) -> Pairs:
    """The pairs of these rows of the interactions, as `rules` say.

    seen: rows of parts before. trained: of train, by which `popular` draws. A pair that stands twice, by
    several behaviours, has its largest weight. key: of the part, so that two don't draw alike.
    """
    x, items = dataset.interaction, len(dataset.item)
    pair, weight = _single(_keys(dataset, held), x.weight[held].astype(np.float64))
    new = ~among(pair, np.sort(_keys(dataset, seen)))
    popularity = np.bincount(x.item[trained], minlength=items)
    user, item, weight = pair[new] // items, pair[new] % items, weight[new]
    made = Pairs(user, item, weight, None, dataset, popularity, int((~new).sum()))
    if rules.positive is not None:
        return replace(made, click=weight >= rules.positive, said={"positive": rules.positive})
    if rules.negative is None:
        return made
    return _with_negatives(made, distinct(_keys(dataset, np.arange(len(x)))), rules, key)


def _with_negatives(pairs: Pairs, known: np.ndarray, rules: Evaluate, key: int) -> Pairs:
    """With pairs drawn beside those held out. known: sorted keys of all that anybody has in any part."""
    items, how = len(pairs.dataset.item), rules.negative
    assert how is not None  # noqa: S101
    wanted = np.bincount(pairs.user, minlength=len(pairs.dataset.user)) * how.count
    chance = pairs.popularity if how.by == "popular" else np.ones(items)
    negative = drawn(wanted, known, chance, how.seed, key)
    both = np.concatenate([pairs.user * items + pairs.item, negative])
    order = np.argsort(both)
    click = np.repeat([True, False], [len(pairs), len(negative)])[order]
    weight = np.concatenate([pairs.weight, np.zeros(len(negative))])[order]
    said = {"negative": how.model_dump(mode="json") | {"drawn": len(negative)}}
    user, item = both[order] // items, both[order] % items
    short = int(wanted.sum()) - len(negative)
    return replace(pairs, user=user, item=item, weight=weight, click=click, short=short, said=said)


def _keys(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """int64: `user * items + item`."""
    x = dataset.interaction
    return x.user[rows].astype(np.int64) * len(dataset.item) + x.item[rows]


def _single(pair: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each pair once, ascending, with its largest weight: no matter of the order of rows."""
    order = np.lexsort((-weight, pair))
    pair, weight = pair[order], weight[order]
    first = np.diff(pair, prepend=-1) > 0
    return pair[first], weight[first]
