"""The types of options, as `recbox plugins show` prints them: short, without the insides of a program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BeforeValidator, Field

from recbox.errors import RecboxError
from recbox.registry import Options, Registry
from recbox.registry.card import describe


class Inner(Options):
    """Options inside of others."""


Read = Annotated[Inner | None, BeforeValidator(lambda value: value)]


class Part(Options):
    """A part with all sorts of options."""

    whole: Annotated[int, Field(ge=1)] | None = None
    read: Read = None
    word: Literal["a", "b"] = "a"
    table: dict[str, Any] = {}
    many: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    place: Path | None = None


def test_a_type_is_as_one_would_write_it() -> None:
    assert {field.name: field.type for field in describe(Part)["fields"]} == {
        "whole": "int | None",
        "read": "Inner | None",
        "word": "Literal['a', 'b']",
        "table": "dict[str, Any]",
        "many": "tuple[str, ...]",
        "place": "Path | None",
    }


ROWS = [(row.kind, row.name) for row in Registry().rows()]


@pytest.mark.parametrize(("kind", "name"), ROWS, ids=["/".join(row) for row in ROWS])
def test_no_part_shows_what_is_inside_of_a_program(kind: str, name: str) -> None:
    try:
        fields = describe(Registry().load(kind, name))["fields"]
    except RecboxError as error:
        pytest.skip(f"it can't be loaded here: {error}")
    for field in fields:
        assert not re.search(r"0x|<|FieldInfo|Validator|Annotated|\.[a-z]", field.type), field
