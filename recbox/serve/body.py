"""A request's body, within bounds of size and time."""

from __future__ import annotations

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

from recbox.serve.fault import Refusal

LARGEST, SECONDS = 1 << 20, 10.0
"""Bytes of a body, and how long it may take to arrive."""
DRAINED = 8 << 20
"""Bytes of a body too large that are taken in before it is refused, so that the answer can be read."""


async def read_body(request: Request) -> bytes:
    """A `Refusal` for a body that isn't said to be JSON, is too large, or takes too long."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(
            415,
            "the body isn't said to be JSON",
            where="content-type",
            instead="content-type: application/json",
        )
    try:
        async with asyncio.timeout(SECONDS):
            return await _read(request)
    except TimeoutError:
        raise Refusal(408, "the body took too long to arrive", close=True) from None
    except ClientDisconnect:
        raise Refusal(400, "the body ended early", close=True) from None


async def _read(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= LARGEST:
            parts.append(part)
        elif size > DRAINED:
            break
    if size > LARGEST:
        raise Refusal(413, f"the body is larger than {LARGEST:,} bytes", where="body", close=size > DRAINED)
    return b"".join(parts)
