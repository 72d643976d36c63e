"""Where a text ends, and what of it is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recbox_text._sentences import done, kept

KEPT: list[tuple[str, int | None, str, bool, str]] = [
    ("One. Two. Three", 2, "end", False, "One. Two."),
    ("One. Two. Three", None, "end", False, "One. Two."),
    ("One. Two. Three", None, "end", True, "One. Two. Three"),
    ("no sentence at all", 2, "end", False, "no sentence at all"),
    ("Dr. Strange and Mr. T. like it. More", 1, "end", False, "Dr. Strange and Mr. T. like it."),
    ("It has 3.5 stars! Yes", 1, "end", False, "It has 3.5 stars!"),
    ('He said "Go." Then', 1, "end", False, 'He said "Go."'),
    ("1. Fans of crime. 2. Others", 1, "end", False, "1. Fans of crime."),
    ("影迷喜欢。孩子也", 1, "end", False, "影迷喜欢。"),
    ("\n\n one\n two\n\nthree", None, "paragraph", False, "one two"),
    ("one\ntwo", None, "line", False, "one"),
    ("tab\there\x00\x07 and \u202eturned", None, "end", True, "tab here and turned"),
    ("half a \ufffd", None, "end", True, "half a"),
    ("👩‍👩‍👧 families", None, "end", True, "👩‍👩‍👧 families"),
    ("", 2, "paragraph", False, ""),
    ("   \n", 2, "paragraph", True, ""),
]


@pytest.mark.parametrize(("text", "sentences", "stop", "whole", "expected"), KEPT)
def test_whole_sentences_are_kept_on_one_line(
    text: str, sentences: int | None, stop: str, whole: bool, expected: str
) -> None:
    assert kept(text, sentences, stop, whole) == expected


def test_a_point_at_the_very_end_may_be_that_of_a_number() -> None:
    assert not done("It has 3.", 1, "end")
    assert not done("It has 3.5 stars", 1, "end")
    assert done("It has 3.5 stars. ", 1, "end")


@given(
    st.text(alphabet="ab .!?\n1\"'", max_size=60), st.integers(1, 3), st.text(alphabet="ab .\n", max_size=20)
)
def test_what_follows_a_text_that_is_done_changes_nothing(text: str, sentences: int, more: str) -> None:
    if done(text, sentences, "paragraph"):
        assert kept(text + more, sentences, "paragraph", False) == kept(text, sentences, "paragraph", True)


@given(st.text(max_size=60))
def test_a_kept_text_is_one_line_and_stays_as_it_is(text: str) -> None:
    once = kept(text, None, "end", True)
    assert once == kept(once, None, "end", True)
    assert "\n" not in once
    assert once == once.strip()
