"""The options class is the plugin: its fields are what a recipe may say, its docstrings are the help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError, to_json

from recbox.registry.help import attribute_docs


def _add_help(schema: dict[str, Any], cls: type[BaseModel]) -> None:
    """The docstrings of a class's attributes, as descriptions in its JSON schema."""
    docs = attribute_docs(cls)
    for name, field in schema.get("properties", {}).items():
        if name in docs:
            field.setdefault("description", docs[name])


def mistake(what: str, *, at: str = "", instead: str = "") -> PydanticCustomError:
    """What a validator of options raises, so that the recipe's reader can say where and what instead.

    at: the option that is wrong, where the validator looks at all of them; the message stands at its place.

    Stability: stable for callers.
    """
    return PydanticCustomError("mistake", "{what}", {"what": what, "at": at, "instead": instead})


def differs(options: Options, name: str) -> bool:
    """Whether an option isn't what it is by default. For a validator that refuses one which nothing would
    use: at its default it stands in every recipe that is written out.

    Stability: stable for callers.
    """
    return bool(getattr(options, name) != type(options).model_fields[name].default)


class Options(BaseModel):
    """Base of every plugin: frozen, strict (no `True` for a number, no `nan`), unknown fields forbidden.

    Laws of all kinds: the class is `@final`, its docstring begins with a sentence, and each option has one
    below it; its module imports neither torch nor dgl at the top; the same seed gives the same result, drawn
    from the streams that are handed in; nothing is printed; what is handed in stays as it is. A module
    follows device and dtype, has all that it knows in its state, and each of its parameters gets a gradient.

    Stability: stable for callers and implementers.
    """

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, json_schema_extra=_add_help
    )

    kind: ClassVar[str] = ""
    reference: ClassVar[str] = ""
    """The paper that the part comes from."""
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({},)
    """Options to test the plugin with, as a recipe would write them; with none that are required, the
    defaults will do. The contract kit also tries every value of each option that has a fixed set of them."""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Options from a recipe's mapping; `pydantic.ValidationError` lists every mistake.

        Through JSON, because pydantic's strictness for JSON is a recipe's: a list is a tuple, a string may
        be a path, and nothing else is converted.
        """
        return cls.model_validate_json(to_json(dict(values)))

    def values(self) -> dict[str, Any]:
        """All options, defaults included, as plain data; `parse(values())` is the same object."""
        return self.model_dump(mode="json")
