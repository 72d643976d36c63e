"""Where a request was sent to, and where the page comes from that sent it: scheme, name and port."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

PORTS = {"http": 80, "https": 443}
_PLACE = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:/?#@\s\\]+)(?::(\d{1,5}))?")


class Place(NamedTuple):
    """name: in lower case, an IPv6 address without its brackets."""

    scheme: str
    name: str
    port: int


def of_host(headers: Mapping[bytes, bytes]) -> Place | None:
    """Where the request was sent to, by `Host`. This server speaks HTTP; a proxy in front of it that speaks
    HTTPS says so in `X-Forwarded-Proto`, which no page can set without asking first. None: it says nothing
    that can be."""
    scheme = _text(headers, b"x-forwarded-proto").partition(",")[0].strip() or "http"
    return _place(scheme, _text(headers, b"host"))


def of_page(headers: Mapping[bytes, bytes]) -> Place | None:
    """Where the page comes from, by `Origin`; None: nobody says, as `null` does."""
    scheme, there, place = _text(headers, b"origin").partition("://")
    return _place(scheme, place) if there and scheme in PORTS else None


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1").strip().lower()


def _place(scheme: str, text: str) -> Place | None:
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    name, port = found.groups()
    return Place(scheme, name.strip("[]"), int(port) if port else PORTS.get(scheme, 0))
