"""Prompts: what is asked stays, what is said of a node is filled in, and what is no prompt is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.recipe.prompting import parse_prompt

HEAT = {"title": "Heat", "genre": "Action, Crime"}
ALL = "You are a critic.\nTitle: {title}\nGenres: {genre}\nIn one sentence: who enjoys {title} ({genre})?"


@pytest.mark.parametrize(
    ("prompt", "missing", "asked"),
    [
        ("{title}", "", "Heat"),
        ("{title}", "title", ""),
        ("Film: {title} ({genre}). Who enjoys it?", "", "Film: Heat (Action, Crime). Who enjoys it?"),
        ("Film: {title} ({genre}). Who enjoys it?", "genre", "Film: Heat. Who enjoys it?"),
        ("Film: {title} ({genre}). Who enjoys it?", "title genre", ""),
        ("Be brief. Who enjoys {title}?", "", "Be brief. Who enjoys Heat?"),
        ("Be brief! Be kind. Who enjoys {title} ({genre})?", "genre", "Be brief! Be kind. Who enjoys Heat?"),
        (ALL, "genre", "You are a critic.\nTitle: Heat\nIn one sentence: who enjoys Heat?"),
        (ALL, "title genre", ""),
        ("Say {{this}}. {title}: a film. {{End}}", "", "Say {this}. Heat: a film. {End}"),
        ("  {title}  \n\nDone.\n", "", "Heat\n\nDone."),
    ],
)
def test_what_is_left_of_a_prompt(prompt: str, missing: str, asked: str) -> None:
    known = {name: text for name, text in HEAT.items() if name not in missing.split()}
    assert parse_prompt(prompt).fill(known) == asked


@pytest.mark.parametrize("prompt", ["", "no field", "{", "}", "{}", "{title:>9}", "{title!r}", "a {title} {"])
def test_what_is_no_prompt(prompt: str) -> None:
    with pytest.raises(ValueError, match=r"braces|column|\{|\}"):
        parse_prompt(prompt)


@given(st.text("ab{} .?!\n", max_size=30))
def test_any_text_is_a_prompt_or_refused(text: str) -> None:
    try:
        prompt = parse_prompt(text)
    except ValueError:
        return
    assert prompt.names
    assert prompt.fill({}) == ""
    filled = prompt.fill(dict.fromkeys(prompt.names, "XYZ"))
    assert "XYZ" in filled
    assert filled == filled.strip()


@given(st.lists(st.sampled_from(["A.", "Bc?", "{t}", "{u}", "d, {t}!", "\n"]), min_size=1).map(" ".join))
def test_with_all_values_it_is_the_text_itself(text: str) -> None:
    if "{" not in text:
        return
    told = parse_prompt(text).fill({"t": "one", "u": "two"})
    expected = text.replace("{t}", "one").replace("{u}", "two")
    assert " ".join(told.split()) == " ".join(expected.split())
