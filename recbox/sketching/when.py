"""Which column says when."""

from __future__ import annotations

from collections.abc import Sequence

from recbox.sketching.facts import Facts
from recbox.sketching.guess import NEAR, SURE, Guess, as_well
from recbox.sketching.words import KEYS, tokens

FINE = 1e14
"""Unix times above it are in micro- or nanoseconds, which aren't read."""
SERIAL = 30_000.0, 60_000.0
"""Days since 1900, as Excel has them: 1982 to 2064."""


def timely(column: Facts) -> bool:
    """Whether a column is no weight, for it says when."""
    return column.times[0] > 0.5 or column.name_for("time") >= SURE


def when(columns: Sequence[Facts]) -> Guess:
    """Numbers are times only where a name says so, or where there are no names."""
    headless = all(c.sample.name is None for c in columns)
    able = [c for c in columns if _tells_time(c, headless)]
    if not able:
        return _likely_time(columns)
    best = max(able, key=lambda c: c.name_for("time") + max(c.iso, 0.9 * c.times[0] * bool(c.local)))
    others = tuple(c for c in able if c is not best)
    if best.times[1] == "auto" and best.iso < 0.5 and headless:
        return Guess("time", best, others, "its numbers look like Unix times, and there is no name")
    if len(best.local) > 1 and best.times[1] != "auto" and best.local[0][0] == best.local[1][0]:
        why = f"whether it is {best.local[0][1]} or {best.local[1][1]} can't be told"
        return Guess("time", best, others, why)
    rivals = [c for c in others if c.name_for("time") >= best.name_for("time") - NEAR]
    return Guess("time", best, others, as_well(rivals))


def _tells_time(column: Facts, headless: bool) -> bool:
    if column.iso >= 0.5 or (column.times[0] >= 0.5 and column.times[1] != "auto"):
        return True
    return column.unix >= 0.5 and (headless or column.name_for("time") >= SURE)


def _likely_time(columns: Sequence[Facts]) -> Guess:
    """Numbers of which each is a Unix time are times in doubt, without a name that says so or one that says
    they are something else."""
    if said := _unread(columns):
        return Guess("time", None, (), said)
    able = [c for c in columns if c.unix == 1.0 and c.whole == 1.0 and c.distinct > 10]
    able = [c for c in able if not KEYS & set(tokens(c.sample.name or ""))]
    if not able:
        return Guess("time", None)
    return Guess(
        "time", able[0], tuple(able[1:]), "its numbers look like Unix times, and its name doesn't say so"
    )


def _unread(columns: Sequence[Facts]) -> str:
    """Why there is no time, where a column looks like one."""
    if odd := next((c for c in columns if c.dated > 0.5), None):
        return f"{odd.sample.at!r} looks like times, in a form that isn't read"
    fine = (c for c in columns if c.name_for("time") >= SURE and len(c.numbers) and c.numbers.max() > FINE)
    if odd := next(fine, None):
        return f"{odd.sample.at!r} looks like times in micro- or nanoseconds, which aren't read"
    days = (
        c for c in columns if _called_time(c) and c.number > 0.5 and c.numbers.is_between(*SERIAL).mean() == 1
    )
    if odd := next(days, None):
        return f"{odd.sample.at!r} looks like Excel's numbers of days, which aren't read: export dates"
    return ""


def _called_time(column: Facts) -> bool:
    """Not by a word that is as much one for how much, as in `hours`."""
    return column.name_for("time") >= SURE and column.name_for("weight") < SURE
