"""Which version is in use: a symbolic link that is exchanged in one step, and the history of where it led.

The history is `LINK.history.jsonl`, a line for each change, written before the link is: a line that the link
never came to is passed over.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from recbox.artifact import open_artifact
from recbox.artifact.disk import sync, sync_folder
from recbox.errors import ArtifactError, OptionError

Way = Literal["promote", "rollback"]


@dataclass(frozen=True)
class Promotion:
    """link: where it is. before, now: what it leads to, as it is written in it; None: nothing. changed:
    whether it led elsewhere before."""

    link: Path
    before: str | None
    now: str
    changed: bool = True


def promote(link: Path, artifact: Path, why: str = "", *, was: Sequence[str | None] = ()) -> Promotion:
    """Have the link lead to the artifact, which is opened and checked first. why: for the history. was: what
    `leads_to` said when the artifact was begun; an `OptionError` where it leads elsewhere by now."""
    link = checked(link)
    open_artifact(artifact)
    target = _written(link, artifact)
    with _held(link):
        if was and leads_to(link) not in was:
            raise OptionError(
                f"{link.name} leads to {leads_to(link)} by now, and not to what this was made of",
                where=str(link),
                why=f"another version was promoted meanwhile; the new one is {artifact}",
                instead="the same command once more, or `recbox promote` if this one is the better",
            )
        return _lead(link, target, "promote", why)


def rollback(link: Path) -> Promotion:
    """Have the link lead to what it led to before its last promotion; once more: to what was before that.

    An `OptionError` where nothing was before, an `ArtifactError` where that is gone or damaged.
    """
    link = checked(link)
    with _held(link):
        trail = _trail(link)
        if len(trail) < 2:
            raise OptionError(
                "there is nothing before it to go back to",
                where=str(link),
                instead=f"recbox promote {link} ARTIFACT",
            )
        try:
            open_artifact(link.parent / trail[-2])
        except ArtifactError as error:
            instead = f"recbox promote {link} ARTIFACT, with one that is sound"
            raise ArtifactError(error.what, where=error.where, why=error.why, instead=instead) from error
        return _lead(link, trail[-2], "rollback", "")


def leads_to(link: Path) -> str | None:
    """What the link leads to, as it is written in it; None where there is no link."""
    return os.readlink(link) if link.is_symlink() else None


def trail(link: Path) -> list[str]:
    """What it leads to, and before that what a rollback would come to, the newest last."""
    return _trail(checked(link))


def checked(link: Path) -> Path:
    """The link's absolute path, its folder's own links resolved. An `OptionError` where a file or a folder is
    in its place, and where its folder can't be written to."""
    place = Path(os.path.abspath(link))
    place = place.parent.resolve() / place.name
    if os.path.lexists(place) and not place.is_symlink():
        raise OptionError(
            "a file or folder of this name is in the way",
            where=str(link),
            instead="a name that nothing has: the link is made there",
        )
    if not (place.parent.is_dir() and os.access(place.parent, os.W_OK)):
        raise OptionError(
            "no link can be made there",
            where=str(link),
            why="there is no such folder, or it isn't yours to write to",
            instead="a folder that you may write to",
        )
    return place


def history_of(link: Path) -> Path:
    """The file of the history, beside the link."""
    return link.with_name(f"{link.name}.history.jsonl")


def _written(link: Path, artifact: Path) -> str:
    """Relative where the artifact lies below the link's folder, so that both can be moved together."""
    place, parent = artifact.resolve(), link.parent
    return str(place.relative_to(parent)) if place.is_relative_to(parent) else str(place)


def _lead(link: Path, target: str, how: Way, why: str) -> Promotion:
    before = leads_to(link)
    if before == target:
        return Promotion(link, before, target, changed=False)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    row = {"at": now, "how": how, "from": before, "to": target}
    _append(history_of(link), row | ({"why": why} if why else {}))
    temporary = link.with_name(f".{link.name}.link-{secrets.token_hex(8)}")
    for left in link.parent.glob(f".{glob.escape(link.name)}.link-*"):  # by one that was killed
        with contextlib.suppress(OSError):
            left.unlink()
    try:
        os.symlink(target, temporary)
        os.replace(temporary, link)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise _unwritable(link, error) from error
    sync_folder(link.parent)
    return Promotion(link, before, target)


def _append(path: Path, row: dict[str, Any]) -> None:
    """A line that is on the disk when this returns; the rest of one that a crash cut off is ended first."""
    try:
        with open(path, "ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(json.dumps(row).encode() + b"\n")
            file.flush()
            sync(file.fileno())
        sync_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error


def _trail(link: Path) -> list[str]:
    found: list[str] = []
    for row in _rows(history_of(link)):
        _at(found, row["from"])
        if row["how"] == "promote":
            found.append(row["to"])
        else:
            found.pop()
            _at(found, row["to"])
    _at(found, leads_to(link))
    return found


def _at(found: list[str], place: str | None) -> None:
    """Have the trail end where the link was: lines that it never came to are taken off, and a place that no
    line tells of is put on."""
    if place in found:
        while found[-1] != place:
            found.pop()
    elif place is not None:
        found.append(place)


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unwritable(path, error) from error
    rows = []
    for line in lines:
        with contextlib.suppress(ValueError):  # the rest of a line that a crash cut off
            row = json.loads(line)
            if isinstance(row, dict) and isinstance(row.get("to"), str) and {"how", "from"} <= set(row):
                rows.append(row)
    return rows


@contextmanager
def _held(link: Path) -> Iterator[None]:
    """One change at a time: the folder is locked as long as one is made."""
    try:
        descriptor = os.open(link.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unwritable(link, error) from error
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> OptionError:
    links = error.errno in (errno.EPERM, errno.EOPNOTSUPP)
    instead = "a folder that you may write to" + (", on a file system that has links" if links else "")
    return OptionError(
        "can't change what is in use", where=str(path), why=error.strerror or "", instead=instead
    )
