"""Nothing that comes from data may steer or deceive a terminal."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.cli.terminal import console, fancy, safe


@given(st.text())
def test_no_control_or_format_character_survives(text: str) -> None:
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in safe(text))


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S", "M", "Zs"))))
def test_what_can_be_read_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\u202eb", r"a\u202eb"),
        ("a\u200bb", r"a\u200bb"),
        ("a\nb", r"a\x0ab"),
        ("\udc80", r"\udc80"),
        ("\U000e0001", r"\U000e0001"),
        ("Amélie", "Amélie"),
        (7, "7"),
    ],
)
def test_worked_by_hand(text: object, shown: str) -> None:
    assert safe(text) == shown


def test_newlines_stay_where_they_are_meant() -> None:
    assert safe("a\nb\r", keep_lines=True) == "a\nb\\x0d"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_dumb_terminal_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert fancy(Terminal())
    assert not fancy(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not fancy(Terminal())


def test_colour_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.text import Text

    monkeypatch.setenv("TERM", "xterm")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)

    def printed(stream: io.StringIO) -> str:
        console(stream).print(Text("x", style="red"))
        return stream.getvalue()

    assert "\x1b[31m" in printed(Terminal())
    assert printed(io.StringIO()) == "x\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in printed(Terminal())


def test_data_is_never_markup() -> None:
    stream = io.StringIO()
    console(stream).print("[bold]x[/bold] :smile:")
    assert stream.getvalue() == "[bold]x[/bold] :smile:\n"
