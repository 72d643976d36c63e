"""Tables to a data set: bad rows refused or counted, duplicates, threshold, cores, dense ids.

Every row of the input ends in exactly one count of `facts`:
`rows = bad + merged + below_threshold + core_removed + kept`, and with a target the links of the others too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from recbox.data.behaviours import aimed, parted
from recbox.data.dataset import Dataset, Interactions, Nodes, Relation
from recbox.data.door import admit
from recbox.data.encoding import encode
from recbox.data.ids import dense, position
from recbox.data.knowledge import connect
from recbox.data.ordering import compact, first_of_runs, order_of
from recbox.data.tables import Tables
from recbox.errors import DataError
from recbox.scratch import MEMORY, Scratch

if TYPE_CHECKING:
    from recbox.recipe.blocks import Clean

SHOWN = 5
"""Rows that an error spells out."""


@dataclass(frozen=True)
class _Rows:
    """The interactions that are still in, in the order of the input, and what it took."""

    interaction: Interactions
    facts: dict[str, int]

    def __len__(self) -> int:
        return len(self.interaction)

    def keep(self, rows: np.ndarray, reason: str) -> _Rows:
        """The given rows alone, ascending; the others are counted under `reason`. Uses this one up."""
        x, gone = self.interaction, len(self) - len(rows)
        if gone:
            own: dict[str, Any] = {name: compact(getattr(x, name), rows) for name in x.columns}
            x = replace(x, **own)
        return _Rows(x, {**self.facts, reason: gone})


def assemble(
    tables: Tables, clean: Clean, target: str = "", scratch: Scratch = MEMORY, spend: bool = False
) -> Dataset:
    """The data set of `tables` after `clean`. Inner ids follow the external ids in ascending order. target:
    the behaviour that interactions are of, and that cores count; each other one becomes a relation. scratch:
    where interactions, and what is made of them, lie. spend: the columns of `tables.interaction` are taken
    out one by one, so that they and their inner ids needn't be in memory together; nobody may read it again.
    Not so where rows that repeat others are to be named.

    Raises `DataError` for bad or doubled rows where these are refused, and where nothing is left.
    """
    tables = admit(tables)
    if tables.bad_count and clean.bad == "refuse":
        raise _refusal(tables)
    given = tables.interaction.columns
    facts = {"rows": tables.rows, "bad": tables.rows - tables.interaction.height}
    interaction, user, item, behaviours = encode(tables, scratch, spend and clean.duplicate != "refuse")
    rows = _Rows(interaction, facts)
    rows = _without_duplicates(rows, tables.interaction, clean.duplicate)
    rows = _above(rows, clean.threshold)
    counts = aimed(rows.interaction, behaviours, target, tables.origin or tables.name)
    rows = _core(rows, clean.user_core, clean.item_core, counts)
    if not len(rows):
        raise _nothing(tables, rows.facts, "weight" in given)
    return parted(_dataset(tables, rows, user, item, behaviours), target)


def _refusal(tables: Tables) -> DataError:
    count, first = tables.bad_count, tables.bad[:SHOWN]
    lines = [f"{bad.file}:{bad.line}: {bad.reason}" for bad in first]
    if count > len(lines):
        lines.append(f"and {count - len(lines)} more")
    return DataError(
        f"{count} bad row{'s' if count > 1 else ''}{_whose(tables)}",
        where=tables.origin or tables.name,
        why="\n       ".join(lines),
        instead="mend these rows, or leave them out with `data.clean.bad: skip`; they are counted either way",
    )


def _whose(tables: Tables) -> str:
    """Of how many rows they are, and how many are no interactions: of features, links or triples."""
    own = min(max(tables.rows - tables.interaction.height, 0), tables.bad_count)
    if not (elsewhere := tables.bad_count - own):
        return f", of {tables.rows} rows of interactions"
    if not own:
        return " in other files than those of the interactions"
    return f": {own} of {tables.rows} rows of interactions, and {elsewhere} in other files"


def _nothing(tables: Tables, facts: dict[str, int], weighted: bool) -> DataError:
    taken = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in facts.items() if v)
    unrated = facts.get("below_threshold") and not weighted
    return DataError(
        "no interaction is left",
        where=tables.origin or tables.name,
        why=(f"counts: {taken}" if taken else "the data has no rows of interactions")
        + ("; the data has no weights, so each counts 1" if unrated else ""),
        instead="look at `data.clean` (threshold, user_core, item_core) and at the source's columns",
    )


def _without_duplicates(rows: _Rows, frame: pl.DataFrame, policy: str) -> _Rows:
    """One row for each user, item and behaviour: the last in time, without time the last in the input."""
    x = rows.interaction
    keys = [key for key in (x.user, x.item, x.behaviour) if key is not None]
    order = order_of(*keys, *([] if x.time is None else [x.time]))
    first = first_of_runs(order, keys)
    if first.all():
        return replace(rows, facts={**rows.facts, "merged": 0})
    if policy == "refuse":
        raise _doubled(frame, order, first)
    last = order[np.append(first[1:], True)]
    if policy == "sum":
        weight = x.weight.copy()
        weight[last] = np.add.reduceat(x.weight[order].astype(np.float64), np.flatnonzero(first))
        rows = replace(rows, interaction=replace(x, weight=x.scratch.lay(weight)))
    del order
    last.sort()
    return rows.keep(last, "merged")


def _doubled(frame: pl.DataFrame, order: np.ndarray, first: np.ndarray) -> DataError:
    again = np.flatnonzero(~first)
    shown = frame[order[again[:SHOWN]].tolist()]
    named = {"file", "line"} <= set(frame.columns)
    lines = [
        (f"{row['file']}:{row['line']}: " if named else "") + f"user {row['user']}, item {row['item']}"
        for row in shown.iter_rows(named=True)
    ]
    if len(again) > len(lines):
        lines.append(f"and {len(again) - len(lines)} more")
    return DataError(
        f"{len(again)} rows repeat a user and item",
        why="\n       ".join(lines),
        instead="`data.clean.duplicate: last` keeps the last of them, `sum` adds their weights up",
    )


def _above(rows: _Rows, threshold: float | None) -> _Rows:
    if threshold is None:
        return replace(rows, facts={**rows.facts, "below_threshold": 0})
    return rows.keep(np.flatnonzero(rows.interaction.weight >= threshold), "below_threshold")


def _core(rows: _Rows, user_core: int, item_core: int, counts: np.ndarray) -> _Rows:
    """Users and items with fewer interactions that count (bool `[n]`) leave, until nothing changes."""
    if not max(user_core, item_core):
        return replace(rows, facts={**rows.facts, "core_removed": 0})
    user, item = rows.interaction.user, rows.interaction.item
    kept = np.arange(len(rows))
    while len(kept):
        enough = np.ones(len(kept), bool)
        for ids, core in ((user[kept], user_core), (item[kept], item_core)):
            enough &= np.bincount(ids, counts[kept])[ids] >= core
        if enough.all():
            break
        kept = kept[enough]
    return rows.keep(kept, "core_removed")


def _dataset(
    tables: Tables, rows: _Rows, user_ids: pl.Series, item_ids: pl.Series, behaviours: tuple[str, ...]
) -> Dataset:
    facts = {**rows.facts, "kept": len(rows), "bad_elsewhere": tables.bad_count - rows.facts["bad"]}
    x = rows.interaction
    users, user = dense(x.user, len(user_ids))
    items, item = dense(x.item, len(item_ids))
    user_nodes = _nodes("user", user_ids.gather(users), tables, facts)
    item_nodes = _nodes("item", item_ids.gather(items), tables, facts)
    nodes = {"user": user_nodes, "item": item_nodes}
    entity, knowledge = connect(tables.knowledge, item_nodes, facts)
    return Dataset(
        name=tables.name,
        user=user_nodes,
        item=item_nodes,
        interaction=replace(x, user=x.scratch.lay(user), item=x.scratch.lay(item)),
        relation={name: _relation(name, tables, nodes, facts) for name in sorted(tables.relation)},
        entity=entity,
        knowledge=knowledge,
        behaviours=behaviours,
        facts=facts,
        synthetic=tables.synthetic,
        origin=tables.origin,
    )


def _nodes(type: str, ids: pl.Series, tables: Tables, facts: dict[str, int]) -> Nodes:
    """One row an id, in order: nulls for ids without features; ids that have only features are left out."""
    facts[f"{type}s"] = len(ids)
    frame = ids.alias("id").to_frame()
    features: pl.DataFrame | None = getattr(tables, type)
    if features is None:
        return Nodes(frame)
    columns = tables.columns.get(type, ())
    features = features.select("id", *(c.name for c in columns))
    known = int(frame["id"].is_in(features["id"].implode()).sum())
    facts[f"{type}s_without_features"] = len(ids) - known
    facts[f"{type}s_without_interactions"] = features.height - known
    return Nodes(frame.join(features, on="id", how="left", maintain_order="left"), columns)


def _relation(name: str, tables: Tables, nodes: dict[str, Nodes], facts: dict[str, int]) -> Relation:
    ends, frame = tables.ends[name], tables.relation[name]
    source = position(frame["source"], nodes[ends[0]].ids)
    target = position(frame["target"], nodes[ends[1]].ids)
    known = (source >= 0) & (target >= 0)
    facts[f"{name}_links"] = int(known.sum())
    facts[f"{name}_links_to_unknown"] = int((~known).sum())
    weight = frame["weight"].to_numpy() if "weight" in frame.columns else np.ones(frame.height)
    return Relation(ends, source[known], target[known], weight[known].astype(np.float32))
