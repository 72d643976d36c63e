"""A small recipe, and trackers of a file: one that writes lines of JSON, and copies with a fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, final

import recbox
from recbox.progress import Progress, Task

SMALL = {
    "recbox": 1,
    "name": "small",
    "dim": 8,
    "data": {
        "source": {"use": "synthetic", "users": 60, "items": 50, "interactions": 900},
        "split": {"by": "user-time"},
    },
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "objective": [{"use": "bpr"}],
    "train": {"epochs": 3, "batch": 256},
    "evaluate": {"k": [5, 10], "select": "ndcg@10", "baseline": ["popularity"]},
}

CODE = '''
{top}
import json
from pathlib import Path
from typing import final

from recbox.plugin import Track, Tracker


@final
class Lines(Tracker):
    """Lines of JSON."""

    where: str = "lines.jsonl"
    """The file."""

    def begin(self, run):
        {begin}
        told = Written(Path(self.where))
        begun = [run.name, dict(run.recipe), run.seed, dict(run.data)]
        told.line(begin=begun, group=run.group, tried=dict(run.tried))
        return told


class Written(Track):
    def __init__(self, file):
        self.file = file

    def line(self, **told):
        with self.file.open("a") as file:
            file.write(json.dumps(told) + "\\n")

    def epoch(self, row):
        {epoch}
        self.line(epoch=row)

    def end(self, status, metrics, folder):
        {end}
        self.line(end=[status, metrics, str(folder)])
'''


def tracker(folder: Path, **faults: str) -> Path:
    """A file with the tracker `lines`. faults: a line of code for `top`, `begin`, `epoch` or `end`."""
    path = folder / "mine.py"
    path.write_text(CODE.format(**{"top": "", "begin": "pass", "epoch": "pass", "end": "pass", **faults}))
    return path


@final
class Heard(Progress):
    """Keeps the notices."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return Quiet()

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        self.notices.append(message)

    @property
    def of_trackers(self) -> list[str]:
        return [n for n in self.notices if "the tracker '" in n and not n.startswith("waiting")]


@final
class Quiet(Task):
    def advance(self, steps: float = 1, **facts: object) -> None:
        return None


def run(recipe: Any = SMALL, **options: Any) -> Any:
    return recbox.run(recipe, threads=1, device="cpu", kernel="torch", **options)


def lines(file: Path) -> list[dict[str, Any]]:
    """The lines that are whole: a tracker in another process may be in the middle of one."""
    return [json.loads(line) for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
