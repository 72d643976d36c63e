"""How tests of recipes say what they expect: `§` stands before the place where a mistake is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from recbox.context import Context
from recbox.errors import Mistake, RecipeError
from recbox.recipe import Recipe, load
from recbox.registry import Registry

PARTS = Path(__file__).with_name("recipe_parts.py")

BASE = "recbox: 1\ndata: {source: {use: ratings}}\nlayer: [{use: hop}]\n"
"""The least that is a recipe."""


@cache
def registry() -> Registry:
    """What is installed, and the parts of this folder."""
    return Registry([PARTS])


def read(where: str | Path | Mapping[str, Any], sets: Sequence[str] = ()) -> Recipe:
    return load(where, sets=sets, registry=registry(), context=Context())


def read_text(folder: Path, text: str | bytes, sets: Sequence[str] = (), name: str = "r.yaml") -> Recipe:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(path, sets)


def mistakes(folder: Path, text: str | bytes, sets: Sequence[str] = ()) -> tuple[Mistake, ...]:
    """The mistakes of a text, none if it is a recipe."""
    try:
        read_text(folder, text, sets)
    except RecipeError as error:
        return error.mistakes
    return ()


def place(mistake: Mistake) -> tuple[int, int]:
    found = re.search(r":(\d+):(\d+)$", mistake.where)
    assert found, mistake
    return int(found[1]), int(found[2])


def marks(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its `§`, and the places where they stood."""
    places = []
    for number, line in enumerate(text.split("\n"), 1):
        columns = [m.start() for m in re.finditer("§", line)]
        places += [(number, column - index + 1) for index, column in enumerate(columns)]
    return text.replace("§", ""), places


def expect(folder: Path, marked: str, *said: str, sets: Sequence[str] = ()) -> tuple[Mistake, ...]:
    """Mistakes stand exactly where `§` does, in order, and say `said`."""
    text, places = marks(marked)
    found = mistakes(folder, text, sets)
    shown = "\n".join(map(str, found))
    assert sorted(map(place, found)) == places, shown
    for words, mistake in zip(said, sorted(found, key=place)):
        assert words in f"{mistake.what} / {mistake.instead}", shown
    return found
