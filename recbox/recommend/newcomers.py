"""What is said of new users and new items: checked, and brought to the types that the data has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import polars as pl

from recbox.errors import DataError, OptionError, nearest
from recbox.recommend import frames

if TYPE_CHECKING:
    from recbox.data import Nodes

NEW = "new"
"""What a new user is called who has no name."""
SHOWN = 5


def items(source: object, nodes: Nodes) -> pl.DataFrame:
    """A column `id` and every feature column of the data's items, for new items alone.

    source: as `frames.read` takes it, with a column `id` (or `item`) and each feature; where a value is not
    known it is null, or empty. The title may be left out. Columns that the data doesn't have are ignored.
    """
    table, where = frames.read(source, "new items")
    own = next((name for name in ("id", "item") if name in table.columns), None)
    wanted = [c.name for c in nodes.columns if c.role != "title"]
    missing = [*(["id"] if own is None else []), *(n for n in wanted if n not in table.columns)]
    if missing or own is None:
        raise _lacks(missing, table.columns, where)
    if not table.height:
        raise OptionError("there is no new item", where=where)
    found = [frames.ids(table[own], nodes.ids, where)]
    _check_ids(found[0], nodes.ids, where)
    for c in nodes.columns:
        column = table[c.name] if c.name in table.columns else pl.Series(c.name, [None] * table.height)
        found.append(frames.typed(column, c.type, where))
    return pl.DataFrame(found)


def histories(source: object, users: pl.Series) -> pl.DataFrame:
    """Columns user (String), item and weight (Float64), in the order given, or in that of times.

    source: ids of items of one user, the newest last; a mapping from names of new users to such; or a file
    (of one of `frames.ENDINGS`) or frame with a column `item`, and perhaps `user`, `weight` and `time`.
    """
    table, where = _told(source, NEW)
    _check_names(table["user"], users, where)
    return table


def without_history(count: int) -> tuple[pl.DataFrame, pl.Series]:
    """The histories of so many new users who have none, and what these are called."""
    names = [NEW] if count == 1 else [f"{NEW}-{n}" for n in range(1, count + 1)]
    return _listed(NEW, []), pl.Series("user", names, pl.String)


def additions(source: object, users: Sequence[Any]) -> pl.DataFrame:
    """The same of known users who took more since. users: those who were asked for; where it is one, `source`
    need not say whose it is."""
    table, where = _told(source, str(users[0]) if len(users) == 1 else "")
    if (table["user"] == "").any():
        raise OptionError(
            "the history doesn't say whose it is",
            where=where,
            why=f"{len(users):,} users were asked for",
            instead="a history for each user, or a file of histories with the columns user and item",
        )
    return table


def _told(source: object, name: str) -> tuple[pl.DataFrame, str]:
    """The table of histories, and what to call it. name: whose it is where nothing says so."""
    if isinstance(source, Mapping) and not _is_table(source):
        parts = [_listed(str(one), given) for one, given in source.items()]
        table, where = pl.concat(parts) if parts else _listed(name, []), "history"
    elif frames.is_file(source) or hasattr(source, "columns") or isinstance(source, Mapping):
        table, where = _table(source, name)
    else:
        table, where = _listed(name, source), "history"
    if not table.height:
        raise OptionError("the history is empty", instead="--history ITEM,ITEM,… with at least one item")
    return table, where


def features(source: object, nodes: Nodes, count: int | None) -> pl.DataFrame:
    """A row of features for each of `count` new users, in the order of the histories; what isn't there is
    missing. source: as `items` takes it, without ids; for one user also values by column. count: None where
    it is the rows that say how many there are."""
    if isinstance(source, Mapping) and count in (None, 1):
        source = pl.DataFrame({str(n): [v] for n, v in source.items()}, strict=False)
    table, where = frames.read(source, "features")
    known = {c.name: c for c in nodes.columns}
    if unknown := [name for name in table.columns if name not in known]:
        raise OptionError(
            f"the data has no user column {unknown[0]!r}",
            where=where,
            instead=nearest(unknown[0], list(known)),
        )
    if not table.height or not table.columns:
        raise OptionError("nothing is said of new users", where=where)
    if count is not None and table.height != count:
        raise OptionError(f"{table.height:,} rows of features for {count:,} new users", where=where)
    return pl.DataFrame([frames.typed(table[name], known[name].type, where) for name in table.columns])


def _is_table(source: Mapping[Any, Any]) -> bool:
    return "item" in source


def _listed(name: str, given: object) -> pl.DataFrame:
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        given = [given]
    found: Sequence[Any] = list(given)
    for value in found:
        if isinstance(value, bool) or (not isinstance(value, int | str) and not hasattr(value, "__index__")):
            raise OptionError(f"{value!r} is no id of an item", why="ids are integers or strings")
    texts = [value if isinstance(value, str) else str(int(value)) for value in found]
    column = pl.Series("item", texts, pl.String)
    return pl.DataFrame(
        {"user": [name] * len(texts), "item": column, "weight": [1.0] * len(texts)},
        schema={"user": pl.String, "item": pl.String, "weight": pl.Float64},
    )


def _table(source: object, name: str) -> tuple[pl.DataFrame, str]:
    table, where = frames.read(source, "history")
    if "item" not in table.columns:
        raise _lacks(["item"], table.columns, where)
    if missing := table["item"].null_count():
        raise DataError(f"{missing:,} items are missing", where=where)
    weight = frames.typed(table["weight"], "numeric", where) if "weight" in table.columns else None
    if weight is not None and weight.null_count():
        raise DataError(f"{weight.null_count():,} weights are missing", where=where)
    user = table["user"].cast(pl.String) if "user" in table.columns else None
    if user is not None and user.null_count():
        raise DataError(f"{user.null_count():,} users are missing", where=where)
    found = {
        "user": pl.Series([name] * table.height, dtype=pl.String) if user is None else user,
        "item": table["item"].cast(pl.String),
        "weight": pl.Series([1.0] * table.height, dtype=pl.Float64) if weight is None else weight,
    }
    return pl.DataFrame(found)[_order(found["user"], table, where)], where


def _order(user: pl.Series, table: pl.DataFrame, where: str) -> pl.Series:
    """Rows by the column `time`, if it is there; users come in the order of the table all the same."""
    rows = pl.int_range(table.height, dtype=pl.UInt32, eager=True)
    if "time" not in table.columns:
        return rows
    given = table["time"]
    time = given.cast(pl.Int64) if given.dtype.is_temporal() else frames.typed(given, "numeric", where)
    if missing := time.null_count():
        raise DataError(f"{missing:,} times are missing", where=where)
    frame = pl.DataFrame({"row": rows, "user": user, "time": time})
    first = pl.col("row").min().over("user")
    return frame.sort(first, "time", "row")["row"]


def _check_names(names: pl.Series, users: pl.Series, where: str) -> None:
    taken = names.unique().filter(names.unique().is_in(users.cast(pl.String).implode()))
    if len(taken):
        raise OptionError(
            f"there is a user {taken[0]!r} already",
            where=where,
            instead="--user ID for what is known of them, or another name for the new one",
        )


def _check_ids(found: pl.Series, known: pl.Series, where: str) -> None:
    double = found.filter(found.is_duplicated()).unique(maintain_order=True)
    if len(double):
        raise DataError(f"ids stand there twice: {_some(double)}", where=where)
    taken = found.filter(found.is_in(known.implode()))
    if len(taken):
        raise DataError(
            f"items are known already: {_some(taken)}",
            where=where,
            why="what is known of an item was learned in training, and stays as it is",
            instead="leave them out, or run the recipe again with the new data",
        )


def _some(values: pl.Series) -> str:
    shown = ", ".join(repr(str(v))[:80] for v in values.head(SHOWN).to_list())
    return f"{shown} and {len(values) - SHOWN:,} more" if len(values) > SHOWN else shown


def _lacks(missing: Sequence[str], there: Sequence[str], where: str) -> DataError:
    near = [
        f"{name} ({close[0]}?)" if (close := get_close_matches(name, there, 1)) else name for name in missing
    ]
    return DataError(
        f"columns are missing: {', '.join(near)}",
        where=where,
        why=f"it has {', '.join(map(str, there)) or 'none'}"[:300],
        instead="write each of them; a value that is not known is left empty",
    )
