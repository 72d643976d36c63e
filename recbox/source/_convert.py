"""Text to typed columns: each value becomes what its column holds, or the reason why its row is bad."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from recbox.data.tables import MAX_BAD, MAX_WORD
from recbox.source._block import COLUMN, show
from recbox.source._times import FIRST, LAST, LOCAL, TimeFormat, seconds, seconds_of, usual

FieldType = Literal["id", "weight", "time", "word", "part", "categorical", "text", "numeric", "multi"]
UNIT = "\x1f"
MAX_ID = 1000
"""Bytes of the longest id."""
_LARGEST = 3.4028234663852886e38


@dataclass(frozen=True)
class Field:
    """A column to read: its name in the tables, where it is in the file, and what it holds."""

    name: str
    column: COLUMN
    type: FieldType
    separator: str = "|"
    """Between the values of a `multi`; a blank stands for any white space."""
    time: TimeFormat = "auto"


Problem = tuple[pl.Expr, Callable[[str], str]]
"""When a value is unusable, and what to say of it. Only rows that are shown are put into words."""


def convert(frame: pl.DataFrame, fields: Sequence[Field]) -> tuple[pl.DataFrame, list[tuple[int, str]], int]:
    """A block's frame to typed columns and `line`; the first bad rows as (line, reason), and their count."""
    texts, values, problems = [], [], []
    for n, field in enumerate(fields):
        text, field = _flat(frame, f"c{n}", field)
        rules = _RULES
        if frame.schema[f"c{n}"] == pl.Int64 and countable(field):
            rules = _OF_INTEGERS
        elif field.type == "time":
            field = replace(field, time=usual(frame.select(text).to_series(), field.time))
        value, found = rules[field.type](pl.col(f"t{n}"), field)
        texts.append(text.alias(f"t{n}"))
        values.append(value.alias(field.name))
        problems += [(when, say, n) for when, say in found]
    plain = frame.select(*texts, "line")
    problem = plain.select(_first(problems).alias("problem")).to_series()
    reasons = []
    if bad := len(problem) - problem.null_count():
        wrong = plain.with_columns(problem).filter(problem.is_not_null())
        plain = plain.filter(problem.is_null())
        for row in wrong.head(MAX_BAD).iter_rows(named=True):
            _, say, n = problems[row["problem"]]
            reasons.append((row["line"], say("" if row[f"t{n}"] is None else str(row[f"t{n}"]))))
    typed = plain.select(*values, "line")
    return typed.with_columns(as_ids(typed[f.name]) for f in fields if f.type == "id"), reasons, bad


def _first(problems: Sequence[tuple[pl.Expr, Callable[[str], str], int]]) -> pl.Expr:
    """The number of the first problem that a row has, or null."""
    return pl.coalesce(*(pl.when(when).then(pl.lit(i, pl.Int16)) for i, (when, _, _) in enumerate(problems)))


def countable(field: Field) -> bool:
    """Whether the values may be integers: as text they mean the same."""
    return field.type in ("id", "weight", "numeric") or (
        field.type == "time" and field.time not in ("iso", *LOCAL)
    )


def _flat(frame: pl.DataFrame, name: str, field: Field) -> tuple[pl.Expr, Field]:
    """The column as text, empty text as null, or as integers where these are countable. Lists are joined by a
    character that no value holds."""
    dtype = frame.schema[name]
    if dtype == pl.Int64:
        return pl.col(name) if countable(field) else pl.col(name).cast(pl.String), field
    if not isinstance(dtype, pl.List):
        return pl.when(pl.col(name) != "").then(pl.col(name)), field
    values = pl.col(name).list.eval(pl.element().str.replace_all(UNIT, " "))
    between = UNIT if field.type == "multi" else "|"
    return values.list.join(between), replace(field, separator=UNIT)


def as_ids(ids: pl.Series) -> pl.Series:
    """Int64 where every id is the way an integer is written (`7`, not `007` or `+7`), else as given."""
    if ids.dtype == pl.Int64 or ids[:1].cast(pl.Int64, strict=False).null_count():
        return ids
    numbers = ids.cast(pl.Int64, strict=False)
    return numbers if not numbers.null_count() and (numbers.cast(pl.String) == ids).all() else ids


def alike(columns: Sequence[pl.Series]) -> list[pl.Series]:
    """Ids of one node type from several places: integers if all of them are, else strings."""
    if len({column.dtype for column in columns}) > 1:
        return [column.cast(pl.String) for column in columns]
    return list(columns)


def _missing(text: pl.Expr, name: str) -> Problem:
    return text.fill_null("").str.strip_chars() == "", lambda _: f"no {name}"


def _id(text: pl.Expr, field: Field) -> tuple[pl.Expr, list[Problem]]:
    overlong = text.str.len_bytes() > MAX_ID
    return text, [
        _missing(text, field.name),
        (overlong, lambda _: f"the {field.name} is longer than {MAX_ID} bytes"),
    ]


def _numeric(text: pl.Expr, field: Field) -> tuple[pl.Expr, list[Problem]]:
    value = text.str.strip_chars().cast(pl.Float64, strict=False)
    usable = (value.is_finite() & (value.abs() <= _LARGEST)).fill_null(False)
    bad = text.is_not_null() & ~usable
    return value, [(bad, lambda v: f"{field.name} {show(v)} is not a finite number")]


def _weight(text: pl.Expr, field: Field) -> tuple[pl.Expr, list[Problem]]:
    value, problems = _numeric(text, field)
    return value, [_missing(text, field.name), *problems]


def _time(text: pl.Expr, field: Field) -> tuple[pl.Expr, list[Problem]]:
    value = seconds_of(text.str.strip_chars(), field.time)
    return value, [_missing(text, field.name), _never(value, field.name)]


def _never(value: pl.Expr, name: str) -> Problem:
    return ~value.is_between(FIRST, LAST).fill_null(False), lambda v: f"{name} {show(v)} is not a time"


def _word(text: pl.Expr, field: Field) -> tuple[pl.Expr, list[Problem]]:
    word = text.str.strip_chars()
    overlong = word.str.len_chars() > MAX_WORD
    why = f"the {field.name} is longer than {MAX_WORD} characters"
    return word, [_missing(text, field.name), (overlong, lambda _: why)]


def _part(text: pl.Expr, field: Field) -> tuple[pl.Expr, list[Problem]]:
    value = text.str.strip_chars()
    known = value.is_in(["train", "valid", "test"]).fill_null(False)
    bad: Problem = (~known, lambda v: f"the part {show(v)} is not train, valid or test")
    return value, [_missing(text, field.name), bad]


def _optional(text: pl.Expr, field: Field) -> tuple[pl.Expr, list[Problem]]:
    value = text.str.strip_chars()
    return pl.when(value != "").then(value), []


def _multi(text: pl.Expr, field: Field) -> tuple[pl.Expr, list[Problem]]:
    return _split(text, field.separator), []


def _split(text: pl.Expr, separator: str) -> pl.Expr:
    words = (
        text.str.replace_all(r"\s+", " ").str.split(" ") if separator == " " else text.str.split(separator)
    )
    kept = words.list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
    return pl.when(kept.list.len() > 0).then(kept)


_RULES = {
    "id": _id,
    "weight": _weight,
    "time": _time,
    "word": _word,
    "part": _part,
    "categorical": _optional,
    "text": _optional,
    "numeric": _numeric,
    "multi": _multi,
}


def _null(column: pl.Expr, name: str) -> Problem:
    return column.is_null(), lambda _: f"no {name}"


def _time_of(column: pl.Expr, field: Field) -> tuple[pl.Expr, list[Problem]]:
    value = seconds(column, field.time)
    return value, [_null(column, field.name), _never(value, field.name)]


_OF_INTEGERS: dict[str, Callable[[pl.Expr, Field], tuple[pl.Expr, list[Problem]]]] = {
    "id": lambda column, field: (column, [_null(column, field.name)]),
    "weight": lambda column, field: (column.cast(pl.Float64), [_null(column, field.name)]),
    "numeric": lambda column, field: (column.cast(pl.Float64), []),
    "time": _time_of,
}
"""What the rules for text say, where a column is of integers already."""
