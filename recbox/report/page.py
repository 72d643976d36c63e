"""The page itself: templates filled in, everything that comes from outside escaped."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from recbox.evaluate import metric_title
from recbox.report import bars, curve, facts, scatter, showing
from recbox.report.document import Document
from recbox.report.portrait import Portrait

BEGIN, END = "<!-- portrait -->", "<!-- end of portrait -->"
"""What stands around that which is drawn of lists and vectors. No text of a run can hold them."""

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
        phases=showing.phases(document),
        curve=curve,
        bar=bars,
        map=scatter,
        **_portrait(document),
    )  # fmt: skip


def _portrait(document: Document) -> dict[str, Any]:
    """The drawings and tables of the portrait."""
    found = document.portrait or Portrait()
    return {
        "portrait": document.portrait,
        "thirds": showing.panels(document, found),
        "quality": showing.table(document, found),
        "coverage": showing.coverage(document, found.spread) if found.spread else [],
        "favoured": showing.favoured(document, found.spread) if found.spread else None,
        "favour": showing.favour(found.spread) if found.spread else None,
        "scatter": scatter.scatter(found.map) if found.map else None,
    }


def without_portrait(page: str) -> str:
    """What is left of a page without what was drawn of lists and vectors; all where that isn't marked."""
    before, begun, rest = page.partition(BEGIN)
    _, ended, after = rest.rpartition(END)
    return before + after if begun and ended else page


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
