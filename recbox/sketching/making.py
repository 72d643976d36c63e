"""From a user's own files to a recipe that runs: looked at, counted, written, and checked before."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from recbox.api.check import check
from recbox.context import Context
from recbox.errors import DataError, OptionError, RecipeError, remedy_of
from recbox.progress import SILENT, Progress
from recbox.scratch import MEMORY, Scratch
from recbox.sketching.aiming import Aim, aim
from recbox.sketching.choosing import Parts, choose, hold_out
from recbox.sketching.counting import Counts, count, rows_of
from recbox.sketching.files import Events, events, placed, without
from recbox.sketching.fitting import Need, need
from recbox.sketching.peek import peek
from recbox.sketching.question import Ask, first
from recbox.sketching.sides import Side, encoded, side
from recbox.sketching.writing import recipe_text

if TYPE_CHECKING:
    from recbox.data import Tables


@dataclass(frozen=True)
class Sketch:
    """A recipe that was written, and what it is made of."""

    path: Path
    text: str
    events: Sequence[Events]
    sides: Sequence[Side]
    aim: Aim
    counts: Counts
    parts: Parts
    need: Need


def sketch(
    *files: str | Path,
    user: Iterable[str | Path] = (),
    item: Iterable[str | Path] = (),
    out: str | Path | None = None,
    ask: Ask = first,
    memory: float | None = None,
    scratch: str | Path | None = None,
    progress: Progress = SILENT,
) -> Sketch:
    """Write a recipe for files of interactions: CSV, TSV, JSON lines or Parquet.

    user, item: files that describe them. out: the recipe, by default the first file's name with `.yaml`, in
    the current folder; nothing is written over. ask: answers what is in doubt, by default with the guess.
    memory: GiB that training may use, by default half of what there is. scratch: a folder for large arrays of
    the data while it is counted. A `DataError` for a file that can't be read, or in which no two columns
    may be ids.
    """
    if not files:
        raise OptionError("there is no file to look at", instead="name a file of interactions")
    target = Path(out) if out is not None else Path(f"{Path(files[0]).stem}.yaml")
    _check_free(target)
    folder = target.absolute().parent
    found = events([peek(Path(file)) for file in files], folder, ask)
    name = re.sub(r"[^a-z0-9]+", "-", target.stem.lower()).strip("-") or "mine"
    source: dict[str, Any] = {"use": "table", "name": name, "interaction": [one.entry for one in found]}
    context = _context(folder, memory, scratch, progress)
    tables = rows_of(source, context)
    wanted = aim(tables.interaction, ask)
    if not wanted.target and "behaviour" in tables.interaction.columns:
        found = without(found, "behaviour")  # all of them count, and so do rows without a word
        source["interaction"] = [one.entry for one in found]
        tables = rows_of(source, context)
    sides = _sides(user, "user", tables, found) + _sides(item, "item", tables, found)
    if sides:  # their rows may be bad as well
        source |= {node: own for node in ("user", "item") if (own := _described(sides, node, folder))}
        tables = rows_of(source, context, tables)
    counts, data = count(tables, wanted.target, context)
    held = hold_out(counts, data, "part" in found[0].entry, context)
    parts = choose(counts, held, context.memory, context.threads, bool(encoded(sides, "item")))
    clean = {"duplicate": "last", "bad": "skip" if counts.bad else "refuse"}
    text = recipe_text(name, source, clean, wanted.target, wanted.others, sides, counts, parts)
    _write(text, target)
    return Sketch(target, text, found, sides, wanted, counts, parts, need(counts, parts, context.threads))


def _context(folder: Path, memory: float | None, scratch: str | Path | None, progress: Progress) -> Context:
    place = MEMORY if scratch is None else Scratch.at(scratch)
    context = Context(folder=folder, progress=progress, scratch=place)
    return context if memory is None else context.with_(memory=int(memory * 2**30))


def _check_free(target: Path) -> None:
    if os.path.lexists(target):
        raise _taken(target)
    if not target.absolute().parent.is_dir():
        raise OptionError(f"there is no folder {target.parent}", where="--out")


def _taken(target: Path) -> OptionError:
    what = f"{target} is there already"
    return OptionError(what, where="--out", instead="another name: nothing is written over")


def _sides(
    files: Iterable[str | Path], node: Literal["user", "item"], tables: Tables, found: Sequence[Events]
) -> list[Side]:
    own = found[0].found[node].column
    called = None if own is None else own.sample.name
    looked = [peek(Path(file)) for file in files]
    ids = tables.interaction[node].unique() if looked else None
    return [side(node, one, ids, called) for one in looked if ids is not None]


def _described(sides: Sequence[Side], node: str, folder: Path) -> list[dict[str, Any]]:
    own = [one for one in sides if one.node == node]
    return [{**placed(s.peek, folder), "id": s.id.sample.at, "columns": dict(s.columns)} for s in own]


def _write(text: str, target: Path) -> None:
    """Checked beside its place, for paths begin in its folder; then it gets its name, if that is still free:
    whole or not at all."""
    folder = target.absolute().parent
    try:
        with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".yaml", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            _check(file.name)
            os.fsync(file.fileno())
            os.chmod(file.name, 0o666 & ~_umask())
            _named(file.name, target)
    except FileExistsError:
        raise _taken(target) from None
    except OSError as error:
        raise OptionError(
            "can't write the recipe", where=str(target), why=error.strerror or "", instead=remedy_of(error)
        ) from error


def _named(file: str, target: Path) -> None:
    """Give a file a second name. A file system without such writes it again."""
    try:
        os.link(file, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise
        with target.open("xb") as new:
            new.write(Path(file).read_bytes())


def _check(file: str) -> None:
    try:
        check(file)
    except RecipeError as error:
        why = "; ".join(mistake.what for mistake in error.mistakes)
        raise DataError("no recipe can be made of these files", why=why) from error


def _umask() -> int:
    """What the process takes from new files' rights; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
