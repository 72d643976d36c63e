"""Ranges of `search`: whether they make sense, and the values by which they are tried in a recipe."""

from __future__ import annotations

import math

from recbox.recipe.blocks import Range
from recbox.recipe.desk import Desk
from recbox.recipe.recipe import Space
from recbox.recipe.tree import Node

WHOLE = ("int", "log-int")
LOG = ("log", "log-int")
LARGEST = 2**53
"""Whole numbers up to this are exact."""


def check_range(desk: Desk, given: Range, node: Node) -> bool:
    """Report what a range can't be; whether it is right."""
    before = len(desk.findings.found)
    found = desk.findings
    low, high = node.mapping["low"].place, node.mapping["high"].place
    if given.low >= given.high:
        found.add(high, f"`high` must be above `low`, which is {given.low:g}")
    if given.by in LOG and given.low <= 0:
        found.add(low, f"`low` must be above 0: `{given.by}` has no logarithm of {given.low:g}")
    if given.by in WHOLE:
        for name in ("low", "high", "step"):
            value = getattr(given, name)
            if value is not None and not (float(value).is_integer() and abs(value) <= LARGEST):
                found.add(node.mapping[name].place, f"`{name}` must be a whole number: the range is of those")
    if given.step is not None:
        _check_step(desk, given, node.mapping["step"])
    return len(found.found) == before


def _check_step(desk: Desk, given: Range, step: Node) -> None:
    if given.by in LOG:
        desk.findings.add(step.place, f"`step` is for linear and int; `{given.by}` has none")
    elif given.step is not None and 0 < given.high - given.low < given.step:
        desk.findings.add(step.place, f"`step` is longer than the range, which is {given.high - given.low:g}")


def probes(node: Node, space: Space) -> list[Node]:
    """The values by which a space is tried: all choices; of a range both ends, and what lies between."""
    if space.range is None:
        return node.items
    low, high, by = (node.mapping[name] for name in ("low", "high", "by"))
    if space.range.by in WHOLE:
        return [Node(int(space.range.low), low.place), Node(int(space.range.high), high.place)]
    return [low, high, Node(_between(space.range), by.place)]


def _between(given: Range) -> float:
    """A value that is no whole number, if the range has one that is seen."""
    if given.step is not None:
        return given.low + given.step
    middle = math.sqrt(given.low * given.high) if given.by == "log" else (given.low + given.high) / 2
    odd = middle if not middle.is_integer() else given.low + (given.high - given.low) / math.pi
    short = float(f"{odd:.3g}")
    return short if given.low < short < given.high and not short.is_integer() else odd
