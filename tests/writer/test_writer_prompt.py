"""The writer whose texts are the prompts."""

from __future__ import annotations

from recbox.context import Context
from recbox.plugin import Writer
from recbox.registry import Registry
from recbox.writer.prompt import Prompt


def test_the_prompts_are_the_texts() -> None:
    prompts = ["Amber Harbour is a drama.", "", "Two\nlines {as they are}"]
    assert list(Prompt().write(prompts, Context())) == list(enumerate(prompts))
    assert Prompt().version(Context()) == Prompt().version(Context(seed=1))


def test_recipes_name_it() -> None:
    cls = Registry().load("writer", "prompt")
    assert cls is Prompt and issubclass(cls, Writer)
    assert cls.parse({}) == Prompt()
