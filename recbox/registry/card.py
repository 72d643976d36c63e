"""A plugin's card: what is known of it, derived from its class, or the reason why it can't be loaded."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from recbox.registry.help import attribute_docs
from recbox.registry.options import Options


@dataclass(frozen=True)
class Field:
    """One option: its name, its type and default as text, and its help."""

    name: str
    type: str
    default: str
    help: str


@dataclass(frozen=True)
class Card:
    """A row of `recbox plugins list`. `error` and `remedy` are empty for a plugin that loads."""

    kind: str
    name: str
    distribution: str
    version: str
    entry_point: str
    summary: str = ""
    reference: str = ""
    fields: tuple[Field, ...] = ()
    capabilities: tuple[tuple[str, str], ...] = ()
    error: str = ""
    remedy: str = ""
    warning: str = ""
    """What is wrong with a plugin that works all the same."""


def describe(cls: type[Options]) -> dict[str, Any]:
    """Summary, reference, options and capabilities of an options class."""
    return {
        "summary": (inspect.getdoc(cls) or "").split("\n", 1)[0],
        "reference": cls.reference,
        "fields": tuple(_field(cls, name, info) for name, info in cls.model_fields.items()),
        "capabilities": _capabilities(cls),
    }


def _field(cls: type[Options], name: str, info: Any) -> Field:
    default = "required" if info.is_required() else _default(info)
    return Field(name, _type(info.annotation), default, info.description or attribute_docs(cls).get(name, ""))


def _default(info: Any) -> str:
    value = info.get_default(call_default_factory=True)
    return repr(value.values() if isinstance(value, Options) else value)


def _type(annotation: Any) -> str:
    """As one would write it, without the modules of classes and what pydantic keeps beside a type."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if annotation in (None, NoneType):
        return "None"
    if annotation is Ellipsis:
        return "..."
    if origin is Annotated:
        return _type(inside[0])
    if origin in (Union, UnionType):
        return " | ".join(map(_type, inside))
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, inside))}]"
    name = getattr(origin or annotation, "__name__", None) or str(annotation).replace("typing.", "")
    return f"{name}[{', '.join(map(_type, inside))}]" if inside else str(name)


def _capabilities(cls: type[Options]) -> tuple[tuple[str, str], ...]:
    """Properties of the options, for the default options, and what a model states of itself; they are what
    wiring checks ask."""
    return (*_properties(cls), *_stated(cls))


def _stated(cls: type[Options]) -> Iterator[tuple[str, str]]:
    """A model's grid and, where the engine trains it, what a batch is of and the settings of `train`."""
    if getattr(cls, "trained", False) is True:
        yield "trained", f"in batches of {getattr(cls, 'rows', 'row')}s"
        yield "train", "; ".join(_leaves(getattr(cls, "course", {}))) or "as it is by default"
    if grid := getattr(cls, "grid", None):
        yield "grid", "; ".join(f"{name} {', '.join(map(str, values))}" for name, values in grid.items())


def _leaves(block: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """`optimizer.lr 0.001`, for each setting of a block."""
    for name, value in block.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name} {value}"


def _properties(cls: type[Options]) -> tuple[tuple[str, str], ...]:
    if any(info.is_required() for info in cls.model_fields.values()):
        return ()
    options = cls()
    names = sorted(n for n, v in inspect.getmembers(cls, _is_property) if not n.startswith(("_", "model_")))
    told = [(name, getattr(options, name)) for name in names]
    return tuple((name, _plain(value)) for name, value in told if value is not None)


def _is_property(value: object) -> bool:
    return isinstance(value, property)


def _plain(value: object) -> str:
    if isinstance(value, frozenset | set | tuple):
        return ", ".join(sorted(map(str, value))) or "none"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
