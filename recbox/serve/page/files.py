"""The files of the page, read once, and the headers under which a browser may show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resources
from types import MappingProxyType

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""No script but the page's own, nothing from elsewhere, and in nobody's frame. `blob:` is for drawings."""
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }
)
_NAMES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/docs.css": ("docs.css", "text/css; charset=utf-8"),
}


@dataclass(frozen=True)
class File:
    """What is answered for a path."""

    media_type: str
    body: bytes


@cache
def files() -> Mapping[str, File]:
    """By path. Nothing is read again: which files there are doesn't depend on a request."""
    folder = resources(__package__)
    return MappingProxyType(
        {path: File(kind, folder.joinpath(name).read_bytes()) for path, (name, kind) in _NAMES.items()}
    )
