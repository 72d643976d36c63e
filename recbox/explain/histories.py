"""Methods that score a history: each item's part of a score that is linear in it, or what is lost without it.

Whether a score is linear is found out, and not asked: with s(H) the scores of a history for all items, it is
where `s(H) - s(∅) = λ Σ_j (s({j}) - s(∅))`, with one λ for all items. λ is what a method divides by that
looks at the user as a whole, such as the length of the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from recbox.errors import UnsupportedError
from recbox.explain.found import Found
from recbox.explain.subject import Records, Subject, having
from recbox.plugin import NewUsers

Places = Callable[[int], np.ndarray]
"""Of the nth user, int64: where in a history stands what that user has."""
BYTES = 64 << 20
"""Scores in memory at once."""
ROUNDING = 1e-5
"""Of the size of the terms, how far a sum may be from what it is the sum of."""


def by_history(records: Records, subject: Subject) -> Found:
    """An `UnsupportedError` where the method knows a user by an id alone."""
    had = subject.history
    whole, none, singles, total, size = _terms(records, subject)
    score = _score(records, subject, whole)
    factor = _factor(whole - none, total, size + np.abs(none))
    start = {"without any item": float(none[subject.item])} if none[subject.item] else {}

    def without(lists: Sequence[np.ndarray]) -> np.ndarray:
        return _scores(records, had, len(lists), lambda n: np.flatnonzero(~np.isin(had.item, lists[n])))

    if factor is not None:
        return Found("exact", score, had.item, factor * singles, start, without)
    places = np.arange(len(had.item))
    lost = np.zeros(len(places))
    for some, rows in _many(records, had, len(places), lambda n: np.delete(places, n)):
        lost[some] = float(whole[subject.item]) - rows[:, subject.item].astype(np.float64)
    return Found("leave-one-out", score, had.item, lost, start, without)


def _score(records: Records, subject: Subject, whole: np.ndarray) -> float:
    """Of a user who was there and took nothing since, what the method always gave."""
    if subject.since:
        return float(whole[subject.item])
    return float(records.scorer.score(np.array([subject.user]), np.array([subject.item]))[0])


def _terms(
    records: Records, subject: Subject
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """float64 `[items]` each but the third: scores of the whole history, and of none; `[n]`, what each item
    alone adds to the target's score; the sum of what all of them add to every item's, and that of its
    sizes."""
    count = len(subject.history.item)
    whole_and_none = np.arange(count), np.arange(0)
    single, total, size = np.zeros(count), np.zeros(len(records.ids)), np.zeros(len(records.ids))
    for some, given in _many(
        records, subject.history, count + 2, lambda n: whole_and_none[n] if n < 2 else np.array([n - 2])
    ):
        rows = given.astype(np.float64)
        if some.start == 0:
            (whole, none), rows = rows[:2], rows[2:]
        more = rows - none
        first = max(some.start, 2) - 2
        single[first : first + len(more)] = more[:, subject.item]
        total, size = total + more.sum(0), size + np.abs(more).sum(0)
    return whole, none, single, total, size


def _factor(found: np.ndarray, total: np.ndarray, size: np.ndarray) -> float | None:
    """λ; None where there is no such number. Items that are never recommended say nothing."""
    there = np.isfinite(found) & np.isfinite(total)
    found, total, size = found[there], total[there], size[there]
    square = float(total @ total)
    factor = float(found @ total) / square if square else 1.0
    far = np.abs(found - factor * total) > ROUNDING * max(1.0, abs(factor)) * size
    return None if far.any() else factor


def _scores(records: Records, had: NewUsers, count: int, places: Places) -> np.ndarray:
    """float64 `[count, items]`: all scores of users who have what is at their places of the history alone."""
    return np.concatenate([rows.astype(np.float64) for _, rows in _many(records, had, count, places)])


def _many(records: Records, had: NewUsers, count: int, places: Places) -> Iterator[tuple[slice, np.ndarray]]:
    """The same, some users at a time: the places of all at once would be as many as the history is long,
    squared."""
    step = max(2, BYTES // (4 * len(records.ids)))
    for start in range(0, count, step):
        some = slice(start, min(start + step, count))
        users = having(had, [places(n) for n in range(some.start, some.stop)])
        try:
            scorer = records.scorer.new_users(users)
        except UnsupportedError as error:
            raise _by_id(error) from error
        yield some, scorer.block(np.arange(len(users))).detach().float().cpu().numpy()


def _by_id(error: UnsupportedError) -> UnsupportedError:
    return UnsupportedError(
        "the method can't say which interactions carried a score",
        why=f"{error.what}: {error.why}" if error.why else error.what,
        instead="a method that scores histories or passes messages over them, such as ease, item-knn or "
        "lightgcn; `recbox similar` says which items are like one",
    )
