"""All trackers of a command: told together of its run, or of one run after another, and spoken of once each
where they fail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

from recbox.plugin import Run
from recbox.progress import Progress
from recbox.registry import Registry
from recbox.tracker.asked import asked
from recbox.tracker.line import Line, Patience


@final
class Trackers:
    """Enter it before the first run, and leave it after the last: a run that ends early is ended in every
    tracker too.

    texts: `NAME[:WHERE]` of each. Raises, before anything is begun, PluginError for a name that isn't there
    and OptionError for a WHERE that a tracker refuses; nothing that a tracker does raises later.
    """

    def __init__(
        self, texts: Iterable[str], registry: Registry, progress: Progress, patience: Patience | None = None
    ) -> None:
        self.progress = progress
        self._registry, self._patience = registry, patience or Patience()
        self.asked = [asked(text, registry) for text in dict.fromkeys(texts)]
        self._lines: list[Line] = []
        self._begun = self._open = False
        self._said: set[int] = set()

    def __enter__(self) -> Self:
        code = tuple(file.path for file in self._registry.code)
        try:
            for choice in self.asked:
                self._lines.append(Line(choice, code, self._patience))
            for line in self._lines:
                line.open()
        except BaseException:
            self._cut()
            raise
        self._say()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open:
            stopped = kind is not None and issubclass(kind, KeyboardInterrupt)
            self.end("interrupted" if stopped else "failed", {}, None)
        self._close() if self._begun else self._cut()

    def begin(self, run: Run) -> None:
        """A run begins; the one before it has ended."""
        self._begun = self._open = True
        self._tell("begin", asdict(run))

    def epoch(self, row: Mapping[str, Any]) -> None:
        """One more row of the history."""
        self._tell("epoch", dict(row))

    def end(self, status: str, metrics: Mapping[str, Any], folder: Path | None) -> None:
        """The run is over; another one may begin."""
        self._open = False
        place = None if folder is None else str(folder.absolute())
        self._tell("end", {"status": status, "metrics": dict(metrics), "folder": place})

    def _close(self) -> None:
        """Wait for the trackers; Ctrl-C ends the waiting, and nothing else."""
        try:
            for line in self._lines:
                line.close(self.progress.notice)
        except KeyboardInterrupt:
            self._cut()
        self._say()

    def _tell(self, what: str, document: Mapping[str, Any]) -> None:
        for line in self._lines:
            line.tell(what, document)
        self._say()

    def _say(self) -> None:
        """One notice for each tracker that was left out since."""
        for number, line in enumerate(self._lines):
            if line.fault is not None and number not in self._said:
                self._said.add(number)
                self.progress.notice(str(line.fault), "warning")

    def _cut(self) -> None:
        for line in self._lines:
            line.cut()
