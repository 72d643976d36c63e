"""A user's files read as a recipe would read them: how much there is, and which rows are bad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from recbox.data import assemble
from recbox.errors import DataError
from recbox.recipe.blocks import Clean
from recbox.sketching.doubtful import doubtful
from recbox.source._table import read_table
from recbox.source.table import Table

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.data import BadRow, Dataset, Tables


@dataclass(frozen=True)
class Counts:
    """rows: of interactions, good and bad. bad: rows that can't be read, of interactions and of other files.
    repeated: those whose place a later one takes. kept: those of the target that are left. usual: the median
    of what users have of them. span: the first and the last time, in Unix seconds. crowd: the user who has
    most, and their share of all. doubtful: ids that may not be what they seem."""

    rows: int
    bad: int
    shown: Sequence[BadRow]
    repeated: int
    kept: int
    users: int
    items: int
    usual: int
    span: tuple[int, int] | None
    crowd: tuple[int | str, float] = ("", 0.0)
    doubtful: tuple[str, ...] = ()


def rows_of(source: Mapping[str, Any], context: Context, known: Tables | None = None) -> Tables:
    """All rows of a source `table`. known: what was read of its interactions before, which is used up."""
    try:
        options = Table.parse({name: value for name, value in source.items() if name != "use"})
    except ValidationError as error:
        said = "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise DataError("the files can't be described by a recipe", why=said) from error
    with context.progress.task("read all rows" if known is None else "read what describes them"):
        return read_table(options, context, known)


def count(tables: Tables, target: str, context: Context) -> tuple[Counts, Dataset]:
    """What rows come to; they are used up. target: the behaviour that lists are for. A `DataError` where no
    row can be used."""
    bad, rows = tables.bad_count, tables.rows
    clean = Clean(duplicate="last", bad="skip")
    data = assemble(tables, clean, target, context.scratch, spend=True)
    x = data.interaction
    each = np.bincount(x.user, minlength=len(data.user))
    counts = Counts(
        rows=rows,
        bad=bad,
        shown=tables.bad,
        repeated=data.facts["merged"],
        kept=len(x),
        users=len(data.user),
        items=len(data.item),
        usual=int(np.median(each[each > 0])),
        span=None if x.time is None else (int(x.time.min()), int(x.time.max())),
        crowd=(data.user.ids[int(each.argmax())], float(each.max() / len(x))),
        doubtful=tuple(doubtful(data, each)),
    )
    return counts, data
