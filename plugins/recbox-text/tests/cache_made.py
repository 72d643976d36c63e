"""What the tests of the cache share: titles, their vectors, what is said meanwhile, and the files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, final

import numpy as np
import text_made
from recbox_text import Bert

from recbox.plugin import Context
from recbox.progress import Progress, Task

TITLES = [f"film {i}" for i in range(100)]


@final
class Heard(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.done = 0.0

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return Counted(self)

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        self.notices.append(message)


@final
class Counted(Task):
    def __init__(self, heard: Heard) -> None:
        self.heard = heard

    def advance(self, steps: float = 1, **facts: object) -> None:
        self.heard.done += steps


def vectors(
    model: Path, titles: list[str] = TITLES, progress: Heard | None = None, **options: Any
) -> np.ndarray:
    context = Context(threads=1, offline=True, progress=progress or Heard())
    asked = Bert.parse({"model": str(model), "text": "{title}", "batch": 2, **options})
    return asked.vectors(text_made.given({"title": titles}, context=context))


def files(cache: Path) -> list[Path]:
    return sorted((cache / "text" / "vectors").glob("*.sqlite"))


def rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as opened:
        return opened.execute("SELECT count(*) FROM vector").fetchone()[0]
