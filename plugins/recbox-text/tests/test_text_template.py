"""Templates: what is left of them where values are missing, and what is no template."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from recbox_text import Bert

from recbox.plugin.texts import parse

FULL = {"title": "Heat", "year": "1995", "genre": "Action, Crime", "by": "Mann"}


@pytest.mark.parametrize(
    ("template", "missing", "text"),
    [
        ("{title}. {genre}", "", "Heat. Action, Crime"),
        ("{title}. {genre}", "genre", "Heat"),
        ("{title}. {genre}", "title", "Action, Crime"),
        ("{title}. {genre}.", "genre", "Heat."),
        ("{title} ({year}). {genre}", "", "Heat (1995). Action, Crime"),
        ("{title} ({year}). {genre}", "year", "Heat. Action, Crime"),
        ("{title} ({year}). {genre}", "title", "(1995). Action, Crime"),
        ("{title} ({year}). {genre}", "genre", "Heat (1995)"),
        ("{title} ({year}). {genre}", "title year", "Action, Crime"),
        ("Title: {title}. Genres: {genre}.", "", "Title: Heat. Genres: Action, Crime."),
        ("Title: {title}. Genres: {genre}.", "genre", "Title: Heat."),
        ("Title: {title}. Genres: {genre}.", "title", "Genres: Action, Crime."),
        ("Title: {title}. Genres: {genre}.", "title genre", ""),
        ("{title} by {by}, {year}", "by", "Heat, 1995"),
        ("{title} by {by}, {year}", "year", "Heat by Mann"),
        ("{title} by {by}, {year}", "title", "by Mann, 1995"),
        ("{title}: {genre}", "title", "Action, Crime"),
        ("{title} - {genre}", "genre", "Heat"),
        ("{title} – {genre}", "title", "Action, Crime"),
        ("{title}/{year}", "title", "1995"),
        ("{title} [{year}] by {by}", "year", "Heat by Mann"),
        ("{title}\n{genre}", "genre", "Heat"),
        ("{title}{year}", "title", "1995"),
        ("a film of {year} called {title}", "title", "a film of 1995"),
        ("{{{title}}}", "", "{Heat}"),
        ("{title} {title}", "", "Heat Heat"),
    ],
)
def test_what_is_missing_goes_with_its_punctuation(template: str, missing: str, text: str) -> None:
    values = {name: "" if name in missing.split() else value for name, value in FULL.items()}
    assert parse(template).fill(values) == text


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{title", "expected '}'"),
        ("title}", "Single '}'"),
        ("no column", "names no column"),
        ("", "names no column"),
        ("{}", "no name"),
        ("{title!r}", "only be a column's name"),
        ("{title:>10}", "only be a column's name"),
    ],
)
def test_what_is_no_template_is_refused_with_the_reason(template: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Bert.parse({"model": "m", "text": template})


def test_a_name_is_looked_up_and_never_reached_into() -> None:
    """`{title.__class__}` is a column of that name, and no attribute."""
    assert parse("{title.__class__[0]}").names == ("title.__class__[0]",)


@given(st.lists(st.sampled_from(["{a}", "{b}", "{c}", ". ", ", ", " (", ") ", "by ", ": ", "x"]), max_size=8))
def test_a_full_template_is_what_python_makes_of_it(parts: list[str]) -> None:
    template = "".join(parts)
    values = {"a": "A", "b": "B", "c": "C"}
    try:
        found = parse(template)
    except ValueError:
        assert not any(p.startswith("{") for p in parts)
        return
    assert found.fill(values) == template.format(**values)
    assert found.fill({}) == ""
    for name in found.names:
        rest = {n: v for n, v in values.items() if n != name}
        assert all(v in found.fill(rest) for n, v in rest.items() if n in found.names)
        assert values[name] not in found.fill(rest)
