"""Tables that describe users or items: which column is the id, and what the others are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recbox.errors import DataError
from recbox.sketching.facts import Facts, tokens
from recbox.sketching.peek import Peek

if TYPE_CHECKING:
    import polars as pl

TITLES = "title", "name", "titel", "headline", "label"
LEAST = 0.1
"""The share of a column's values that must be ids of the interactions for it to be the id."""


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


def side(node: str, found: Peek, ids: pl.Series) -> Side:
    """A `DataError` where no column holds ids of the interactions."""
    facts = [Facts(column) for column in found.columns]
    own = max(facts, key=lambda one: _overlap(one, ids))
    if _overlap(own, ids) < LEAST:
        raise DataError(
            f"no column holds the {node}s' ids",
            where=str(found.path),
            why=f"of no column is a tenth of the values among the {len(ids):,} {node}s of the interactions",
            instead=f"a table with a column that calls {node}s as the interactions do",
        )
    columns: dict[str, dict[str, Any]] = {}
    left: dict[str, str] = {}
    for one in (one for one in facts if one is not own):
        name = one.sample.name or f"column {one.sample.place}"
        what = _feature(one, titled=any("role" in column for column in columns.values()))
        if isinstance(what, str):
            left[name] = what
        else:
            columns[_free(name, columns)] = what | _place(one, name)
    return Side(node, found, own, columns, left)


def _overlap(one: Facts, ids: pl.Series) -> float:
    values = one.values
    return float(values.is_in(ids.cast(values.dtype).implode()).mean() or 0.0) if len(values) else 0.0


def _feature(one: Facts, titled: bool) -> dict[str, Any] | str:
    """What a recipe says of a column, or why it is left out."""
    if one.filled < 0.01:
        return "it is nearly empty"
    if one.distinct < 2:
        return "it says the same of all"
    name = set(tokens(one.sample.name or ""))
    if name & set(TITLES) and not titled and one.number < 0.5:
        return {"type": "text", "role": "title"}
    if name & {"url", "uri", "link", "image", "img", "picture", "email", "phone"}:
        return "it is an address, by its name"
    if one.number > 0.98 and one.distinct > 12:
        return {"type": "numeric"}
    if separator := one.separator:
        return {"type": "multi", "separator": separator}
    if one.words >= 4:
        return {"type": "text", "role": "text"}
    if not titled and one.words >= 1.5 and one.distinct > 0.9 * len(one.values):
        return {"type": "text", "role": "title"}
    if one.distinct <= max(50, len(one.values) // 4):
        return {"type": "categorical"}
    return "nearly each value is another"


def _free(name: str, taken: Mapping[str, object]) -> str:
    """`id` and `line` are the recipe's own words."""
    while name in ("id", "line") or name in taken:
        name += "_"
    return name


def _place(one: Facts, name: str) -> dict[str, Any]:
    same = one.sample.name is not None and _free(name, {}) == one.sample.name
    return {} if same else {"column": one.sample.at}


def encoded(sides: Sequence[Side], node: str) -> list[str]:
    """The features of a node type that an encoder can take in without a language model."""
    own = [side for side in sides if side.node == node]
    return [name for side in own for name in side.of("categorical", "numeric", "multi")]
