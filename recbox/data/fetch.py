"""Download one file: checked, resumed after a cut, and never half there under its own name."""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError

from recbox.data.connect import open_url
from recbox.errors import DataError

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.progress import Task

ATTEMPTS = 3
PAUSE_SECONDS = 0.5
"""Before the second attempt; doubled before each further one."""
_BLOCK = 1 << 16


class FetchError(DataError):
    """A file that can't be had from where it was asked: another place may have it."""


@dataclass(frozen=True)
class Download:
    """What to fetch: `checksum` is `sha256:HEX` or `md5:HEX`; more than `limit` bytes are refused."""

    url: str
    checksum: str
    limit: int


class _Cut(Exception):
    """The connection broke; what has come so far is kept."""


def download(wanted: Download, to: Path, context: Context) -> Path:
    """Fetch into the file `to`, through `to.part`, which a later call resumes.

    Raises `FetchError` where the network is forbidden or fails, and where the file is not the one expected.
    """
    require_network(context, wanted.url)
    with _writing(to), _alone(to):
        if to.is_file() and matches(to, wanted.checksum):
            return to
        part = to.with_name(to.name + ".part")
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                resumed = _receive(wanted, part, context)
            except _Cut as cut:
                reason = str(cut)
                continue
            if matches(part, wanted.checksum):
                os.replace(part, to)
                return to
            part.unlink()
            reason = f"what came doesn't have the checksum {wanted.checksum}"
            if not resumed:
                break
    raise FetchError(f"{wanted.url} can't be fetched", why=reason)


def require_network(context: Context, what: str) -> None:
    """A `FetchError` where `--offline` forbids the network."""
    if context.offline:
        raise FetchError(f"{what} can't be fetched", why="--offline forbids the network")


def published_md5(url: str, context: Context) -> str:
    """`md5:HEX` as the publisher gives it in a small file at `url`."""
    require_network(context, url)
    try:
        with open_url(url, {}) as response:
            text = response.read(4096).decode("ascii", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise FetchError(f"{url} can't be fetched", why=_reason(error)) from error
    found = re.search(r"\b[0-9a-fA-F]{32}\b", text)
    if not found:
        raise FetchError(f"{url} holds no MD5 checksum")
    return f"md5:{found.group().lower()}"


def matches(path: Path, checksum: str) -> bool:
    """Whether the file has the checksum, `sha256:HEX` or `md5:HEX`."""
    algorithm, _, expected = checksum.partition(":")
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == expected.lower()


@contextmanager
def _writing(to: Path) -> Iterator[None]:
    """A full disk, or a folder that can't be written, is the user's to mend."""
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise FetchError(
            f"can't write: {error.strerror or error}",
            where=str(to.parent),
            instead="set RECBOX_CACHE to a folder with room that you may write",
        ) from error


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """Two runs that want the same file: the second waits and finds it."""
    with to.with_name(f".{to.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _receive(wanted: Download, part: Path, context: Context) -> bool:
    """Bring `part` to its full length, from where it ends if the server can; whether it was resumed."""
    have = part.stat().st_size if part.is_file() else 0
    try:
        response = open_url(wanted.url, {"Range": f"bytes={have}-"} if have else {})
    except HTTPError as error:
        _refused(error, part, wanted.url)
        return True
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(wanted.url, error) from error
    with response:
        if response.status != 206:
            have = 0
        elif not str(response.headers.get("Content-Range", "")).startswith(f"bytes {have}-"):
            part.unlink()
            raise _Cut("the server sent another range than was asked for")
        _copy(response, part, have, wanted, context)
    return have > 0


def _refused(error: HTTPError, part: Path, url: str) -> None:
    """416 to a resume: there is nothing more, and the checksum will tell whether it was all."""
    error.close()
    if error.code == 416 and part.is_file():
        return
    if error.code >= 500 or error.code == 429:
        raise _Cut(f"the server answers {error.code} {error.reason}")
    raise FetchError(f"{url} can't be fetched", why=f"the server answers {error.code} {error.reason}")


def _unreachable(url: str, error: Exception) -> Exception:
    """Once connected, a broken line is worth another attempt; no connection at all is not."""
    broken = isinstance(error, ConnectionResetError | http.client.HTTPException)
    if broken:
        return _Cut(_reason(error))
    return FetchError(f"{url} can't be reached", why=_reason(error))


def _reason(error: Exception) -> str:
    inner = error.reason if isinstance(error, URLError) else error
    return " ".join(str(inner).split()) or type(inner).__name__


def _copy(response: Any, part: Path, have: int, wanted: Download, context: Context) -> None:
    length = response.headers.get("Content-Length", "")
    total = have + int(length) if length.isdigit() else None
    if (total or 0) > wanted.limit:
        raise _too_large(wanted)
    title = f"fetching {wanted.url.rpartition('/')[2]}"
    with part.open("ab" if have else "wb") as file, context.progress.task(title, total, "B") as task:
        if have:
            task.advance(have)
        have += _pour(response, file, wanted.limit - have, task)
        file.flush()
        os.fsync(file.fileno())
    if have > wanted.limit:
        part.unlink()
        raise _too_large(wanted)
    if total is not None and have < total:
        raise _Cut(f"the connection broke after {have} of {total} bytes")


def _pour(response: Any, file: Any, room: int, task: Task) -> int:
    """Bytes written; one block past `room` at most. A broken line ends it, and the caller counts."""
    poured = 0
    while poured <= room:
        try:
            block = response.read(_BLOCK)
        except (TimeoutError, ConnectionError, http.client.HTTPException):
            break
        if not block:
            break
        file.write(block)
        poured += len(block)
        task.advance(len(block))
    return poured


def _too_large(wanted: Download) -> FetchError:
    return FetchError(f"{wanted.url} is not the file expected", why=f"it is larger than {wanted.limit} bytes")
