"""One profile in work: which texts are wanted, asking for them, and keeping them as they come."""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbox.data.find import cache_dir
from recbox.data.lock import Lock
from recbox.data.profile_file import Row, check_writable, digest, made, read_profile, write_profile
from recbox.data.profiles import Sheet, named
from recbox.errors import DataError, OptionError
from recbox.recipe.fault import fault

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.recipe.recipe import Part, Profiling

SAVING = 20
"""Texts are saved as soon as a save takes at most a twentieth of the time since the last one."""
SECONDS = 1.0
"""And not more often than this."""
SHOWN = 3
"""Texts that are shown."""


@dataclass(frozen=True)
class Profiled:
    """What was done about one profile. written: texts that are new; kept: what a person wrote or changed;
    left: still to be written; unknown: nodes of which no column of the prompt is known."""

    label: str
    path: Path
    nodes: int
    written: int
    kept: int
    left: int
    unknown: int
    example: tuple[tuple[str, str, str], ...]
    """(id, prompt, text) of a few: of the new ones, where there are any."""

    def document(self) -> dict[str, Any]:
        """As plain data."""
        told = {name: value for name, value in vars(self).items() if name not in ("path", "example")}
        examples = [dict(zip(("id", "prompt", "text"), one)) for one in self.example]
        return {**told, "file": str(self.path), "example": examples}


@dataclass(frozen=True)
class Desk:
    """A profile, who writes it, the prompt for each node by external id, and its file."""

    one: Profiling
    writer: Part
    prompts: Mapping[str, str]
    path: Path

    def read(self) -> dict[str, Row]:
        """The file as it is now."""
        return read_profile(self.path, self.one.block.column) if self.path.is_file() else {}

    def by(self, context: Context) -> tuple[str, str]:
        """The hashes of who is asked: the writer with the options that matter, and its version."""
        options: Any = self.writer.options
        try:
            version = options.version(context)
        except DataError as error:
            where = f"{self.one.label}.{error.where or 'writer'}"
            raise DataError(error.what, where=where, why=error.why, instead=error.instead) from error
        if not isinstance(version, str) or not version.strip():
            raise fault(self.writer, f"says {version!r} of its version, which is no word")
        return named(self.writer), digest(version)

    def wanted(self, rows: Mapping[str, Row], by: tuple[str, str], again: bool) -> list[str]:
        """The nodes whose text is to be written: it isn't there, or no person's and made of other things."""

        def is_other(row: Row | None, prompt: str) -> bool:
            return row is None or (not row.kept and (again or row.of != (digest(prompt), *by)))

        return [key for key, prompt in self.prompts.items() if prompt and is_other(rows.get(key), prompt)]

    def save(self, new: Mapping[str, Row], seen: Mapping[str, Row]) -> None:
        """The new rows into the file; where it was changed meanwhile, the change stays. seen: the file as it
        was at first. What was written of a node of which nothing is known any more goes."""
        rows = self.read()
        rows |= {key: row for key, row in new.items() if rows.get(key) == seen.get(key)}
        gone = self.outdated(rows)
        ours = {key: rows[key] for key in self.prompts if key in rows and key not in gone}
        theirs = {key: row for key, row in rows.items() if key not in self.prompts}
        write_profile(self.path, self.one.block.column, ours | theirs)

    def outdated(self, rows: Mapping[str, Row]) -> set[str]:
        """Nodes with a text that a writer wrote, of which nothing is known any more."""
        return {
            key for key, prompt in self.prompts.items() if not prompt and key in rows and not rows[key].kept
        }


def write(desk: Desk, context: Context, limit: int | None, again: bool) -> Profiled:
    """Have the texts written that are wanted, `limit` of them at most."""
    lock = Lock(cache_dir() / "lock" / digest(os.path.realpath(desk.path)))
    lock.path.parent.mkdir(parents=True, exist_ok=True)
    if not lock.try_acquire():
        what = "another `recbox profile` is writing this file"
        raise OptionError(what, where=str(desk.path), instead="wait until it is done")
    try:
        rows = desk.read()
        check_writable(desk.path)
        Sheet(desk.one, desk.path, rows).tell_strange(desk.prompts.keys(), context)
        by = desk.by(context)
        wanted = desk.wanted(rows, by, again)
        written = _written(desk, wanted[:limit], rows, by, context)
        return _told(desk, written, len(wanted) - len(written))
    finally:
        lock.release()


def _written(
    desk: Desk, todo: list[str], seen: Mapping[str, Row], by: tuple[str, str], context: Context
) -> list[str]:
    """The nodes whose texts were written and kept. seen: the file as it is."""
    new, done = dict[str, Row](), list[str]()
    saved, cost = time.monotonic(), 0.0
    try:
        with context.progress.task(f"write {desk.one.label}", len(todo), "text") as task:
            for place, text in _texts(desk, [desk.prompts[key] for key in todo], context):
                key = todo[place]
                new[key] = made(desk.prompts[key], *by, _line(text))
                done.append(key)
                task.advance()
                if time.monotonic() - saved > max(SECONDS, SAVING * cost):
                    begin = time.monotonic()
                    desk.save(new, seen)
                    new, saved = {}, time.monotonic()
                    cost = saved - begin
    finally:
        if new or desk.outdated(seen):
            desk.save(new, seen)
    return done


def _texts(desk: Desk, prompts: list[str], context: Context) -> Iterator[tuple[int, str]]:
    """What the writer gives, if it is what its kind promises."""
    options: Any = desk.writer.options
    open_ = set(range(len(prompts)))
    for given in options.write(prompts, context) if prompts else ():
        match given:
            case (int() as place, str() as text) if place in open_:
                open_.remove(place)
                yield place, text
            case _:
                what = f"gives {str(given)[:100]}, which is no place of a prompt that is open with its text"
                raise fault(desk.writer, what)
    if open_:
        raise fault(desk.writer, f"gives no text for {len(open_):,} of {len(prompts):,} prompts")


def _line(text: str) -> str:
    """On one line, without characters that control or hide."""
    return " ".join("".join(c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in text).split())


def _told(desk: Desk, written: list[str], left: int) -> Profiled:
    rows = desk.read()
    new = set(written or rows)
    shown = [key for key in desk.prompts if key in new]
    return Profiled(
        desk.one.label,
        desk.path,
        len(desk.prompts),
        len(written),
        sum(rows[key].kept for key in desk.prompts if key in rows),
        left,
        sum(not prompt for prompt in desk.prompts.values()),
        tuple((key, desk.prompts[key], rows[key].text) for key in shown[:SHOWN] if key in rows),
    )
