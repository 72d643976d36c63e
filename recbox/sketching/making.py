"""From a user's own files to a recipe that runs: looked at, counted, written, and checked before."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recbox.api.check import check
from recbox.context import Context
from recbox.errors import OptionError
from recbox.progress import SILENT, Progress
from recbox.sketching.choosing import Parts, choose
from recbox.sketching.counting import Counts, count
from recbox.sketching.files import Ask, Events, Question, events, first, kinds, placed
from recbox.sketching.peek import peek
from recbox.sketching.roles import target_of
from recbox.sketching.sides import Side, side
from recbox.sketching.writing import recipe_text


@dataclass(frozen=True)
class Sketch:
    """A recipe that was written, and what it is made of."""

    path: Path
    text: str
    events: Sequence[Events]
    sides: Sequence[Side]
    counts: Counts
    parts: Parts


def sketch(
    *files: str | Path,
    user: Iterable[str | Path] = (),
    item: Iterable[str | Path] = (),
    out: str | Path | None = None,
    ask: Ask = first,
    memory: float | None = None,
    progress: Progress = SILENT,
) -> Sketch:
    """Write a recipe for files of interactions: CSV, TSV, JSON lines or Parquet.

    user, item: files that describe them. out: the recipe, by default the first file's name with `.yaml`, in
    the current folder; nothing is written over. ask: answers what is in doubt, by default with the guess.
    memory: GiB that training may use. A `DataError` for a file that can't be read, or in which no two columns
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
    context = Context(folder=folder, progress=progress)
    wanted, others = _behaviours(found, ask)
    counts = count(source, wanted, context)
    sides = _sides(user, "user", counts) + _sides(item, "item", counts)
    for node in ("user", "item"):
        if own := [_described(one, folder) for one in sides if one.node == node]:
            source[node] = own
    limit = context.memory if memory is None else int(memory * 2**30)
    parts = choose(counts, counts.span is not None, limit, given="part" in found[0].entry)
    clean = {"duplicate": "last", "bad": "skip" if counts.bad else "refuse"}
    text = recipe_text(name, source, clean, wanted, others, sides, counts, parts)
    _write(text, target)
    return Sketch(target, text, found, sides, counts, parts)


def _check_free(target: Path) -> None:
    if target.exists():
        raise OptionError(
            f"{target} is there already", where="--out", instead="another name: nothing is written over"
        )
    if not target.absolute().parent.is_dir():
        raise OptionError(f"there is no folder {target.parent}", where="--out")


def _sides(files: Iterable[str | Path], node: str, counts: Counts) -> list[Side]:
    return [side(node, peek(Path(file)), counts.ids[node]) for file in files]


def _described(one: Side, folder: Path) -> dict[str, Any]:
    return {**placed(one.peek, folder), "id": one.id.sample.at, "columns": dict(one.columns)}


def _behaviours(found: Sequence[Events], ask: Ask) -> tuple[str, list[str]]:
    """The target, and the other behaviours."""
    there = sorted({one.entry["behaviour"] for one in found if "behaviour" in one.entry})
    if not there and "behaviour" in found[0].entry["columns"]:
        there = sorted({kind for one in found for kind in kinds(one.found)})
    if not (guess := target_of(there)):
        return "", []
    rest = [kind for kind in there if kind != guess]
    target = ask(Question("what should be recommended for?", (guess, *rest)))
    return target, [kind for kind in there if kind != target]


def _write(text: str, target: Path) -> None:
    """Checked beside its place, for paths begin in its folder; then written, if the name is still free."""
    folder = target.absolute().parent
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".yaml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        check(file.name)
    try:
        with target.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        _check_free(target)
