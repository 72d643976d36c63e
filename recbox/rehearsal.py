"""A run that is only rehearsed: of what is dear some is done, and what all of it takes is said."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Share:
    """what: such as `encoding texts`; unit: of what. done of `count` were done, in `spent` seconds, and all
    of them take about `seconds`."""

    what: str
    unit: str
    count: int
    done: int
    spent: float
    seconds: float


@dataclass
class Rehearsal:
    """Where a part says what it did in place of the whole.

    A part that finds one in its context (`context.rehearsal`) does some of its dear work, gives values of the
    right shape for the rest, keeps nothing of it, and says what the whole takes: `rehearsal.told(...)`.

    Stability: stable for callers.
    """

    shares: list[Share] = field(default_factory=list)

    def told(self, what: str, unit: str, count: int, done: int, spent: float) -> None:
        """The rest takes as long, each, as those that were done in `spent` seconds."""
        self.shares.append(Share(what, unit, count, done, spent, spent * count / max(done, 1)))

    @property
    def spent(self) -> float:
        """Seconds of what was done so far."""
        return sum(share.spent for share in self.shares)
