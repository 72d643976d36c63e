"""Times as text to Unix seconds."""

from __future__ import annotations

from typing import Literal

import polars as pl

TimeFormat = Literal["auto", "seconds", "milliseconds", "iso", "day-first", "month-first", "unix", "plain"]
"""unix: seconds or milliseconds, told apart by size. auto: that or iso, value by value. plain: iso, where
no value of a block has an offset or a fraction. day-first, month-first: `28.5.2024`, `5/28/2024 8:26 PM`."""
LOCAL = "day-first", "month-first"
FIRST, LAST = -62_135_596_800, 253_402_300_799
"""Years 1 to 9999, in Unix seconds."""
_SECONDS_BELOW = 100_000_000_000
_ISO = (
    r"^(\d{4}-\d{2}-\d{2})(?:[T ]([01]\d|2[0-3])(?::([0-5]\d)(?::([0-5]\d|60)(?:[.,]\d+)?)?)?"
    r"\s?(?:Z|UTC|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?)?$"
)
_LOCAL = (
    r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})"
    r"(?:,?[T ]\s?([01]?\d|2[0-3])(?::([0-5]\d)(?::([0-5]\d|60)(?:[.,]\d+)?)?)?(?:\s?([AaPp])\.?[Mm]\.?)?)?$"
)
_PLAIN = r"^\d{4}-\d{2}-\d{2}(?:[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ?)?$"


def usual(text: pl.Series, time: TimeFormat) -> TimeFormat:
    """How the times of a block are written, where they may be in several ways: a search for each of these in
    each value costs more than all the rest."""
    if time not in ("auto", "iso"):
        return time
    if text.str.contains(_PLAIN).all():
        return "plain"
    return "unix" if time == "auto" and not text.str.contains(r"^\s*\d{4}-").any() else time


def seconds_of(text: pl.Expr, time: TimeFormat) -> pl.Expr:
    """Int64 Unix seconds of text without blanks around it; null where it is no time."""
    if time == "plain":
        return _plain(text)
    if time == "iso":
        return _iso(text)
    if time in LOCAL:
        return _local(text, 1 if time == "day-first" else 2)
    return pl.coalesce(_unix(text, time), _iso(text)) if time == "auto" else _unix(text, time)


def _unix(text: pl.Expr, time: TimeFormat) -> pl.Expr:
    """Of a number as text; what is behind the point doesn't count."""
    real = text.cast(pl.Float64, strict=False)
    small = pl.when(real.is_finite() & (real.abs() < 1e18)).then(real.floor()).cast(pl.Int64, strict=False)
    return seconds(pl.coalesce(text.cast(pl.Int64, strict=False), small), time)


def seconds(whole: pl.Expr, time: TimeFormat) -> pl.Expr:
    """Unix seconds of a number of seconds or milliseconds: 1e11 seconds is the year 5138."""
    thousandth = whole.floordiv(1000)
    if time in ("unix", "auto"):
        return pl.when(whole.is_between(-_SECONDS_BELOW, _SECONDS_BELOW)).then(whole).otherwise(thousandth)
    return thousandth if time == "milliseconds" else whole


def _iso(text: pl.Expr) -> pl.Expr:
    """A date, or a date and time, with or without an offset; without one it is UTC."""
    group = {n: text.str.extract_groups(_ISO).struct.field(str(n)) for n in range(1, 8)}
    part = {n: group[n].cast(pl.Int64, strict=False).fill_null(0) for n in (2, 3, 4, 6, 7)}
    day = group[1].str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32).cast(pl.Int64)
    offset = (part[6] * 3600 + part[7] * 60) * pl.when(group[5] == "-").then(-1).otherwise(1)
    return day * 86_400 + part[2] * 3600 + part[3] * 60 + part[4] - offset


def _local(text: pl.Expr, day: int) -> pl.Expr:
    """A date, or a date and time of 12 or 24 hours, in UTC. day: which number is the day's; null where there
    is no such day, or no 13 o'clock PM."""
    group = {n: text.str.extract_groups(_LOCAL).struct.field(str(n)) for n in range(1, 8)}
    number = {n: group[n].cast(pl.Int64, strict=False) for n in range(1, 7)}
    date = pl.format("{}-{}-{}", group[3], group[3 - day], group[day]).str.to_date("%Y-%m-%d", strict=False)
    hour, half = number[4].fill_null(0), group[7].str.to_lowercase()
    hour = (
        pl.when(half.is_null())
        .then(hour)
        .when(hour.is_between(1, 12))
        .then(hour % 12 + 12 * (half == "p").cast(pl.Int64))
    )
    rest = number[5].fill_null(0) * 60 + number[6].fill_null(0)
    return date.cast(pl.Int32).cast(pl.Int64) * 86_400 + hour * 3600 + rest


def _plain(text: pl.Expr) -> pl.Expr:
    """The same, where each part is at its place."""
    hour, minute, second = (
        text.str.slice(at, 2).cast(pl.Int64, strict=False).fill_null(0) for at in (11, 14, 17)
    )
    day = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32).cast(pl.Int64)
    return day * 86_400 + hour * 3600 + minute * 60 + second
