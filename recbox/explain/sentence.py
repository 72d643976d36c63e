"""An explanation in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recbox.explain.explanation import Explanation

SPELT = 5
"""Items that are named."""


def sentence(explained: Explanation) -> str:
    """Plain text, in which titles stand as the data has them."""
    parts = [_score(explained), *_evidence(explained), _rest(explained), _deletion(explained)]
    return " ".join(part for part in (*parts, _method(explained)) if part)


def named(title: str | None, id: int | str) -> str:
    """A title in quotes, or the id where there is none."""
    return f"“{title}”" if title else str(id)


def number(value: float) -> str:
    """With three digits that count."""
    return f"{value:.3g}"


def _score(explained: Explanation) -> str:
    item = named(explained.title, explained.item)
    had = ", which they have already," if explained.had else ""
    who = "a new user" if explained.user == "new" else f"user {explained.user}"
    return f"For {who} {item}{had} scores {number(explained.score)}."


def _evidence(explained: Explanation) -> list[str]:
    table = explained.evidence
    every = float(table["contribution"].sum())
    if not float(table["contribution"].abs().sum()):
        return ["The score doesn't depend on what they have."]
    best = table.filter(table["contribution"] > 0).head(explained.top)
    if not best.height:
        return [f"None of their {table.height:,} items speaks for it; all together count {number(every)}."]
    spelt = [
        f"{named(row['title'], row['item'])} ({number(row['contribution'])})"
        for row in best.head(SPELT).iter_rows(named=True)
    ]
    spelt += [f"{best.height - SPELT} more"] if best.height > SPELT else []
    whose = f"The strongest of their {table.height:,} items" if table.height > 1 else "Their only item"
    if explained.method == "leave-one-out":
        return [f"{whose}, by what is lost without each: {_joined(spelt)}."]
    return [f"{whose}: {_joined(spelt)}.", f"All items count {number(every)}."]


def _rest(explained: Explanation) -> str:
    said = [f"{name} {number(value)}" for name, value in explained.rest.items() if value]
    return f"Besides them count{'s' * (len(said) == 1)} {_joined(said)}." if said else ""


def _deletion(explained: Explanation) -> str:
    deletion = explained.deletion
    if deletion is None:
        return ""
    count = len(deletion.items)
    all_of_them = count == explained.evidence.filter(pl.col("contribution") > 0).head(explained.top).height
    these = f"these {count}" if all_of_them and count > 1 else f"the first {count}"
    these = "the first of them" if count == 1 else these
    before, after = number(deletion.before), number(deletion.after)
    way = "falls" if deletion.after < deletion.before else "rises" if before != after else "stays"
    ranks = f"rank {deletion.rank_before} to {deletion.rank_after}"
    text = f"Without {these} the score {way} from {before} to {after} ({ranks})"
    if deletion.random is None:
        return f"{text}; there are too few others to compare with."
    others = f"{count} other{'s' * (count > 1)}"
    return (
        f"{text}; without {others} at random, to {number(deletion.random)} (mean of {deletion.draws} draws)."
    )


def _method(explained: Explanation) -> str:
    if explained.method == "integrated gradients":
        return (
            f"By integrated gradients, which come near to a sum: {number(explained.residual)} is left over."
        )
    if explained.method == "leave-one-out":
        return "What is lost without each item need not add up to the score."
    return ""


def _joined(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
