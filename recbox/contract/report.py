"""What a run of the contract kit found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Result:
    """One law, for one case of one plugin. said: what was seen where it failed, why where it was skipped."""

    kind: str
    plugin: str
    case: str
    law: str
    states: str
    status: Status
    said: str = ""
    instead: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Report:
    """All results, in order. A report in which nothing ran is no success."""

    results: tuple[Result, ...]

    def of(self, status: Status) -> tuple[Result, ...]:
        """The results of one status."""
        return tuple(r for r in self.results if r.status == status)

    @property
    def count(self) -> dict[str, int]:
        """How many passed, failed and were skipped."""
        found = Counter(r.status for r in self.results)
        return {status: found[status] for status in ("passed", "failed", "skipped")}

    @property
    def ok(self) -> bool:
        """Whether at least one check ran and none failed."""
        return self.count["passed"] > 0 and self.count["failed"] == 0

    def document(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {"ok": self.ok, "count": self.count, "results": [asdict(r) for r in self.results]}


def joined(reports: Iterable[Report]) -> Report:
    """Several plugins' reports as one."""
    return Report(tuple(r for report in reports for r in report.results))
