"""What stands before the paths: who may come in, how many at once, and what every answer carries."""

from __future__ import annotations

import asyncio
import sqlite3
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from recbox.serve import origin
from recbox.serve.fault import Refusal, of_store
from recbox.serve.log import log
from recbox.serve.showing import paths

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cache-control", b"no-store"),
)
POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
"""Of an answer that doesn't bring its own."""
DECIDING = (b"host", b"origin", b"authorization")
"""Headers that decide who may come in."""
OPEN = paths() | {"/livez", "/readyz"}
"""Paths that need no token: there is no data in them."""


class Gone(Exception):
    """The client has gone before its answer."""


@dataclass
class Gate:
    """app: what is behind. hosts: names in `Host` that are ours; empty: any. token: what requests must bear.
    most: requests at once. draining: connections are to be closed after their answers. inside: told how many
    requests are being answered; seen: of each answer."""

    app: App
    hosts: frozenset[str] = frozenset()
    token: str | None = None
    most: int = 128
    draining: bool = False
    count: int = 0
    inside: Callable[[int], None] = field(default=lambda count: None)
    seen: Callable[[str, int, float], None] = field(default=lambda path, status, seconds: None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._headers(list(message.get("headers", ())))
            try:
                await send(message)
            except (RuntimeError, OSError) as error:
                raise Gone from error

        self._move(1)
        try:
            await self._let_in(scope, receive, sending)
        except Gone:
            status = status or 499
        except Refusal as refusal:
            await _refuse(refusal, sending)
        except sqlite3.Error as error:
            await _refuse(of_store(error), sending)
        except Exception:  # a fault of ours: the client learns no more than that
            log("error", "fault", path=scope["path"][:100], traceback=traceback.format_exc())
            if not status:
                await _refuse(Refusal(500, "this is a fault of the server's"), sending)
        finally:
            self._move(-1)
            self.seen(scope["path"], status, time.perf_counter() - began)

    def _move(self, by: int) -> None:
        self.count += by
        self.inside(self.count)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._check(scope)
        if self.count > self.most and scope["path"] != "/livez":
            raise Refusal(429, "too many requests are being answered", instead="ask again in a moment")
        # All that arrived is counted before the first of it is worked on.
        await asyncio.sleep(0)
        if scope["method"] == "HEAD":  # as GET; the server sends no body then
            scope = {**scope, "method": "GET"}
        await self.app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = _once(scope["headers"])
        place = origin.of_host(headers)
        if self.hosts and (place is None or place.name not in self.hosts):
            raise Refusal(
                403,
                "the Host header names another place",
                where="host",
                instead="--allow-host NAME lets it in",
            )
        if b"origin" in headers and (place is None or origin.of_page(headers) != place):
            raise Refusal(
                403,
                "other sites may not ask",
                where="origin",
                why="the page's scheme, name or port isn't that of the request",
                instead="a proxy passes Host on as it came, and says the scheme in X-Forwarded-Proto",
            )
        if self.token is not None and scope["path"] not in OPEN:
            scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
            if scheme.lower() != b"bearer" or not compare_digest(given.strip(), self.token.encode()):
                raise Refusal(401, "the token is missing or wrong", instead="authorization: Bearer TOKEN")

    def _headers(self, own: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        names = {name for name, _ in own}
        more = [pair for pair in (*SAFE, POLICY) if pair[0] not in names]
        closing = [(b"connection", b"close")] if self.draining and b"connection" not in names else []
        return [*own, *more, *closing]


def _once(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """By name. A `Refusal` where one that decides who may come in is there twice."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in found and name in DECIDING:
            raise Refusal(400, "a header is there twice", where=name.decode())
        found.setdefault(name, value)
    return found


async def _refuse(refusal: Refusal, send: Send) -> None:
    body = refusal.body
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
