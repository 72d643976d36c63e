"""A search as one HTML page without a script: where the best lie, what mattered, and every trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbox.report.page import environment
from recbox.tuning import coordinates
from recbox.tuning.coordinates import written

if TYPE_CHECKING:
    from recbox.tuning.outcome import Searched, Tuning


def render(tuning: Tuning) -> str:
    """Self-contained: nothing is loaded from anywhere."""
    return environment("recbox.tuning").get_template("tuning.html.j2").render(
        name=", ".join(arm.name for arm in tuning.arms),
        arms=tuning.arms,
        next=tuning.next,
        status=tuning.status,
        synthetic=any(arm.synthetic for arm in tuning.arms),
        drawings=[coordinates.drawing(arm, number) for number, arm in enumerate(tuning.arms)],
        heads=[head(arm) for arm in tuning.arms],
        tables=[table(arm) for arm in tuning.arms],
        top=coordinates.TOP,
        bottom=coordinates.BOTTOM,
    )  # fmt: skip


def head(arm: Searched) -> list[str]:
    """The columns of an arm's table of trials."""
    return ["trial", arm.select, *arm.spaces, "seconds", "outcome"]


def table(arm: Searched, most: int | None = None) -> list[tuple[bool, list[str]]]:
    """Rows, and whether each is the best: the best first, then those that were ended, or failed."""
    others = [row for row in arm.rows if row not in arm.ranked]
    return [
        (
            row is arm.best,
            [
                str(row.number),
                "" if row.value is None else f"{row.value:.4f}",
                *(written(row.settings[path]) for path in arm.spaces),
                "" if row.seconds is None else f"{row.seconds:.1f}",
                f"{row.state}: {row.reason}" if row.reason else row.state,
            ],
        )
        for row in [*arm.ranked, *others][:most]
    ]
