"""Ids of recommendations: each says which version made it, signed, so that nothing is kept of it."""

from __future__ import annotations

import re
import secrets
from hashlib import blake2b
from hmac import compare_digest

_SHAPE = re.compile(r"r([0-9a-f]{12})-([0-9a-f]{16})-([0-9a-f]{16})")


def signed(version: str, key: bytes) -> str:
    """A new id of a list that this version made."""
    nonce = secrets.token_hex(8)
    return f"r{version}-{nonce}-{_mark(version, nonce, key)}"


def version_of(recommendation: str | None, key: bytes) -> str | None:
    """The version that made the list; None for an id that isn't ours."""
    found = _SHAPE.fullmatch(recommendation or "")
    if found is None:
        return None
    version, nonce, mark = found.groups()
    return version if compare_digest(mark, _mark(version, nonce, key)) else None


def _mark(version: str, nonce: str, key: bytes) -> str:
    return blake2b(f"{version}-{nonce}".encode(), key=key, digest_size=8).hexdigest()
