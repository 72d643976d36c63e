"""Ctrl-C in the middle of training."""

from __future__ import annotations

from recbox.progress import Silent, Task


class Stopping(Silent):
    """Somebody presses Ctrl-C after so many steps of training."""

    def __init__(self, steps: int) -> None:
        self.left = float(steps)

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return _Steps(self) if title == "train" else super().open(title, total, unit)


class _Steps(Task):
    def __init__(self, whole: Stopping) -> None:
        self.whole = whole

    def advance(self, steps: float = 1, **facts: object) -> None:
        self.whole.left -= steps
        if self.whole.left < 0:
            raise KeyboardInterrupt
