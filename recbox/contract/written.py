"""How the laws of writers ask for texts: the prompts, and what must be right wherever texts are given."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recbox.context import Context
from recbox.contract.case import Case, fixed_values
from recbox.contract.law import Skip, broken, hold
from recbox.errors import DataError
from recbox.plugin import Writer

PROMPTS = (
    "Film: Amber Harbour (drama). In one sentence: who enjoys it?",
    "Film: Quiet Forest. In one sentence: who enjoys it?",
    "A",
    "Somebody took: Golden Castle; Wild Lagoon; Golden Castle; Early Summit.\nWhat do they like?",
    "Was schätzt ein Mensch, der „Das Große Schloß“ mag?",
    "雪の城が好きな人は何が好きですか。",
    "Film: Amber Harbour (drama). In one sentence: who enjoys it?",
    "tea " * 60,
    "Item 7: bread, still warm, with a crust. " * 4,
    "Say it in five words: a garden in winter",
    "12 345.6",
)
"""Short and long ones, in several scripts, one of them twice."""

ODD = {
    "empty": "",
    "blank": " \t ",
    "newlines": "\n\r\n\n",
    "20,000 characters": "A long story. " * 1429,
    "one word of 20,000 characters": "x" * 20_000,
    "emoji": "👩🏽‍🚀🏴‍☠️ 🍵",
    "right to left": "مرحبا \u202eשלום\u202c",
    "a NUL": "tea\0milk",
    "control characters": "\x1b[31m\x07\x7f",
    "braces": "{title} {0} {} {{x}} }{",
    "percent signs and backslashes": r"%s %(title)s \N{DIGIT} \1 $x",
    "quotes and commas": "\"a\",'b';<|endoftext|></s>[INST]",
    "letters that fall apart": "e\u0301\ufeff\u200b\U0010ffff",
}
"""Prompts that a catalogue may well have, by what is odd about them."""


@dataclass(frozen=True)
class Inputs:
    """The prompts of one call."""

    prompts: list[str] = field(default_factory=lambda: list(PROMPTS))


def inputs(case: Case, double: bool = False) -> Inputs:
    return Inputs()


def produce(case: Case, context: Context, given: Inputs) -> Mapping[str, Any]:
    """The version, and all texts."""
    return {"version": version(case, context), "texts": written(case, given.prompts, context)}


def writer(case: Case) -> Writer:
    assert isinstance(case.options, Writer)  # noqa: S101
    return case.options


def version(case: Case, context: Context | None = None) -> str:
    """Skip: the model that these options name can't be had here."""
    try:
        return writer(case).version(context or case.context)
    except DataError as error:
        raise Skip(f"its model can't be had here: {error.what}") from error


def begun(case: Case, prompts: Sequence[str], context: Context | None = None) -> Iterator[tuple[int, str]]:
    """What `write` gives; a Skip as in `version`."""
    version(case, context)
    found = writer(case).write(prompts, context or case.context)
    hold(isinstance(found, Iterator), f"`write` gives a {type(found).__name__}, which is no iterator")
    return found


def written(case: Case, prompts: Sequence[str], context: Context | None = None) -> list[str]:
    """The text of each prompt, in their order, each looked at; a Skip as in `version`."""
    return in_order(begun(case, prompts, context), len(prompts))


def in_order(given: Iterator[Any], count: int) -> list[str]:
    texts: dict[int, str] = {}
    for pair in given:
        place, text = looked_at(pair, count)
        hold(place not in texts, f"place {place} comes twice")
        texts[place] = text
    gone = [place for place in range(count) if place not in texts]
    hold(not gone, f"of {count} prompts those at {', '.join(map(str, gone[:5]))} have no text")
    return [texts[place] for place in range(count)]


def looked_at(pair: Any, count: int) -> tuple[int, str]:
    whole = isinstance(pair, tuple) and len(pair) == 2
    hold(whole, f"`write` gives a {type(pair).__name__} where a place and a text belong")
    place, text = pair
    hold(type(place) is int and 0 <= place < count, f"there is no place {place!r} in {count} prompts")
    hold(isinstance(text, str), f"the text at {place} is a {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        broken(f"the text at {place} can't be written as UTF-8: {error.reason}")
    return place, text


def same(found: Sequence[str], expected: Sequence[str], seen: str) -> None:
    wrong = [place for place, (a, b) in enumerate(zip(found, expected, strict=True)) if a != b]
    if wrong:
        first = f"{found[wrong[0]]!r:.60}, not {expected[wrong[0]]!r:.60}"
        broken(f"{len(wrong)} of {len(found)} texts are others {seen}: {first}")


def varied(case: Case, name: str) -> Iterator[Case]:
    """The same writer with other values of an option: of a fixed set, or else small numbers."""
    for value in fixed_values(case.cls.model_fields[name].annotation) or (1, 2, 7, 0.5):
        with contextlib.suppress(ValidationError):
            other = case.cls.parse({**case.options.values(), name: value})
            if other != case.options:
                yield Case(other)


@contextlib.contextmanager
def elsewhere(case: Case) -> Iterator[Context]:
    """For the block, the working folder and the recipe's are a new one, and there are no data directories."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, contextlib.chdir(folder):
        yield case.context.with_(folder=Path(folder), data_dir=())
