"""Events folded into a data set: each row of the input ends in exactly one count.

`rows = bad + forgotten + below_threshold + other_behaviour + skipped + known + held_out + merged + repeated +
new`. What is new goes into the training part; validation and test stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from recbox.data import Dataset, Knowledge, Nodes, Tables
from recbox.data.behaviours import usual
from recbox.errors import DataError
from recbox.updating.applying import applied
from recbox.updating.leaving import State, without_mentions
from recbox.updating.rules import Rules
from recbox.updating.welcoming import Welcome, newcomers

SHOWN = 5


@dataclass(frozen=True)
class Folded:
    """state: with what is new. counts: of rows, and of nodes: `users`, `items` that are new,
    `skipped_users`, `skipped_items`, `described_before`."""

    state: State
    counts: Mapping[str, int]


def fold(
    state: State,
    tables: Tables,
    described: Mapping[str, pl.DataFrame],
    rules: Rules,
    welcome: Mapping[str, Welcome],
    gone: frozenset[str] = frozenset(),
) -> Folded:
    """described: by node type, a row for each that something is said of. welcome: which nodes may be new.
    gone: users (as text) whose events are left out. A `DataError` for bad rows where the recipe refuses them,
    and for events that repeat others where it refuses these."""
    counts: dict[str, int] = {"rows": tables.rows, "bad": tables.rows - tables.interaction.height}
    frame = _sound(state.data, tables, rules.clean.bad, counts)
    frame = _kept(frame, ~pl.col("user").cast(pl.String).is_in(list(gone)), "forgotten", counts)
    frame = _ruled(frame, state.data, rules, counts, tables.origin)
    said = {
        "user": described["user"].filter(~pl.col("id").cast(pl.String).is_in(list(gone))),
        "item": described["item"],
    }
    frame, new = newcomers(state.data, frame, said, welcome, counts)
    data = _with_nodes(state.data, new)
    return Folded(
        applied(replace(state, data=data), frame, rules.clean.duplicate, counts, tables.origin), counts
    )


def unmentioned(folded: Folded, ids: Sequence[str]) -> Folded:
    """The same, where no column that is about users names any of the ids (as text)."""
    data, count = without_mentions(folded.state.data, ids)
    if not count:
        return folded
    return Folded(replace(folded.state, data=data), {**folded.counts, "mentions": count})


def _kept(frame: pl.DataFrame, keep: pl.Expr, reason: str, counts: dict[str, int]) -> pl.DataFrame:
    left = frame.filter(keep)
    counts[reason] = counts.get(reason, 0) + frame.height - left.height
    return left


def _sound(data: Dataset, tables: Tables, bad: str, counts: dict[str, int]) -> pl.DataFrame:
    """The rows with ids in the type of the data's."""
    frame, lines = tables.interaction, [f"{b.file}:{b.line}: {b.reason}" for b in tables.bad[:SHOWN]]
    for role in ("user", "item"):
        ids = data.nodes(role).ids
        if frame.schema[role] == ids.dtype:
            continue
        typed = frame[role].cast(ids.dtype, strict=False)
        wrong = typed.is_null() | (typed.cast(pl.String) != frame[role].cast(pl.String))
        for row in frame.filter(wrong).head(SHOWN).to_dicts():
            place = f"{row.get('file', tables.origin)}:{row.get('line', '?')}"
            lines.append(f"{place}: the {role} {str(row[role])[:80]!r} is no whole number, and ids are")
        frame = _kept(frame.with_columns(typed), pl.lit(~wrong), "bad", counts)
    if counts["bad"] and bad == "refuse":
        raise DataError(
            f"{counts['bad']} bad rows of {counts['rows']}",
            where=tables.origin,
            why="\n       ".join(lines[:SHOWN]),
            instead="mend or remove these rows; or a recipe with `data.clean.bad: skip`",
        )
    return frame


def _ruled(
    frame: pl.DataFrame, data: Dataset, rules: Rules, counts: dict[str, int], where: str
) -> pl.DataFrame:
    """What the recipe's cleaning and target leave."""
    if "weight" not in frame.columns:
        if rules.weighed and frame.height:
            what = "the recipe looks at weights, and the events have none"
            raise DataError(what, where=where, instead="--columns weight=NAME")
        frame = frame.with_columns(pl.lit(1.0).alias("weight"))
    threshold = rules.clean.threshold
    above = pl.lit(True) if threshold is None else pl.col("weight") >= threshold
    frame = _kept(frame, above, "below_threshold", counts)
    if not data.behaviours:
        counts["other_behaviour"] = 0
        return frame
    own = pl.lit(usual(data.behaviours), pl.String)
    told = pl.col("behaviour").fill_null(own) if "behaviour" in frame.columns else own
    frame = frame.with_columns(told.alias("behaviour"))
    known = pl.col("behaviour").is_in(list(data.behaviours)).fill_null(value=False)
    return _kept(frame, known, "other_behaviour", counts)


def _with_nodes(data: Dataset, new: Mapping[str, pl.DataFrame]) -> Dataset:
    """New nodes stand behind those that were there, ascending."""
    found = {type: _longer(data.nodes(type), new[type]) for type in ("user", "item")}
    knowledge, more = data.knowledge, new["item"].height
    if knowledge is not None and more:
        knowledge = _moved(knowledge, len(data.item), more)
    return replace(data, user=found["user"], item=found["item"], knowledge=knowledge)


def _longer(nodes: Nodes, new: pl.DataFrame) -> Nodes:
    if not new.height:
        return nodes
    table = pl.concat([nodes.table, new.select(nodes.table.columns).cast(dict(nodes.table.schema))])
    return Nodes(table, nodes.columns)


def _moved(known: Knowledge, items: int, more: int) -> Knowledge:
    """Entities are numbered behind the items."""
    head, tail = (np.where(end >= items, end + more, end) for end in (known.head, known.tail))
    return replace(known, head=head, tail=tail)
