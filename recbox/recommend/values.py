"""Values as JSON has them, such as a server is sent and its store keeps, in the types that the data has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import TYPE_CHECKING, Any

import polars as pl

from recbox.data.ids import check_id, whole
from recbox.errors import DataError
from recbox.recommend.frames import ids, typed

if TYPE_CHECKING:
    from recbox.data import Nodes

Row = tuple[str, Mapping[str, Any]]
"""An id, and values by column: what isn't there wasn't said."""

_DTYPES = {
    bool: pl.Boolean(),
    int: pl.Int64(),
    float: pl.Float64(),
    str: pl.String(),
    list: pl.List(pl.String),
}


def of_values(name: str, type: str, values: Sequence[Any], where: str) -> pl.Series:
    """A feature as `frames.typed` has it, of None, truth values, numbers, texts and lists of texts. Each is
    read by itself, whatever the others are. A `DataError` for one that is nothing of the sort."""
    found = typed(pl.Series(name, [None] * len(values), pl.Null), type, where)
    kinds = {value.__class__ for value in values} - {NoneType}
    for kind in sorted(kinds, key=str):
        own = [value if value.__class__ is kind else None for value in values]
        try:
            plain = pl.Series(name, own, _DTYPES[kind])
        except (KeyError, TypeError, OverflowError, pl.exceptions.PolarsError) as error:
            why = "a value is a truth value, a number below 2**63, a text or a list of texts"
            raise DataError(f"{name!r} holds what is no value", where=where, why=why) from error
        found = found.fill_null(typed(plain, type, where))
    return found


def frame_of(nodes: Nodes, rows: Sequence[Row], type: str, where: str) -> pl.DataFrame:
    """A column `id` and all of the data's, for new nodes of a type; what isn't said is missing. A `DataError`
    for an id that the data couldn't have, and for a value that is none of its column's."""
    integers = nodes.ids.dtype.is_integer()
    for id, _ in rows:
        check_id(id, integers, type, where)
    found = [ids(pl.Series("id", [id for id, _ in rows], pl.String), nodes.ids, where)]
    for c in nodes.columns:
        found.append(of_values(c.name, c.type, [said.get(c.name) for _, said in rows], where))
    return pl.DataFrame(found)


def readable(nodes: Nodes, rows: Sequence[Row]) -> tuple[list[Row], dict[str, int]]:
    """The rows without what the data couldn't have: those of other ids, and values that are none of their
    column's, as a store may hold them that an artifact with other columns was served with. By `id` or by
    column, how many were left out; columns that the data doesn't have are no more than ignored."""
    integers, left = nodes.ids.dtype.is_integer(), Counter[str]()
    kept = [(id, dict(said)) for id, said in rows if not integers or whole(id) is not None]
    left["id"] = len(rows) - len(kept)
    for c in nodes.columns:
        own = [said for _, said in kept if c.name in said]
        if not _fit(c.name, c.type, [said[c.name] for said in own]):
            wrong = [said for said in own if not _fit(c.name, c.type, [said[c.name]])]
            for said in wrong:
                del said[c.name]
            left[c.name] += len(wrong)
    return list(kept), {name: count for name, count in left.items() if count}


def _fit(name: str, type: str, values: Sequence[Any]) -> bool:
    try:
        of_values(name, type, values, "")
    except DataError:
        return False
    return True
