"""How long work reports itself: an argument, never a global, so that a leaf needs no terminal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final


class Task(ABC):
    """One piece of long work on display."""

    @abstractmethod
    def advance(self, steps: float = 1, **facts: object) -> None:
        """`steps` more are done; `facts` (loss, a metric) are shown beside the bar, the newest of a name."""


class Progress(ABC):
    """Where long work is shown and notices go. The command line brings one; `SILENT` is the default."""

    @abstractmethod
    def open(self, title: str, total: float | None, unit: str) -> Task:
        """Begin to show a task of `total` steps (None: unknown)."""

    @abstractmethod
    def close(self, task: Task) -> None:
        """The task is over, done or not."""

    @abstractmethod
    def notice(self, message: str, level: str = "info") -> None:
        """Tell the user one thing: level `info`, `warning`, or `alarm` (one that can't be missed)."""

    @contextmanager
    def task(self, title: str, total: float | None = None, unit: str = "") -> Iterator[Task]:
        """Show a task for as long as the block runs."""
        task = self.open(title, total, unit)
        try:
            yield task
        finally:
            self.close(task)


@final
class _SilentTask(Task):
    def advance(self, steps: float = 1, **facts: object) -> None:
        return None


@final
class Silent(Progress):
    """Shows nothing."""

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return _SilentTask()

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        return None


SILENT = Silent()
