"""What a report shows, and how its values are read: a report is drawn from whatever part of it is there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recbox.evaluate import protocol
from recbox.report.portrait import Portrait


@dataclass(frozen=True)
class Document:
    """metrics: the `metrics.json` document. history: one row for each epoch. recipe: its text. sentence: who
    won; empty where nothing was tested. portrait: what lists and vectors show."""

    name: str
    metrics: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    recipe: str = ""
    sentence: str = ""
    portrait: Portrait | None = None

    @property
    def synthetic(self) -> bool:
        return bool(self.part("data").get("synthetic"))

    @property
    def interrupted(self) -> bool:
        return self.metrics.get("status") == "interrupted"

    @property
    def measured(self) -> str:
        """The part of the data whose values are shown: `test`, or `valid` where nothing was tested."""
        return "test" if self.part("test") else "valid"

    @property
    def select(self) -> str:
        """The metric that chose the epoch; the first one where the document doesn't say."""
        values = self.values(self.metrics)
        named = self.metrics.get("select")
        return named if isinstance(named, str) else next(iter(values), "")

    @property
    def protocol(self) -> str:
        """How the values were measured, in a few words."""
        return protocol(self.metrics, self.measured)

    @property
    def lower(self) -> frozenset[str]:
        """Metrics of which less is better."""
        return frozenset(map(str, self.metrics.get("lower_is_better") or ("gini",)))

    def part(self, name: str) -> Mapping[str, Any]:
        """A mapping in the document; empty where there is none."""
        found = self.metrics.get(name)
        return found if isinstance(found, Mapping) else {}

    def values(self, entry: Mapping[str, Any]) -> dict[str, float]:
        """The numbers by metric of a method's entry."""
        found = entry.get(self.measured)
        return {k: float(v) for k, v in found.items() if is_number(v)} if isinstance(found, Mapping) else {}

    def methods(self) -> dict[str, dict[str, float]]:
        """The recipe's method, then the baselines that were run, best first."""
        rest = {n: self.values(e) for n, e in self.part("baseline").items() if isinstance(e, Mapping)}
        sign = 1 if self.is_lower(self.select) else -1
        order = sorted((n for n in rest if rest[n]), key=lambda n: (sign * rest[n].get(self.select, 0.0), n))
        own = self.values(self.metrics)
        label = self.name if self.name not in rest else f"{self.name} (this run)"
        return ({label: own} if own else {}) | {n: rest[n] for n in order}

    def is_lower(self, metric: str) -> bool:
        return metric.partition("@")[0] in self.lower

    def best(self, metric: str) -> float | None:
        """The best value that any method has."""
        found = [values[metric] for values in self.methods().values() if metric in values]
        return None if not found else min(found) if self.is_lower(metric) else max(found)


def is_number(value: object) -> bool:
    """Whether `value` is a finite number (numpy's too) and no truth value."""
    if isinstance(value, bool | str | bytes):
        return False
    try:
        return hasattr(value, "__float__") and math.isfinite(float(value))
    except (TypeError, ValueError):
        return False
