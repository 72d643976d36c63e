"""What can be told of a column by its values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from recbox.sketching.peek import Sample
from recbox.sketching.words import Role, named
from recbox.source._times import TimeFormat, seconds_of

SEPARATORS = "|", ";", ","
YEARS = 631_152_000, 4_102_444_800
"""1990 and 2100 in Unix seconds: a number between is likely to be a time, one outside isn't."""
_DATE = r"^\s*\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b"


@dataclass(frozen=True)
class Facts:
    """Of a column's sample. All shares are of the values that are there."""

    sample: Sample

    @cached_property
    def values(self) -> pl.Series:
        """Those that are there, without blanks around them."""
        found = pl.Series("v", self.sample.values, pl.String).str.strip_chars()
        return found.filter(found != "")

    def name_for(self, role: Role) -> float:
        """0 to 1: how much its name speaks for a role."""
        return named(self.sample.name, role)

    @property
    def filled(self) -> float:
        """Which share of the rows has a value."""
        return len(self.values) / max(1, len(self.sample.values))

    @cached_property
    def distinct(self) -> int:
        return self.values.n_unique()

    @cached_property
    def numbers(self) -> pl.Series:
        """Float64, of the values that are some."""
        return self.values.cast(pl.Float64, strict=False).drop_nulls()

    @cached_property
    def number(self) -> float:
        """The share of numbers."""
        return self._share(len(self.numbers))

    @cached_property
    def whole(self) -> float:
        """The share of integers."""
        return self._share(self.values.str.contains(r"^-?\d+(?:\.0+)?$").sum())

    @cached_property
    def iso(self) -> float:
        """The share of times in the form of ISO 8601, as a source reads them."""
        found = self.values.to_frame().select(seconds_of(pl.col("v"), "iso")).to_series()
        return self._share(len(found) - found.null_count())

    @cached_property
    def local(self) -> tuple[tuple[float, str], ...]:
        """The shares of dates as people write them, and how: what most values fit comes first. Where both fit
        alike it is the day first, unless the clock has 12 hours."""
        if self.dated < 0.5:
            return ()
        half = self.values.str.contains(r"(?i)\d\s?[ap]\.?m\.?$").any()
        ways: tuple[TimeFormat, ...] = ("month-first", "day-first") if half else ("day-first", "month-first")
        frame = self.values.to_frame()
        read = [frame.select(seconds_of(pl.col("v"), way).is_not_null().sum()).item() for way in ways]
        return tuple(
            sorted(((self._share(n), str(way)) for n, way in zip(read, ways)), key=lambda one: -one[0])
        )

    @property
    def times(self) -> tuple[float, str]:
        """The share of values that are times, and how a recipe calls them; `auto` where it needn't say it."""
        told = max(self.iso, self.unix)
        best = self.local[0] if self.local else (0.0, "")
        return best if best[0] > told else (told, "auto")

    @cached_property
    def unix(self) -> float:
        """The share of numbers that are likely to be Unix times, in seconds or milliseconds."""
        low, high = YEARS
        n = self.numbers
        return self._share((n.is_between(low, high) | n.is_between(low * 1e3, high * 1e3)).sum())

    @cached_property
    def dated(self) -> float:
        """The share of values that begin like a date, in whatever form."""
        return self._share(self.values.str.contains(_DATE).sum())

    @cached_property
    def comma(self) -> float:
        """The share of numbers with a decimal comma."""
        return self._share(self.values.str.contains(r"^-?\d+,\d+$").sum())

    @cached_property
    def several(self) -> bool:
        """Whether a value is a list of several ids."""
        if self.sample.listed:
            return True
        parts = self.values.str.split(self.separator).explode() if self.separator else self.values
        return len(parts) >= 2 * len(self.values) and self.distinct > 0.5 * len(self.values)

    @cached_property
    def words(self) -> float:
        """Words of a value on average."""
        return float(self.values.str.count_matches(r"\S+").mean() or 0.0)

    @cached_property
    def separator(self) -> str:
        """What stands between several categories in one value; empty where a value is one."""
        if self.sample.listed:
            return "|"
        for separator in SEPARATORS:
            there = self.values.str.contains(separator, literal=True)
            parts = self.values.str.split(separator).explode().str.strip_chars()
            short = float(parts.str.len_chars().mean() or 0) <= 20
            if there.mean() and float(there.mean()) >= 0.1 and short and 2 * parts.n_unique() <= len(parts):
                return separator
        return ""

    @property
    def ids(self) -> bool:
        """Whether values may be ids: of one word, not measured, not all the same."""
        real = self.number - self.whole > 0.1
        time = max(self.iso, *(share for share, _ in self.local), 0.0)
        return self.filled > 0.5 and self.words < 2 and not real and self.distinct > 1 and time < 0.5

    def _share(self, count: int) -> float:
        return count / max(1, len(self.values))
