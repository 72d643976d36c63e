"""A measured suite as the texts of a table: for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TIMES = ("ms", "s")


@dataclass(frozen=True)
class Table:
    """Texts. left: how many columns are words."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 2


def table(part: Mapping[str, Any]) -> Table:
    """One row a figure; of several of one sort, the first says which."""
    rows = part["row"]
    extras = list(dict.fromkeys(key for row in rows for key in row["extra"]))
    headings = ("what", "who", "median", "quartiles", "beside", *extras)
    return Table(headings, tuple(_cells(row, before, extras) for row, before in zip(rows, [None, *rows])))


def _cells(
    row: Mapping[str, Any], before: Mapping[str, Any] | None, extras: Sequence[str]
) -> tuple[str, ...]:
    what = "" if before and before["what"] == row["what"] else row["what"]
    more = (extra(key, row["extra"].get(key)) for key in extras)
    return what, row["name"], value(row), quartiles(row), beside(row), *more


def changes(compared: Mapping[str, Any]) -> Table:
    """One row a figure of both measurements."""
    headings = ("suite", "what", "who", "before", "after", "change", "verdict")
    return Table(headings, tuple(_change(row) for row in compared["row"]), left=3)


def _change(row: Mapping[str, Any]) -> tuple[str, ...]:
    change = "" if row["change"] is None else f"{row['change']:+.1%}"
    after = f"{number(row['after'])} {row['unit']}".rstrip()
    return row["suite"], row["what"], row["name"], number(row["before"]), after, change, row["verdict"]


def apart(compared: Mapping[str, Any]) -> Iterator[str]:
    """What has to be known before changes are read."""
    if compared["machine"]:
        facts = (f"{key} {old} before, {new} now" for key, (old, new) in compared["machine"].items())
        yield f"other machine or versions: {'; '.join(facts)}"
    if compared["by"] == "ratio":
        yield "the hardware differs, so ratios to the references are compared, and no times"
    for name in compared["work"]:
        yield f"{name} was measured on something else before: not compared"
    for heading in ("missing", "new"):
        for figure in compared[heading]:
            yield f"{heading}: {', '.join(figure)}"


def value(row: Mapping[str, Any]) -> str:
    """The median with its unit."""
    return f"{number(row['median'])} {row['unit']}".rstrip()


def quartiles(row: Mapping[str, Any]) -> str:
    """Where the middle half of the rounds lies; nothing for a single one."""
    return f"{number(row['q1'])} – {number(row['q3'])}" if row["rounds"] > 1 else ""


def beside(row: Mapping[str, Any]) -> str:
    """`11.9 × faster`, `1.56 × slower`, `1.2 ×`; the reference is called so."""
    ratio = row["ratio"]
    if row["name"] == row["against"]:
        return "reference"
    if not (row["unit"] in TIMES or row["unit"].endswith("/s")):
        return f"{number(ratio)} ×"
    faster = ratio if row["better"] == "more" else 1 / ratio
    return f"{number(faster)} × faster" if faster >= 1 else f"{number(1 / faster)} × slower"


def extra(heading: str, found: float | None) -> str:
    """A share of something is written in percent."""
    if found is None:
        return ""
    return f"{found:.0%}" if heading.startswith("of ") else number(found)


def number(found: float) -> str:
    """Three digits at least; four decimals below 1, as metrics are written."""
    size = abs(found)
    if size < 1:
        return f"{found:.4f}" if size >= 0.01 or not found else f"{found:.3g}"
    return f"{found:,.{2 if size < 10 else 1 if size < 100 else 0}f}"


def about(part: Mapping[str, Any]) -> str:
    """What was measured on: `graph gowalla, nodes 70,839, ...`."""
    return ", ".join(_facts(part["about"]))


def _facts(found: Mapping[str, Any]) -> Iterator[str]:
    for key, fact in found.items():
        yield f"{key} {fact:,}" if isinstance(fact, int | float) else f"{key} {fact}"


def rounds(part: Mapping[str, Any]) -> str:
    """Of how many rounds figures are medians, and how long the suite took."""
    counts = sorted({row["rounds"] for row in part["row"]})
    said = " or ".join(map(str, counts))
    return f"medians of {said} round{'s' * (counts != [1])}, {number(part['seconds'])} s in all"


def place(machine: Mapping[str, Any]) -> str:
    """The machine in a line."""
    return ", ".join(f"{key} {fact}" for key, fact in machine.items() if fact is not None)
