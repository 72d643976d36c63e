"""Metrics of what is shown that are copies of built-ins with one thing broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from mutant_kit import Mutant

from recbox.data import Dataset
from recbox.metric.diversity import Diversity
from recbox.metric.lift import Lift
from recbox.plugin import ListMetric, WorkedExposure, WorkedList

PerList = Callable[[np.ndarray, np.ndarray, Dataset], Any]

diversity, lift = Diversity().per_list, Lift().per_list


def shown(per_list: PerList, worked: Any = ()) -> type[ListMetric]:
    class Broken(ListMetric):
        def per_list(self, items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
            with np.errstate(all="ignore"):
                return per_list(items, users, train)

    Broken.worked = worked
    return Broken


def popularity(train: Dataset) -> np.ndarray:
    return np.bincount(train.interaction.item, minlength=len(train.item)).astype(np.float64)


def own(users: np.ndarray, train: Dataset) -> np.ndarray:
    """float64 `[n]`: the mean popularity of each user's history, not a number where there is none."""
    x, total = train.interaction, len(train.user)
    summed = np.bincount(x.user, popularity(train)[x.item], total)
    return (summed / np.bincount(x.user, minlength=total))[users]


def unguarded(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    there = items >= 0
    return (popularity(train)[items] * there).sum(1) / there.sum(1) / own(users, train) - 1


def no_history(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """Guards empty lists, and not empty histories."""
    there = items >= 0
    return (popularity(train)[items] * there).sum(1) / np.maximum(there.sum(1), 1) / own(users, train) - 1


def unmasked(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """-1 is read as the last item, and counted."""
    return popularity(train)[items].mean(1)


def by_the_list(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """Over the width of the lists, not over what is in them."""
    return (popularity(train)[items] * (items >= 0)).sum(1) / items.shape[1]


def against_all(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """Popularity beside that of everybody's list."""
    there = items >= 0
    mean = (popularity(train)[items] * there).sum(1) / np.maximum(there.sum(1), 1)
    return mean - (mean.mean() if len(mean) else 0.0)


def rare(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """How rarely the others are shown the same."""
    exposure = np.bincount(items[items >= 0], minlength=len(train.item))
    return ((items >= 0) / np.maximum(exposure[items], 1)).sum(1)


def spread(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """The distance of two items is that of their ids."""
    there = items >= 0
    return np.where(there, items, 0).max(1) - np.where(there, items, len(train.item)).min(1) * 1.0


def first_interaction(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """Whether the list has the item that stands first in the data."""
    x = train.interaction
    return (items == (x.item[0] if len(x) else -2)).any(1) * 1.0


def row_of_a_user(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """Row i is taken for user i."""
    return lift(items, np.arange(len(items)), train)


def cut(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """Marks what is popular in the list itself."""
    popular = popularity(train)[items] > popularity(train).mean()
    items[popular] = -1
    return (items >= 0).sum(1) * 1.0


def bytes_of(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    return (items.view(np.int32)[:, : items.shape[1]] >= 0).sum(1) * 1.0


def flat(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """Through one dimension, in the order in which memory has it."""
    return lift(items.ravel(order="K").reshape(items.shape), users, train)


def one_by_one(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    return np.stack([lift(items[[n]], users[[n]], train)[0] for n in range(len(items))])


class Exposed(ListMetric):
    """Its case is one of the catalogue."""

    worked: ClassVar[tuple[Any, ...]] = (WorkedExposure((1,), (1,), value=1.0),)

    def per_list(self, items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
        return lift(items, users, train)


EACH, NONE, APART = "a-value-for-each-list", "no-lists-no-values", "lists-are-judged-apart"
PAST, NUMBER = "past-the-end-is-nothing", "numbering-is-free"
MAKES, WORKED = "lists-of-every-make-are-read", "worked-cases-are-met"
HALF = ((0, 1), (0,), (0, 2))

ROWS: tuple[tuple[str, str, str, type[ListMetric]], ...] = (
    (EACH, "lift", "a mean over users", shown(lambda i, u, t: lift(i, u, t).mean())),
    (EACH, "lift", "float32", shown(lambda i, u, t: lift(i, u, t).astype(np.float32))),
    (EACH, "lift", "a list", shown(lambda i, u, t: lift(i, u, t).tolist())),
    (EACH, "diversity", "a column is kept", shown(lambda i, u, t: diversity(i, u, t)[:, None])),
    (EACH, "lift", "an empty list", shown(unguarded)),
    (EACH, "lift", "a user without a history", shown(no_history)),
    (NONE, "lift", "a stack of lists", shown(one_by_one)),
    (NONE, "lift", "over the longest list", shown(lambda i, u, t: (i >= 0).sum(1) / (i >= 0).sum(1).max())),
    (APART, "lift", "beside everybody's list", shown(against_all)),
    (APART, "lift", "summed up", shown(lambda i, u, t: lift(i, u, t).cumsum())),
    (APART, "diversity", "how others are shown it", shown(rare)),
    (APART, "lift", "rows are taken for users", shown(row_of_a_user)),
    (PAST, "lift", "-1 is the last item", shown(unmasked)),
    (PAST, "lift", "over the width", shown(by_the_list)),
    (PAST, "diversity", "the length of the row", shown(lambda i, u, t: np.full(len(i), i.shape[1] / 9))),
    (NUMBER, "diversity", "ids are numbers", shown(spread)),
    (NUMBER, "lift", "the user's id", shown(lambda i, u, t: lift(i, u, t) + u)),
    (NUMBER, "lift", "the first interaction", shown(first_interaction)),
    (MAKES, "lift", "writes into the list", shown(cut)),
    (MAKES, "lift", "the bytes", shown(bytes_of)),
    (MAKES, "lift", "in memory's order", shown(flat)),
    (WORKED, "lift", "no worked case", shown(lift)),
    (WORKED, "lift", "a wrong value", shown(lift, (WorkedList((2,), HALF, value=0.5),))),
    (WORKED, "lift", "an item twice", shown(lift, (WorkedList((2, 2), HALF, value=-0.5),))),
    (WORKED, "lift", "nobody", shown(lift, (WorkedList((), (), value=0.0),))),
    (
        WORKED,
        "lift",
        "a column that is too short",
        shown(lift, (WorkedList((2,), HALF, value=-0.5, item={"genre": ("a", "b")}),)),
    ),
    (WORKED, "lift", "a case of another sort", Exposed),
)
MUTANTS: tuple[Mutant, ...] = tuple(Mutant(*row) for row in ROWS)
