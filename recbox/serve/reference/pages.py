"""The two forms of the reference."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment
from markupsafe import Markup, escape

from recbox.report.page import environment
from recbox.serve.reference.outline import operations, shared
from recbox.serve.reference.words import Schema

_QUOTED = re.compile(r"`([^`]+)`")
_STRESSED = re.compile(r"(?<!\w)\*([^*\s][^*]*)\*(?!\w)")


def html(document: Schema) -> str:
    """A page without a script; `page.css` and `docs.css` beside it."""
    return _rendered("reference.html.j2", document)


def markdown(document: Schema) -> str:
    """The same for the docs: a heading for each endpoint."""
    return _rendered("reference.md.j2", document)


def _rendered(template: str, document: Schema) -> str:
    found = operations(document)
    page = _environment().get_template(template)
    return page.render(info=document["info"], operations=found, shared=shared(found))


@cache
def _environment() -> Environment:
    made = environment("recbox.serve.reference").overlay(autoescape=_escaped)
    made.filters |= {"marked": marked, "cell": cell}
    return made


def _escaped(template: str | None) -> bool:
    return not (template or "").endswith(".md.j2")


def marked(text: str) -> Markup:
    """What docstrings mark, in HTML: `code` and *words*; all else is text."""
    coded = _QUOTED.sub(r"<code>\1</code>", str(escape(text)))
    return Markup(_STRESSED.sub(r"<em>\1</em>", coded))  # noqa: S704  (escaped above)


def cell(text: str) -> str:
    """On one line, in which no bar ends a table's cell."""
    return " ".join(text.split()).replace("|", "\\|")
