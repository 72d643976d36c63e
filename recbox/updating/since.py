"""What a later version of an artifact holds that an earlier one, or another run, doesn't."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from recbox.artifact import Artifact
    from recbox.data import Dataset, Nodes

PAIR = ("user", "item", "behaviour")


@dataclass(frozen=True)
class Since:
    """events: columns user, item, weight, and time and behaviour where the data has them. items, users: what
    is said of those that came, with the columns of the data that they go into; None: nobody. gone: ids of
    users who were forgotten."""

    events: pl.DataFrame
    items: pl.DataFrame | None
    users: pl.DataFrame | None
    gone: tuple[str, ...]

    @property
    def something(self) -> bool:
        """Whether anything came, or anybody went."""
        said = self.items is not None or self.users is not None
        return bool(self.events.height or self.gone) or said


def since(before: Artifact, newest: Artifact, into: Artifact) -> Since:
    """What came into `before` until it was `newest`, as an update of `into`."""
    was = listed(before.dataset)
    rows = listed(newest.dataset).join(was, on=PAIR, how="left", nulls_equal=True, suffix="_was")
    later = pl.col("time") > pl.col("time_was") if "time" in rows.columns else pl.lit(False)
    came = rows.filter(pl.col("weight_was").is_null() | later).drop(pl.selectors.ends_with("_was"))
    if came["behaviour"].null_count() == came.height:
        came = came.drop("behaviour")
    there = before.user.ids.filter(~before.user.ids.is_in(newest.user.ids.implode())).cast(pl.String)
    gone = there.filter(there.is_in(into.user.ids.cast(pl.String).implode())).to_list()
    items, users = (
        _said(*(version.dataset.nodes(type) for version in (newest, before, into)), came[type])
        for type in ("item", "user")
    )
    return Since(came, items, users, tuple(gone))


def missing(before: Artifact, new: Artifact) -> int:
    """How many events that were folded into one version another lacks, though it knows user and item."""
    updated = before.manifest.updated
    if updated is None:
        return 0
    text = [pl.col(name).cast(pl.String) for name in PAIR]
    folded, own = (listed(version.dataset).with_columns(text) for version in (before, new))
    ids = {type: new.dataset.nodes(type).ids.cast(pl.String).implode() for type in ("user", "item")}
    known = folded.tail(updated.events).filter(pl.col(type).is_in(each) for type, each in ids.items())
    return known.join(own, on=PAIR, how="anti", nulls_equal=True).height


def listed(data: Dataset) -> pl.DataFrame:
    """Every interaction by ids, each pair once for each behaviour."""
    x = data.interaction
    columns = {
        "user": data.user.ids.gather(x.user),
        "item": data.item.ids.gather(x.item),
        "weight": pl.Series(x.weight, dtype=pl.Float64),
        "behaviour": pl.Series([None], dtype=pl.String).new_from_index(0, len(x)),
    }
    if x.behaviour is not None:
        columns["behaviour"] = pl.Series(list(data.behaviours), dtype=pl.String).gather(x.behaviour)
    if x.time is not None:
        columns["time"] = pl.Series(x.time)
    return pl.DataFrame(columns).unique(PAIR, keep="last", maintain_order=True)


def _said(newest: Nodes, before: Nodes, into: Nodes, acting: pl.Series) -> pl.DataFrame | None:
    """Rows of those who aren't in `into` and came, or act; None where there are none."""
    id, same = pl.col("id"), {c.name: c.type for c in newest.columns}
    came = ~id.is_in(before.ids.implode()) | id.is_in(acting.implode())
    new = newest.table.filter(came & ~id.cast(pl.String).is_in(into.ids.cast(pl.String).implode()))
    if not new.height:
        return None
    columns = (
        pl.col(c.name) if same.get(c.name) == c.type else pl.lit(None).alias(c.name) for c in into.columns
    )
    return new.select("id", *columns)
