"""Whether what a recipe gives fits a signature; each mistake at its argument, with what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic_core import PydanticCustomError

from recbox.plugin.foreign.signature import Signature
from recbox.registry.options import mistake

_SAID = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a text",
    "None": "null",
    "list of str": "a list of texts",
    "list of int": "a list of whole numbers",
    "mapping": "a mapping",
}


def advice(name: str, known: Iterable[str]) -> str:
    """The nearest name, and all that there are."""
    every = sorted(known)
    close = get_close_matches(name, every, n=1, cutoff=0.6)
    listed = ", ".join(every) or "nothing"
    return f"did you mean {close[0]!r}? There are: {listed}" if close else f"one of {listed}"


def faults(
    signature: Signature, given: Mapping[str, Any], filled: Mapping[str, str], refused: Mapping[str, str]
) -> Iterator[PydanticCustomError]:
    """Every mistake in the arguments `given`.

    filled: arguments that the layer sets itself, and to what. refused: those that it takes from nobody, and
    why.
    """
    known = signature.arguments
    free = [n for n, a in known.items() if n not in filled and n not in refused and a.takes - {"None"}]
    for name, value in given.items():
        said = f"`{name}` of {signature.name}"
        if name not in known:
            yield mistake(f"{signature.name} has no argument {name!r}", at=name, instead=advice(name, free))
        elif name in filled:
            yield mistake(f"{said} is set by the layer: {filled[name]}", at=name, instead="leave it out")
        elif name in refused:
            yield mistake(f"{said} can't be set: {refused[name]}", at=name, instead="leave it out")
        elif not fits(value, takes := known[name].takes):
            yield mistake(f"{said} must be {wanted(takes)}, not {shown(value)}", at=name, instead=way(takes))
    for name, argument in known.items():
        if argument.required and name not in given and name not in filled:
            example = f"`{name}:` with {wanted(argument.takes)}"
            yield mistake(f"{signature.name} needs `{name}`", at="module", instead=f"beside it, {example}")


def fits(value: Any, takes: Iterable[str]) -> bool:
    """Whether a recipe's value is of one of the types."""
    return any(_is(value, word) for word in takes)


def _is(value: Any, word: str) -> bool:
    if word.startswith("list of "):
        return isinstance(value, list) and all(_is(v, word.removeprefix("list of ")) for v in value)
    if word in ("int", "float"):  # true is no number, though Python says so
        return isinstance(value, int if word == "int" else int | float) and not isinstance(value, bool)
    if word == "None":
        return value is None
    return isinstance(value, {"bool": bool, "str": str, "mapping": dict}[word])


def wanted(takes: Iterable[str]) -> str:
    """The types in words."""
    words = [_SAID[word] for word in _SAID if word in set(takes)]
    if words in ([], ["null"]):
        return "a Python object, which a recipe can't write" + (", or null" if words else "")
    if "a number" in words and "a whole number" in words:
        words.remove("a whole number")
    return " or ".join(words)


def way(takes: frozenset[str]) -> str:
    """What to do about an argument that only Python code can give."""
    return "" if takes - {"None"} else "leave it out"


def shown(value: Any) -> str:
    """A recipe's value in a message."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
