"""Rows of scores to the pairs that are judged: ids matched, every odd row counted, what is missing told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recbox.errors import DataError
from recbox.evaluate import Pairs
from recbox.outside.advice import fits_nothing
from recbox.outside.form import Listing
from recbox.outside.matching import Strangers, inner_ids
from recbox.outside.oddities import agreeing, counted, such
from recbox.outside.reading import Doubtful, ways

if TYPE_CHECKING:
    import polars as pl

    from recbox.data import Dataset


@dataclass(frozen=True)
class PairOddities:
    """`rows = unknown_user + unknown_item + not_judged + doubled + scored`, counts of rows.

    not_judged: of pairs that aren't among those judged. doubled: of a pair that stands again; the first score
    is kept. pairs: how many are judged; missing: those of them without a row, which are left out of the
    figures, so that these can be compared with nothing.
    """

    rows: int
    unknown_user: int
    unknown_item: int
    not_judged: int
    doubled: int
    scored: int
    pairs: int
    unknown_users: int
    unknown_items: int
    user_examples: tuple[str, ...]
    item_examples: tuple[str, ...]

    @property
    def missing(self) -> int:
        return self.pairs - self.scored

    def document(self) -> dict[str, Any]:
        """As plain data."""
        examples = {"user_examples": list(self.user_examples), "item_examples": list(self.item_examples)}
        return asdict(self) | {"missing": self.missing} | examples

    def lines(self) -> list[str]:
        """Each oddity that there is, in a few words; empty where all is as it should be."""
        return list(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.missing:
            of = counted(self.pairs, "judged pair")
            tail = "the figures are over the others, and can be compared with nothing"
            yield f"{self.missing:,} of {of} {agreeing(self.missing, 'has', 'have')} no score: {tail}"
        if self.unknown_user:
            who = counted(self.unknown_users, "unknown user") + such(self.user_examples)
            yield f"{counted(self.unknown_user, 'row')} of {who}: left out"
        if self.unknown_item:
            what = counted(self.unknown_items, "unknown item") + such(self.item_examples)
            yield f"{counted(self.unknown_item, 'row')} of {what}: left out"
        if self.doubled:
            repeat = agreeing(self.doubled, "repeats", "repeat")
            yield f"{counted(self.doubled, 'row')} {repeat} a user and item: the first score is kept"
        if self.not_judged:
            yield f"{counted(self.not_judged, 'row')} of pairs that aren't judged: not needed"


@dataclass(frozen=True, eq=False)
class Pointed:
    """scores: float64 `[n]`, of each judged pair; nan where there is none."""

    scores: np.ndarray
    oddities: PairOddities


def point(given: Listing, dataset: Dataset, pairs: Pairs) -> Pointed:
    """Read scores and put them to the pairs.

    A `DataError` for ranks, for rows that are none, for a file without rows, and where nothing fits.
    """
    if given.ranked:
        raise DataError(
            "pairs are judged by scores, and this file has ranks",
            where=given.where,
            instead="a column `score`",
        )
    *quick, sure = ways(given)
    for way in quick:
        try:
            return _Pointer(given, dataset, pairs).take(way())
        except Doubtful:
            continue
    return _Pointer(given, dataset, pairs).take(sure())


class _Pointer:
    """Counts of what has been read, and the scores that were found."""

    def __init__(self, given: Listing, dataset: Dataset, pairs: Pairs) -> None:
        self.given, self.dataset = given, dataset
        self.user, self.item = Strangers(), Strangers()
        self.rows = self.not_judged = self.doubled = 0
        self.keys = pairs.user * len(dataset.item) + pairs.item
        self.scores = np.full(len(pairs), np.nan)
        self.first: pl.DataFrame | None = None

    def take(self, blocks: Iterator[pl.DataFrame]) -> Pointed:
        for block in blocks:
            self.first = block if self.first is None else self.first
            self._add(block)
        self._check()
        found = PairOddities(
            self.rows,
            self.user.rows,
            self.item.rows,
            self.not_judged,
            self.doubled,
            int(np.isfinite(self.scores).sum()),
            len(self.scores),
            self.user.different,
            self.item.different,
            self.user.examples,
            self.item.examples,
        )
        return Pointed(self.scores, found)

    def _add(self, block: pl.DataFrame) -> None:
        self.rows += block.height
        user = inner_ids(block["user"], self.dataset.user.ids)
        self.user.add(block["user"].filter(user < 0))
        item = inner_ids(block["item"], self.dataset.item.ids)
        self.item.add(block["item"].filter((user >= 0) & (item < 0)))
        known = np.flatnonzero((user >= 0) & (item >= 0))
        key = user[known] * len(self.dataset.item) + item[known]
        place = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        asked = self.keys[place] == key
        self.not_judged += len(known) - int(asked.sum())
        place, score = place[asked], block["score"].to_numpy()[known[asked]]
        once, first = np.unique(place, return_index=True)
        new = np.isnan(self.scores[once])
        self.scores[once[new]] = score[first[new]]
        self.doubled += len(place) - int(new.sum())

    def _check(self) -> None:
        if not self.rows:
            raise DataError("the file has no rows", where=self.given.where)
        known = self.rows - self.user.rows
        if self.first is not None and (not known or known == self.item.rows):
            raise fits_nothing(self.given.where, self.first, self.dataset, "item" if known else "user")
        if np.isnan(self.scores).all():
            raise DataError(
                "none of the judged pairs has a score",
                where=self.given.where,
                why=f"{len(self.scores):,} pairs are judged, and {self.rows:,} rows are of others",
                instead="`recbox data export` writes the pairs that are to be scored",
            )
