"""The page itself: templates filled in, everything that comes from outside escaped."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from recbox.evaluate import metric_title
from recbox.report import bars, curve, facts
from recbox.report.document import Document

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Characters that HTML doesn't allow, or that turn the direction of what follows."""


def render(document: Document) -> str:
    """One self-contained HTML page: no script, nothing loaded from anywhere."""
    return environment().get_template("report.html.j2").render(
        document=document,
        heading=metric_title(document.select),
        methods=document.methods(),
        curves=curve.curves(document),
        panels=bars.panels(document),
        results=facts.results(document),
        segments=facts.segments(document),
        candidates=facts.candidates(document),
        groups=facts.groups(document),
        baselines=facts.baselines(document),
        warnings=facts.warnings(document),
        alarms=facts.alarms(document),
        data=facts.data(document),
        counts=facts.counts(document),
        run=facts.run(document),
        curve=curve,
        bar=bars,
    )  # fmt: skip


@cache
def environment(*packages: str) -> Environment:
    """Templates of `packages`, then the report's; all is escaped, and a name that is missing is an error."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(package, ".") for package in (*packages, "recbox.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _clean(value: Any) -> Any:
    return _CONTROL.sub("\ufffd", value) if type(value) is str else value
