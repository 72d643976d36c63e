"""What a fitted recommender looks like: in a line, and in a notebook."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recbox.api.load import Fitted


def line(fitted: Fitted) -> str:
    """Name, place and sizes."""
    return f"<recbox.Fitted {fitted.name!r} in {str(fitted.folder)!r}: {_facts(fitted)}>"


def table(fitted: Fitted) -> str:
    """What a notebook shows: name, data, test metrics. No script, everything escaped."""
    rows = "".join(
        f"<tr><td>{html.escape(str(n))}</td><td>{v:.4f}</td></tr>" for n, v in _values(fitted).items()
    )
    return (
        f"<p><b>{html.escape(fitted.name)}</b> &middot; {html.escape(_facts(fitted))}</p>"
        f"<table><tbody>{rows}</tbody></table>"
    )


def _facts(fitted: Fitted) -> str:
    found = fitted.artifact.manifest
    facts = [f"{found.node[n].count:,} {n}s" for n in ("user", "item")]
    marks = ["synthetic data"] * found.data.synthetic + ["interrupted"] * (found.status == "interrupted")
    return ", ".join([*facts, f"{found.data.interactions:,} interactions", *marks])


def _values(fitted: Fitted) -> dict[str, float]:
    found = fitted.metrics.get("test") or fitted.metrics.get("valid") or {}
    return {n: v for n, v in found.items() if isinstance(v, int | float)}
