"""What is recommended for, where people do several things with items: view them, like them, buy them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from recbox.errors import OptionError
from recbox.sketching.question import Ask, Question, first
from recbox.sketching.words import target_of, undone

ALIKE = "none of them: all count alike"
FOLLOWS = 0.5
"""The share of what was done of one kind to an item that something commoner was done to as well, from which
on the one is a step behind the other."""
RARE = 0.001
"""Of all rows: a word that is rarer is left out."""
SOME = 1_000_000
"""Rows that are looked at for which kind follows which: those of some users."""


@dataclass(frozen=True)
class Aim:
    """target: the behaviour that is recommended for; empty: there is one alone, or all count alike. others:
    those that become edges. left: those that few rows have, and how many. doubt: why it isn't sure."""

    target: str = ""
    others: tuple[str, ...] = ()
    left: Mapping[str, int] = field(default_factory=dict)
    doubt: str = ""


def aim(rows: pl.DataFrame, ask: Ask) -> Aim:
    """rows: with columns `user`, `item` and perhaps `behaviour`. The word that is usual for the most telling
    thing to do; where none is known, the rarest that most often comes behind a commoner one, as a purchase
    does behind a view."""
    if "behaviour" not in rows.columns or not rows.height:
        return Aim()
    counts = dict(rows["behaviour"].value_counts(sort=True).iter_rows())
    usual = target_of(sorted(counts))
    kinds = {kind: n for kind, n in counts.items() if n >= RARE * rows.height or kind == usual}
    if len(kinds) < 2 and not usual:
        return Aim()
    guess, doubt = (usual, "") if usual else _rarest_behind(rows, kinds)
    answers = tuple(dict.fromkeys((guess, *sorted(kinds), *(() if usual else (ALIKE,)))))
    target = ask(Question(f"what should be recommended for? {doubt}".rstrip(), answers))
    if target not in answers:
        raise OptionError(f"{target!r} is no answer", instead=f"one of {', '.join(answers)}")
    doubt = doubt if ask is first else ""
    if target == ALIKE:
        return Aim(doubt=doubt)
    left = {kind: n for kind, n in counts.items() if kind not in kinds}
    return Aim(target, tuple(sorted(kind for kind in kinds if kind != target)), left, doubt)


def _rarest_behind(rows: pl.DataFrame, kinds: Mapping[str, int]) -> tuple[str, str]:
    """The rarest of these kinds that is a step behind commoner ones, or `ALIKE`; and on what ground. kinds:
    the commonest first."""
    behind = _behind(rows, list(kinds))
    for kind in reversed(kinds):
        if behind.get(kind, 0.0) >= FOLLOWS and not undone(kind):
            why = f"the rarest of those that come behind another, as {behind[kind]:.0%} of its pairs do"
            return kind, f"its words aren't known: it is {why}"
    return ALIKE, "its words aren't known, and none comes behind another"


def _behind(rows: pl.DataFrame, kinds: list[str]) -> dict[str, float]:
    """Of each kind, the share of its pairs of user and item that have a commoner kind too."""
    apart = 1 + rows.height // SOME
    pairs = rows.select("user", "item", "behaviour").filter(pl.col("behaviour").is_in(kinds))
    if apart > 1:
        pairs = pairs.filter(pl.col("user").hash(0) % apart == 0)
    rank = pl.col("behaviour").replace_strict(kinds, list(range(len(kinds))), return_dtype=pl.Int32)
    pairs = pairs.with_columns(rank=rank).unique(["user", "item", "rank"])
    later = pl.col("rank") > pl.col("rank").min().over("user", "item")
    shares = pairs.with_columns(later=later).group_by("behaviour").agg(pl.col("later").mean())
    return dict(shares.iter_rows())
