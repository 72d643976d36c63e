"""A comparison as one HTML page, in the report's style."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbox.comparison import rows
from recbox.report.page import environment

if TYPE_CHECKING:
    from recbox.comparison.comparing import Comparison


def render(comparison: Comparison) -> str:
    """One self-contained HTML page: no script, nothing loaded from anywhere."""
    return environment("recbox.comparison").get_template("comparison.html.j2").render(
        names=[method.label for method in comparison.methods],
        data=comparison.data,
        synthetic=bool(comparison.data.get("synthetic")),
        sentences=comparison.told,
        rest=[s for s in comparison.sentences if s not in comparison.told],
        notes=comparison.notes,
        caption=rows.caption(comparison),
        lists=rows.lists(comparison),
        means=rows.means(comparison),
        pairs=rows.pairs(comparison),
        segments=rows.segments(comparison),
    )  # fmt: skip
