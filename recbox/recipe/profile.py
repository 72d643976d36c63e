"""The block of a profile: a text column that stands in a file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from recbox.recipe.prompting import Prompt, parse_prompt
from recbox.recipe.template import HISTORY, Template, other, parse
from recbox.registry.options import Options, mistake


class Profile(Options):
    """A text column in a file of its own, which a person or `recbox profile` writes."""

    node: Literal["user", "item"]
    """Whose column it is."""
    column: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")] = "profile"
    """Its name, as templates and encoders know it."""
    file: Annotated[str, Field(max_length=1000)]
    """A CSV file with `id` and the column, relative to the recipe's folder, or else to one of the data
    directories; `recbox profile` keeps in a third column, `made`, what each text was made of."""
    prompt: str | None = None
    """What a writer is asked for each node, with its columns in it, such as `{title}`. Lines and parts of
    sentences whose columns are missing are left out."""
    history: str | None = None
    """A template over the columns of what a node has interacted with in training, such as `{title}` for
    users: the last ones are joined, newest first. `{history}` in `prompt` is its place."""
    last: Annotated[int, Field(ge=1, le=1000)] = 20
    """How many of its history."""

    @field_validator("file")
    @classmethod
    def _file_is_csv(cls, value: str) -> str:
        if not value.lower().endswith(".csv"):
            raise mistake(f"{value!r} is no CSV file", instead="file: profiles.csv")
        return value

    @model_validator(mode="after")
    def _templates_fit(self) -> Self:
        for name, read in (("prompt", parse_prompt), (HISTORY, parse)):
            try:
                said = getattr(self, name)
                read("{id}" if said is None else said)
            except ValueError as error:
                raise mistake(f"the template can't be read: {error}", at=name) from None
        if self.history is not None and HISTORY not in self.asked.names:
            raise mistake("`prompt` has no place for the history", at="prompt", instead="`{history}` in it")
        return self

    @property
    def asked(self) -> Prompt:
        """The prompt, read; one without fields where none is given."""
        return Prompt(()) if self.prompt is None else parse_prompt(self.prompt)

    @property
    def past(self) -> Template | None:
        """The template of the history, read."""
        return None if self.history is None else parse(self.history)

    def names(self) -> Sequence[tuple[str, str, str]]:
        """The columns that a prompt is made of: the option that names it, its node type, its name."""
        own = [n for n in self.asked.names if self.history is None or n != HISTORY]
        past = self.past.names if self.past else ()
        return [("prompt", self.node, n) for n in own] + [(HISTORY, other(self.node), n) for n in past]
