"""The figures of an estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from recbox.rehearsal import Share


@dataclass(frozen=True)
class Phase:
    """seconds: of one time; times: at most; least: at least, where training may end early."""

    name: str
    seconds: float
    times: int = 1
    least: int | None = None

    def document(self) -> dict[str, Any]:
        """For programs."""
        least = self.times if self.least is None else self.least
        return {"name": self.name, "seconds": round(self.seconds, 4), "times": self.times, "least": least}

    @property
    def most_s(self) -> float:
        return self.seconds * self.times

    @property
    def least_s(self) -> float:
        return self.seconds * (self.times if self.least is None else self.least)


@dataclass(frozen=True)
class Estimate:
    """phases: in the order of a run. memory: bytes that the process holds at most. disk: of the artifact;
    beside: of the checkpoint that lies beside it while the run goes on. room: bytes of memory that there are.
    shares: what was done in part. left_out: baselines that won't be run, and why."""

    name: str
    phases: Sequence[Phase]
    memory: int
    disk: int
    beside: int
    room: int
    shares: Sequence[Share] = ()
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def most_s(self) -> float:
        """Seconds, where training goes on to its last epoch."""
        return sum(phase.most_s for phase in self.phases)

    @property
    def least_s(self) -> float:
        """Seconds, where validation ends training as early as it can."""
        return sum(phase.least_s for phase in self.phases)

    def document(self) -> dict[str, Any]:
        """For programs: seconds and MiB."""
        return {
            "least_s": round(self.least_s, 3),
            "most_s": round(self.most_s, 3),
            "phase": [phase.document() for phase in self.phases],
            "memory_mib": round(self.memory / 2**20, 1),
            "disk_mib": round(self.disk / 2**20, 2),
            "checkpoint_mib": round(self.beside / 2**20, 2),
            "share": [vars(share) for share in self.shares],
            "left_out": self.left_out,
        }
