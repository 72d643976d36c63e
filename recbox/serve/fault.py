"""What a client gets that can't get what it asked for: a status, and an error as everywhere in recbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from recbox.errors import RecboxError, UnsupportedError

RETRY = {429: "1", 503: "2"}
"""Seconds after which to ask again, by status."""
LONG = 500
"""Characters of a text of an error, at most."""


class Refusal(Exception):
    """An answer with a status of 400 or above."""

    def __init__(
        self,
        status: int,
        what: str,
        *,
        where: str = "",
        why: str = "",
        instead: str = "",
        close: bool = False,
    ) -> None:
        super().__init__(what)
        self.status, self.close = status, close
        self.error = {"where": where, "what": what, "why": why, "instead": instead}

    @property
    def body(self) -> bytes:
        return to_json({"error": self.error})

    @property
    def headers(self) -> dict[str, str]:
        found = {"retry-after": RETRY[self.status]} if self.status in RETRY else {}
        if self.status == 401:
            found["www-authenticate"] = "Bearer"
        return found | ({"connection": "close"} if self.close else {})


def of_error(error: RecboxError, paths: tuple[str, ...] = ()) -> Refusal:
    """422 for what recbox says of a request. paths: of the server's own files, which no answer shows."""
    where = "" if any(path and path in error.where for path in paths) else error.where
    what = "the method can't do this: " if isinstance(error, UnsupportedError) else ""
    # What the command line calls an option is a field here.
    where = f"body.{where[2:]}" if where.startswith("--") else where
    where, instead = (text.replace("--", "")[:LONG] for text in (where, error.instead))
    return Refusal(422, (what + error.what)[:LONG], where=where, why=error.why[:LONG], instead=instead)


def of_validation(error: ValidationError, raw: bytes) -> Refusal:
    """422 with the first thing that is wrong; 400 where it is no JSON at all. raw: the body."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    if found[0]["type"] == "json_invalid":
        return Refusal(400, "the body is no JSON", where="body", why=found[0]["msg"][:200])
    body, said = from_json(raw), dict[str, list[str]]()
    for each in found:
        own = said.setdefault(_place(body, each["loc"], each["type"]), [])
        own += [each["msg"]] if each["msg"] not in own else []
    (place, texts), count = next(iter(said.items())), len(said)
    more = f"; {count - 1} more are wrong" if count > 1 else ""
    what = "; or: ".join(texts)[:300]  # a value that may be of several types is none of them
    return Refusal(422, what + more, where=place[:200], instead="see /openapi.json")


def _place(body: Any, loc: tuple[int | str, ...], type: str) -> str:
    """Where in the body it is; pydantic names types among the places, which aren't there."""
    names = ["body"]
    for part in loc:
        if isinstance(body, Mapping) and part in body:
            body = body[str(part)]
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
        elif type != "missing":
            continue
        names.append(str(part))
    return ".".join(names)


def of_store(error: sqlite3.Error | OSError) -> Refusal:
    """503 where the store of events can't be read or written just now, as on a full disk."""
    return Refusal(503, "the store of events can't be used at the moment", why=type(error).__name__)
