"""Users and items that weren't there: which of them a method can take in, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from recbox.data import Dataset
from recbox.errors import UnsupportedError

SHOWN = 5


@dataclass(frozen=True)
class Welcome:
    """What a method can know new nodes of a type by: their events, or what is said of them. why: where it is
    neither, or one alone. skip: those that it can't know are left out, with their events."""

    by_events: bool
    by_features: bool
    why: str = ""
    skip: bool = False


def newcomers(
    data: Dataset,
    frame: pl.DataFrame,
    described: Mapping[str, pl.DataFrame],
    welcome: Mapping[str, Welcome],
    counts: dict[str, int],
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The events that stay, and by type a row for each new node, by id ascending; what isn't said of it is
    null. An `UnsupportedError` names new nodes that the method can't know and that nobody asked to skip."""
    skipped: dict[str, set[object]] = {"user": set(), "item": set()}
    before, found = frame.height, dict[str, pl.DataFrame]()
    while True:
        found = {type: _new(type, data, frame, described[type]) for type in ("user", "item")}
        strange = {type: _strange(found[type], welcome[type]) for type in found}
        for type, ids in strange.items():
            if len(ids) and not welcome[type].skip:
                raise _refused(type, ids, welcome[type].why)
            skipped[type] |= set(ids.to_list())
        if not any(len(ids) for ids in strange.values()):
            break
        for type, ids in strange.items():
            frame = frame.filter(~pl.col(type).is_in(ids.implode()))
        described = {
            type: table.filter(~pl.col("id").is_in(strange[type].implode()))
            for type, table in described.items()
        }
    counts["skipped"] = before - frame.height
    for type, rows in found.items():
        known = described[type]["id"].is_in(data.nodes(type).ids.implode())
        counts[f"{type}s"], counts[f"skipped_{type}s"] = rows.height, len(skipped[type])
        counts[f"{type}s_described_before"] = int(known.sum())
    columns = {type: data.nodes(type).table.columns for type in found}
    return frame, {type: rows.select(columns[type]) for type, rows in found.items()}


def _new(type: str, data: Dataset, frame: pl.DataFrame, described: pl.DataFrame) -> pl.DataFrame:
    """Columns of the data, and `acts`, `said`: whether it has events, and a row of its own."""
    nodes = data.nodes(type)
    known = nodes.ids.implode()
    acting = frame[type].unique()
    ids = pl.concat([acting, described["id"].cast(nodes.ids.dtype)]).unique().sort().alias("id")
    new = ids.filter(~ids.is_in(known)).to_frame()
    marked = new.with_columns(
        pl.col("id").is_in(acting.implode()).alias("acts"),
        pl.col("id").is_in(described["id"].implode()).alias("said"),
    )
    if not described.width or described.columns == ["id"]:
        return marked
    return marked.join(described, on="id", how="left", maintain_order="left")


def _strange(new: pl.DataFrame, welcome: Welcome) -> pl.Series:
    """The ids that the method can't know."""
    by_events, by_features = pl.lit(welcome.by_events), pl.lit(welcome.by_features)
    known = (by_events & pl.col("acts")) | (by_features & pl.col("said"))
    return new.filter(~known)["id"]


def _refused(type: str, ids: pl.Series, why: str) -> UnsupportedError:
    shown = ", ".join(repr(str(i))[:80] for i in ids.head(SHOWN).to_list())
    more = f" and {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else ""
    return UnsupportedError(
        f"the method can't take in the new {type}{'s' if len(ids) > 1 else ''} {shown}{more}",
        why=why,
        instead=f"--skip-new-{type}s leaves them out, with their events; or run the recipe again",
    )
