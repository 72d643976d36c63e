"""pydantic's errors as sentences about a recipe, each at its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from recbox.errors import nearest
from recbox.recipe.blocks import NAME
from recbox.recipe.place import Findings, Place, short
from recbox.recipe.tree import Node, describe

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "a text",
    "path_type": "a path",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "none_required": "null",
}
_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
    "multiple_of": ("a multiple of", "multiple_of"),
}
_LENGTHS = {
    "string_too_short": "a text of at least {min_length} characters",
    "string_too_long": "a text of at most {max_length} characters",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
}
MISTAKE = "mistake"
"""The type of the errors that `recbox.registry.options.mistake` makes."""
_PATTERNS = {NAME: "a name of at most 100 letters, digits, dots, dashes and underscores"}


@dataclass(frozen=True)
class _Fault:
    """One error of pydantic's: the names that led to it in the recipe, and the place they led to."""

    path: tuple[str, ...]
    place: Place
    value: Any
    union: bool
    """Whether pydantic tried several types, of which this error is of one."""
    error: Any


def report(
    error: ValidationError,
    cls: type[BaseModel],
    node: Node,
    owner: str,
    beside: Sequence[str],
    findings: Findings,
) -> None:
    """Report the errors of `cls` about `node`; `owner`: whose options they are, `beside`: more names."""
    faults = [_fault(e, node) for e in error.errors(include_url=False) if not _counted_good_ones(e)]
    for same in _grouped(faults):
        first = same[0]
        if first.error["type"] == "extra_forbidden":
            name = str(first.error["loc"][-1])
            known = [*known_names(cls, first.error["loc"][:-1]), *(beside if len(first.path) == 1 else ())]
            findings.unknown(first.place, name, f"{owner} has no option {short(name)}", known)
        else:
            what, instead = _sentence(same, owner)
            findings.add(first.place, what, instead)


def _counted_good_ones(error: Any) -> bool:
    """Whether a list is called too short only because entries of it are wrong, which is told of them."""
    least = error.get("ctx", {}).get("min_length", 0)
    return error["type"] == "too_short" and isinstance(error["input"], list) and len(error["input"]) >= least


def _fault(error: Any, node: Node) -> _Fault:
    """Walk pydantic's `loc`; words that lead nowhere are its tags for the types of a union."""
    path: list[str] = []
    place, union = node.place, False
    loc = error["loc"] + ((at,) if (at := _told(error, "at")) else ())
    for position, word in enumerate(loc):
        child = _step(node, word)
        if child is None:
            union = union or error["type"] != "missing" or position < len(loc) - 1
            continue
        at_name = error["type"] in ("extra_forbidden", MISTAKE)
        place = node.keys.get(str(word), child.place) if at_name else child.place
        node, path = child, [*path, str(word)]
    if error["type"] == "missing":
        path.append(str(error["loc"][-1]))
    return _Fault(tuple(path), place, error["input"], union, error)


def _told(error: Any, key: str) -> str:
    """What an author said with `mistake`."""
    return str(error["ctx"][key]) if error["type"] == MISTAKE else ""


def _step(node: Node, word: int | str) -> Node | None:
    if isinstance(word, int):
        return node.items[word] if word < len(node.items) else None
    return node.mapping.get(word)


def _grouped(faults: list[_Fault]) -> Iterator[list[_Fault]]:
    """Errors of one value together; of a union, those that got furthest into the value."""
    groups: dict[tuple[str, ...], list[_Fault]] = {}
    for fault in faults:
        deeper = any(
            f.union and len(f.path) > len(fault.path) and f.path[: len(fault.path)] == fault.path
            for f in faults
        )
        if not (fault.union and deeper):
            key = fault.path if fault.union else (*fault.path, f"\0{len(groups)}")
            groups.setdefault(key, []).append(fault)
    yield from groups.values()


def _sentence(same: list[_Fault], owner: str) -> tuple[str, str]:
    """What is wrong with a value, and what to write."""
    first = same[0]
    kind, context = first.error["type"], first.error.get("ctx", {})
    name = _name(first.path, owner)
    if kind == "missing":
        return f"{name} is missing", ""
    if kind == MISTAKE:
        return _told(first.error, "what"), _told(first.error, "instead")
    if kind in ("value_error", "assertion_error"):
        return f"{name}: {context.get('error', first.error['msg'])}", ""
    wanted = " or ".join(dict.fromkeys(_wanted(f.error) for f in same))
    choices = [c for f in same for c in _choices(f.error)]
    return f"{name} must be {wanted}, not {describe(first.value)}", _hint(first.value, kind, choices)


def _name(path: tuple[str, ...], owner: str) -> str:
    words = [w for w in path if not w.isdigit()]
    if not words:
        return owner
    return f"an entry of `{words[-1]}`" if path[-1].isdigit() else f"`{words[-1]}`"


def _wanted(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return f"{word} {context.get(key)}"
    if kind in _LENGTHS:
        return _LENGTHS[kind].format(**context)
    if kind == "literal_error":
        choices = _choices(error)
        return f"one of {', '.join(choices)}" if len(choices) > 1 else str(context.get("expected"))
    if kind == "string_pattern_mismatch":
        pattern = context.get("pattern")
        return _PATTERNS.get(pattern, f"a text that matches {pattern}")
    return _EXPECTED.get(kind) or f"different ({error['msg']})"


def _choices(error: Any) -> list[str]:
    return re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))


def _hint(value: Any, kind: str, choices: list[str]) -> str:
    if choices:
        return nearest(value, choices) if isinstance(value, str) and len(value) < 80 else ""
    if kind == "string_type" and isinstance(value, int | float):
        return f"put it in quotes: '{str(value).lower()}'"
    if kind in ("int_type", "int_from_float") and isinstance(value, float) and value.is_integer():
        return f"write {int(value)}"
    if kind in ("list_type", "tuple_type") and isinstance(value, str | int | float):
        return f"write [{value}]"
    if (
        kind in ("int_type", "float_type")
        and isinstance(value, str)
        and re.fullmatch(r"[0-9][0-9._e+-]*", value)
    ):
        return "a number has no quotes and no separators"
    return ""


def known_names(cls: Any, path: Iterable[Any]) -> list[str]:
    """Names of the fields that a class, or what lies under `path` in it, has."""
    types = _models(cls)
    for word in path:
        inner = [t.model_fields[word].annotation for t in types if word in t.model_fields]
        types = [model for annotation in inner for model in _models(annotation)] or types
    return list(dict.fromkeys(name for t in types for name in t.model_fields))


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The classes inside `A | None`, `tuple[A, ...]`, `dict[str, A]`, `Annotated[A, ...]`."""
    if get_origin(annotation) is None:
        return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []
    return [model for inside in get_args(annotation) for model in _models(inside)]
