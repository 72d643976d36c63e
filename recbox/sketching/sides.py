"""Tables that describe users or items: which column is the id, and what the others are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from recbox.errors import DataError
from recbox.sketching.facts import Facts
from recbox.sketching.peek import Peek
from recbox.sketching.words import KEYS, TITLES, tokens

LEAST = 0.1
"""The share of a column's values that must be ids of the interactions for it to be the id."""
TEXT = 4
"""Words of a description, at least; shorter texts name something."""


@dataclass(frozen=True)
class Side:
    """A table of users or items. columns: of each feature what a recipe says of it. left: why others are left
    out."""

    node: str
    peek: Peek
    id: Facts
    columns: Mapping[str, Mapping[str, Any]]
    left: Mapping[str, str]

    def of(self, *types: str) -> list[str]:
        """The features of these types."""
        return [name for name, column in self.columns.items() if column["type"] in types]


def side(node: Literal["user", "item"], found: Peek, ids: pl.Series, called: str | None) -> Side:
    """called: what the interactions call the id's column. A `DataError` where no column holds ids of the
    interactions."""
    facts = [Facts(column) for column in found.columns]
    own = max(facts, key=lambda one: _fit(one, node, ids, called))
    if _overlap(own, ids) < LEAST:
        raise DataError(
            f"no column holds the {node}s' ids",
            where=str(found.path),
            why=f"of no column is a tenth of the values among the {len(ids):,} {node}s of the interactions",
            instead=f"a table with a column that calls {node}s as the interactions do",
        )
    columns: dict[str, dict[str, Any]] = {}
    left: dict[str, str] = {}
    others = [one for one in facts if one is not own]
    title = _title(others, node)
    for one in others:
        name = one.sample.name or f"column {one.sample.place}"
        what = {"type": "text", "role": "title"} if one is title else _feature(one)
        if isinstance(what, str):
            left[name] = what
        else:
            free = _free(name, columns)
            columns[free] = what | ({} if free == one.sample.name else {"column": one.sample.at})
    return Side(node, found, own, columns, left)


def _fit(one: Facts, node: Literal["user", "item"], ids: pl.Series, called: str | None) -> float:
    """How much speaks for a column as the id: values that are ids, each once, and its name."""
    overlap = _overlap(one, ids)
    if overlap < LEAST:
        return overlap
    once = one.distinct > 0.95 * len(one.values)
    same = bool(called) and tokens(one.sample.name or "") == tokens(called or "")
    return overlap + 2 * once + 2 * same + one.name_for(node)


def _title(columns: Sequence[Facts], node: Literal["user", "item"]) -> Facts | None:
    """What people read in lists: what is called so, best by that alone or with the node's name; else what is
    different in each row, and of several words, but no description."""

    def fit(one: Facts) -> tuple[bool, int]:
        return one.name_for(node) > 0, -len(tokens(one.sample.name or ""))

    words = [c for c in columns if c.number < 0.5 and c.filled > 0.5 and c.distinct > 1]
    called = [c for c in words if TITLES & set(tokens(c.sample.name or ""))]
    called = [
        c for c in called if not {"category", "brand", "genre"} & set(tokens(c.sample.name or ""))
    ] or called
    if called:
        return max(called, key=fit)
    several = [c for c in words if c.words >= 1.5 and (c.sample.name is None or c.words < TEXT)]
    different = [c for c in several if c.distinct > 0.9 * len(c.values)]
    return next((c for c in different if node == "item" or c.sample.name is None), None)


def _overlap(one: Facts, ids: pl.Series) -> float:
    values = one.values
    return float(values.is_in(ids.cast(values.dtype).implode()).mean() or 0.0) if len(values) else 0.0


def _feature(one: Facts) -> dict[str, Any] | str:
    """What a recipe says of a column, or why it is left out."""
    if one.filled < 0.01:
        return "it is nearly empty"
    if one.distinct < 2:
        return "it says the same of all"
    name = set(tokens(one.sample.name or ""))
    if name & {"url", "uri", "link", "image", "img", "picture", "email", "phone"}:
        return "it is an address, by its name"
    few = one.distinct <= max(50, len(one.values) // 4)
    if one.number > 0.98 and one.distinct > 12 and not one.sample.listed:
        if not name & KEYS:
            return {"type": "numeric"}
        return {"type": "categorical"} if few else "it is a number of something, by its name"
    if separator := one.separator:
        parts = one.values.str.split(separator).explode()
        numbers = parts.cast(pl.Float64, strict=False).is_not_null().mean()
        return "it holds lists of numbers" if numbers == 1.0 else {"type": "multi", "separator": separator}
    if one.words >= TEXT:
        return {"type": "text", "role": "text"}
    return {"type": "categorical"} if few else "nearly each value is another"


def _free(name: str, taken: Mapping[str, object]) -> str:
    """`id` and `line` are the recipe's own words."""
    while name in ("id", "line") or name in taken:
        name += "_"
    return name


def encoded(sides: Sequence[Side], node: str) -> list[str]:
    """The features of a node type that an encoder can take in without a language model."""
    own = [side for side in sides if side.node == node]
    return [name for side in own for name in side.of("categorical", "numeric", "multi")]
