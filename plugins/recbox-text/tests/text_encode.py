"""A run that encodes many texts, in a process of its own: `python text_encode.py MODEL COUNT OUT`.

It prints a line for each part that is done, and waits for a line of input, or its end, before the next.
"""

from __future__ import annotations

import sys
from typing import final

import numpy as np
import text_made
from recbox_text import Bert

from recbox.plugin import Context
from recbox.progress import Progress, Task


@final
class Printed(Task):
    def advance(self, steps: float = 1, **facts: object) -> None:
        sys.stdout.write(f"{int(steps)}\n")
        sys.stdout.flush()
        sys.stdin.readline()


@final
class Printing(Progress):
    def open(self, title: str, total: float | None, unit: str) -> Task:
        return Printed()

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        sys.stdout.write(f"notice {message}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    model, count, out = sys.argv[1:]
    context = Context(threads=1, offline=True, progress=Printing())
    spec = text_made.given({"title": [f"film {i}" for i in range(int(count))]}, context=context)
    np.save(out, Bert.parse({"model": model, "text": "{title}", "batch": 2}).vectors(spec))
