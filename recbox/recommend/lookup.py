"""External ids, as people write them, to inner ones."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np
import polars as pl

from recbox.errors import OptionError

SHOWN = 5
"""Unknown ids that a message spells out."""


def find_users(ids: pl.Series, wanted: object, where: str = "user") -> np.ndarray:
    """int64 inner ids of `wanted`: one id or many, each once, in the order given.

    Where ids are integers, `196` and `"196"` are the same user; where they are strings, too. An
    `OptionError` names the ids that are not there, and near ones that are.
    """
    names = _names(ids, wanted)
    known = dict(zip(*_rows(ids, names)))
    if unknown := [key for key in names if key not in known]:
        raise _unknown(unknown, ids, where)
    return np.fromiter((known[key] for key in names), np.int64, len(names))


def find_each(ids: pl.Series, named: pl.Series, where: str) -> np.ndarray:
    """The same of each in a column, in which an id may stand more than once: all are looked up at once."""
    once = named.unique(maintain_order=True).to_list()
    place = dict(zip(once, find_users(ids, once, where).tolist(), strict=True))
    return np.array([place[name] for name in named], np.int64)


def find_some(ids: pl.Series, wanted: object) -> np.ndarray:
    """The same of those that are there, in any order; others are left out."""
    _, rows = _rows(ids, _names(ids, wanted))
    return np.array(rows, np.int64)


def _names(ids: pl.Series, wanted: object) -> list[Any]:
    """Each of `wanted` once, in the type of the ids."""
    keys = list(dict.fromkeys(_key(value, ids.dtype.is_integer()) for value in _many(wanted)))
    return keys if ids.dtype.is_integer() else [str(key) for key in keys]


def _rows(ids: pl.Series, keys: list[Any]) -> tuple[list[Any], list[int]]:
    """The keys that are among the ids, and their rows."""
    fitting = [k for k in keys if not isinstance(k, int) or -(2**63) <= k < 2**63]
    if ids.dtype.is_integer():
        fitting = [k for k in fitting if isinstance(k, int)]
    asked = pl.DataFrame({"id": pl.Series(fitting, dtype=ids.dtype)})
    rows = asked.join(pl.DataFrame({"id": ids}).with_row_index("row"), on="id")
    return rows["id"].to_list(), rows["row"].to_list()


def _many(wanted: object) -> list[object]:
    if isinstance(wanted, str | bytes) or not isinstance(wanted, Iterable):
        return [wanted]
    if hasattr(wanted, "columns"):
        raise OptionError("a table is no list of ids", instead="one of its columns, as in frame['user']")
    return list(wanted)


def _key(value: object, integers: bool) -> int | str:
    """The id as the data would write it; text that is no integer stays text, and will not be found."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer | str):
        raise OptionError(f"{value!r} is no id", why="ids are integers or strings")
    if isinstance(value, str):
        plain = integers and len(value) < 20 and value.lstrip("-").isdecimal() and value.isascii()
        return int(value) if plain and str(int(value)) == value else value
    return int(value)


def _unknown(unknown: list[Any], ids: pl.Series, where: str) -> OptionError:
    shown = ", ".join(repr(str(key))[:80] for key in unknown[:SHOWN])
    more = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
    near = _near(unknown[0], ids)
    return OptionError(
        f"there is no {where} {shown}{more}",
        why=f"the artifact knows {len(ids):,}, such as {', '.join(map(str, ids.head(3).to_list()))}",
        instead=f"{'a near id: ' if len(near) == 1 else 'near ids: '}{', '.join(near)}" if near else "",
    )


def _near(key: Any, ids: pl.Series) -> list[str]:
    """Up to three ids like `key`: by value for integers, by spelling for strings."""
    if ids.dtype.is_integer() and isinstance(key, int):
        distance = (ids.cast(pl.Float64) - float(max(min(key, 2**63), -(2**63)))).abs()
        return [str(i) for i in ids.gather(distance.arg_sort()[:3]).sort().to_list()]
    return get_close_matches(str(key)[:100], ids.head(20_000).cast(pl.String).to_list(), n=3)
