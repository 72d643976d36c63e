"""Bars and lines: the first and the last state are always told, hostile text never gets through."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from recbox.cli import progress as module
from recbox.cli.progress import PlainProgress, RichProgress, clock, progress_for
from recbox.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that moves one second at each look."""
    seconds: Iterator[float] = iter(range(10_000))
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(seconds)))


def test_the_stream_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(progress_for(Terminal()), RichProgress)
    assert isinstance(progress_for(io.StringIO()), PlainProgress)


def test_lines_begin_and_end_and_keep_their_distance(ticking: None) -> None:
    stream = io.StringIO()
    with PlainProgress(stream).task("train", 100, "epochs") as task:
        for epoch in range(100):
            task.advance(1, loss=1 / (epoch + 1))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "train 0/100 epochs"
    assert lines[-1].startswith("train 100/100 epochs loss 0.01 in ")
    assert 15 <= len(lines) <= 40
    assert any("left" in line for line in lines[1:-1])


def test_a_task_that_fails_is_closed_where_it_stood() -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="x"), PlainProgress(stream).task("read", 10, "rows") as task:
        task.advance(3)
        raise ValueError("x")
    assert "read 3/10 rows" in stream.getvalue().splitlines()[-1]


def test_bytes_are_shown_as_mebibytes(ticking: None) -> None:
    stream = io.StringIO()
    with PlainProgress(stream).task("fetch", 4 * 2**20, "B") as task:
        task.advance(2**20)
    assert "1/4 MiB" in stream.getvalue()


@pytest.mark.parametrize("make", [lambda s: PlainProgress(s), lambda s: RichProgress(s)])
def test_notices(make: object) -> None:
    stream = io.StringIO()
    progress: Progress = make(stream)
    progress.notice("a file was read")
    progress.notice("a row was left out", "warning")
    progress.notice("synthetic \x1b[2J data", "alarm")
    text = stream.getvalue()
    assert "a file was read\n" in text
    assert "warning: a row was left out\n" in text
    assert "ATTENTION" in text
    assert "\x1b[2J" not in text


def test_an_alarm_stands_out_in_a_log() -> None:
    frame = module.alarm_frame("one\nlonger line").splitlines()
    assert len({len(line) for line in frame}) == 1
    assert frame[0] == frame[-1] == "!" * len(frame[0])


def test_bars_show_facts_and_leave_the_terminal_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    stream = Terminal()
    progress = RichProgress(stream)
    with progress.task("train", 2, "epochs") as outer:
        outer.advance(1, loss=0.5)
        with progress.task("evaluate [/x]", None, "users") as inner:
            inner.advance(10)
        progress.notice("in between", "warning")
        outer.advance(1, loss=0.25)
    text = stream.getvalue()
    assert "loss 0.25" in text
    assert "in between" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") > 0  # cursor hidden, cursor shown
    with progress.task("again", 1, ""):
        pass
    assert "again" in stream.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.42, "0.4 s"), (12.4, "12 s"), (125, "2:05"), (3725, "1:02:05"), (59.6, "60 s")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_a_task_within_another_leaves_no_row_behind():
    progress = RichProgress(Terminal())
    with progress.task("train", 2, "step"):
        for _ in range(2):
            with progress.task("reading", 1, "text") as inner:
                inner.advance()
                assert [row.description for row in progress.bars.tasks] == ["train", "reading"]
        assert [row.description for row in progress.bars.tasks] == ["train"]
    assert progress.bars is None
