"""Measurements as files: for each suite its document, a Markdown page, and a drawing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recbox.artifact.disk import refusal
from recbox.bench import cells
from recbox.bench.drawing import svg
from recbox.data.whole import replacing


def write(document: Mapping[str, Any], folder: Path, command: str) -> list[Path]:
    """`SUITE.json`, `SUITE.md` and `SUITE.svg` in a folder, in place of those that are there; their paths.
    command: what measured them, for the page."""
    with opened(folder):
        return list(_written(document, folder, command))


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """For the block the folder is there; an `ArtifactError` where it or what is written can't be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise refusal(error, folder, "write the measurements") from error


def _written(document: Mapping[str, Any], folder: Path, command: str) -> Iterator[Path]:
    for name, part in document["suite"].items():
        alone = {**{key: document[key] for key in ("bench", "machine", "repeat")}, "suite": {name: part}}
        texts = {
            "json": json.dumps(alone, indent=1, allow_nan=False) + "\n",
            "md": "\n".join(_page(name, part, document["machine"], command)) + "\n",
            "svg": svg(part),
        }
        for ending, text in texts.items():
            path = folder / f"{name}.{ending}"
            with replacing(path) as file:
                file.write(text.encode())
            yield path


def _page(name: str, part: Mapping[str, Any], machine: Mapping[str, Any], command: str) -> Iterator[str]:
    from recbox.bench.suites import SUITES

    yield f"# Bench: {name}\n"
    said = SUITES[name].summary
    yield f"{said[:1].upper()}{said[1:]}. `{command.replace('`', '')}`:\n"
    yield f"{_marked(cells.about(part))}; {cells.rounds(part)}.\n"
    yield from markdown(cells.table(part))
    if noted := part.get("note"):
        yield ""
        yield from (f"- {_marked(note)}" for note in noted)
    yield f"\n![{name}]({name}.svg)\n"
    yield f"{_marked(cells.place(machine))}."


def markdown(table: cells.Table) -> Iterator[str]:
    """The lines of a table."""
    yield _line(table.headings)
    yield _line(["---" if n < table.left else "--:" for n in range(len(table.headings))])
    yield from map(_line, table.rows)


def _line(row: Any) -> str:
    return "| " + " | ".join(_marked(cell) for cell in row) + " |"


def _marked(text: str) -> str:
    """Text of others, as Markdown shows it."""
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;")
