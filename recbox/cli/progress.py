"""How long work and notices look on standard error: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO, final

from recbox.cli.terminal import console, fancy, safe, telling
from recbox.progress import Progress, Task

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

INTERVAL = 5.0
"""Seconds between the plain lines of one task."""


def progress_for(stream: TextIO) -> Progress:
    """Bars where `stream` is a terminal, lines elsewhere."""
    return RichProgress(stream) if fancy(stream) else PlainProgress(stream)


@final
class PlainTask(Task):
    """One line at the start, at the end, and every few seconds between them."""

    def __init__(self, write: Any, title: str, total: float | None, unit: str) -> None:
        self.write, self.title, self.total, self.unit = write, title, total, unit
        self.done, self.facts = 0.0, dict[str, object]()
        self.began = self.spoke = time.monotonic()
        self.said = ""
        self.say()

    def advance(self, steps: float = 1, **facts: object) -> None:
        self.done += steps
        self.facts.update(facts)
        if time.monotonic() - self.spoke >= INTERVAL:
            self.say()

    def say(self, end: str = "") -> None:
        """Write where the task stands, unless that has just been written."""
        line = " ".join(
            filter(None, (safe(self.title), count(self), describe(self.facts), end or left(self)))
        )
        if line != self.said:
            self.write(line)
        self.said, self.spoke = line, time.monotonic()

    def finish(self) -> None:
        if self.done or self.facts:
            self.say(f"in {clock(time.monotonic() - self.began)}")


@final
class PlainProgress(Progress):
    """For logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, line: str) -> None:
        with telling(self.stream):
            self.stream.write(line + "\n")
            self.stream.flush()

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return PlainTask(self.write, title, total, unit)

    def close(self, task: Task) -> None:
        if isinstance(task, PlainTask):
            task.finish()

    def notice(self, message: str, level: str = "info") -> None:
        self.write(alarm_frame(message) if level == "alarm" else prefixed(message, level))


@final
class RichTask(Task):
    """A row of the live display."""

    def __init__(self, bars: Bars, title: str, total: float | None, unit: str) -> None:
        self.bars, self.unit, self.facts = bars, unit, dict[str, object]()
        self.row = bars.add_task(safe(title), total=total, facts="", unit=unit)

    def advance(self, steps: float = 1, **facts: object) -> None:
        self.facts.update(facts)
        self.bars.update(self.row, advance=steps, facts=describe(self.facts))


@final
class RichProgress(Progress):
    """For terminals: bar, facts and time left, one row a task; the display lives while a task is open. A task
    within another, which may come again and again, leaves no row behind."""

    def __init__(self, stream: TextIO) -> None:
        self.console = console(stream)
        self.bars: Bars | None = None
        self.opened = 0

    def open(self, title: str, total: float | None, unit: str) -> Task:
        if self.bars is None:
            self.bars = _bars(self.console)
            self.bars.start()
        self.opened += 1
        return RichTask(self.bars, title, total, unit)

    def close(self, task: Task) -> None:
        self.opened -= 1
        if self.bars is None:
            return
        if self.opened == 0:
            self.bars.stop()
            self.bars = None
        elif isinstance(task, RichTask):
            self.bars.remove_task(task.row)

    def notice(self, message: str, level: str = "info") -> None:
        from rich.panel import Panel
        from rich.text import Text

        if level == "alarm":
            text = Text(safe(message, keep_lines=True), style="bold white on red")
            self.console.print(Panel(text, title="ATTENTION", style="bold white on red", padding=(1, 2)))
        else:
            style = "yellow" if level == "warning" else ""
            self.console.print(Text(prefixed(message, level), style=style))


def _bars(target: Any) -> Bars:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}", markup=False),
        TextColumn("{task.fields[facts]}", markup=False),
        TimeRemainingColumn(compact=True),
    )
    return Bars(*columns, console=target, transient=False, refresh_per_second=8)


def prefixed(message: str, level: str) -> str:
    """`warning: ...` for a warning, the message alone for information."""
    text = safe(message, keep_lines=True)
    return text if level == "info" else f"{level}: {text}"


def alarm_frame(message: str) -> str:
    """The message in a frame that is seen in a log too, red where the stream allows."""
    lines = ["ATTENTION", "", *safe(message, keep_lines=True).splitlines()]
    width = max(map(len, lines))
    edge = "!" * (width + 6)
    frame = "\n".join([edge, *(f"!! {line:<{width}} !!" for line in lines), edge])
    return f"\x1b[1;37;41m{frame}\x1b[0m" if _coloured() else frame


def _coloured() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def describe(facts: dict[str, object]) -> str:
    """`loss 0.6931 ndcg@20 0.1834`."""
    shown = (f"{v:.4g}" if isinstance(v, float) else str(v) for v in facts.values())
    return " ".join(f"{safe(name)} {safe(text)}" for name, text in zip(facts, shown, strict=True))


def count(task: PlainTask) -> str:
    """`12/100 epochs`, or without a total `12 rows`; bytes are written as MiB."""
    scale, unit = (1 / 2**20, "MiB") if task.unit in ("B", "bytes", "byte") else (1.0, task.unit)
    if not (task.total or task.done):
        return "..."
    total = f"/{_number(task.total * scale)}" if task.total else ""
    return f"{_number(task.done * scale)}{total} {unit}".rstrip()


def _number(value: float) -> str:
    """`1,000,000`, `1.5`."""
    return f"{value:,.0f}" if value >= 10_000 else f"{value:,.6g}"


def left(task: PlainTask) -> str:
    """`1:20 left`, once there is something to tell it by."""
    if not (task.total and 0 < task.done < task.total):
        return ""
    passed = time.monotonic() - task.began
    return f"{clock(passed / task.done * (task.total - task.done))} left"


def clock(seconds: float) -> str:
    """`0.4 s`, `12 s`, `2:05`, `1:02:05`."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
