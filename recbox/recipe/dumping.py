"""Plain data to YAML 1.2 text that reads back equal, under YAML 1.1 too."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from recbox.recipe.scalars import resolve

DEPTH, WIDTH = 48, 100

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./@-]*(?: [A-Za-z0-9_./@-]+)*")
_OLD_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
"""What YAML 1.1 reads as something else than text."""
_HIDDEN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


def dump(resolved: Mapping[str, Any]) -> str:
    """YAML text of plain data (mappings, lists, text, numbers, true, false, null, paths).

    `TypeError` for anything else, `ValueError` for numbers that a recipe can't hold.
    """
    if not resolved:
        return "{}\n"
    return "\n".join(_lines(dict(resolved), 0)) + "\n"


def flow(value: Any) -> str:
    """The same of any plain data, on one line."""
    return _flow(value, 0)


def _lines(value: Any, depth: int) -> list[str]:
    """A mapping or list with entries, in block style, without indentation."""
    if depth > DEPTH:
        raise ValueError(f"nested more than {DEPTH} deep")
    if isinstance(value, Mapping):
        return [line for key, entry in value.items() for line in _entry(_text(_key(key)) + ":", entry, depth)]
    return [line for entry in value for line in _entry("-", entry, depth)]


def _entry(lead: str, value: Any, depth: int) -> list[str]:
    flow = _flow(value, depth + 1)
    if _leaf(value) or (len(lead) + len(flow) < WIDTH and _shallow(value)):
        return [f"{lead} {flow}"]
    inner = _lines(value, depth + 1)
    if lead == "-":
        return [f"- {inner[0]}", *(f"  {line}" for line in inner[1:])]
    return [lead, *(f"  {line}" for line in inner)]


def _leaf(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple) or not value


def _shallow(value: Any) -> bool:
    """Whether a mapping or list holds leaves alone, so that it reads well on one line."""
    return all(map(_leaf, value.values() if isinstance(value, Mapping) else value))


def _flow(value: Any, depth: int) -> str:
    if depth > DEPTH:
        raise ValueError(f"nested more than {DEPTH} deep")
    if isinstance(value, Mapping):
        entries = (f"{_text(_key(k))}: {_flow(v, depth + 1)}" for k, v in value.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(v, depth + 1) for v in value) + "]"
    return _scalar(value)


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a name of a mapping is a text, not {key!r:.60}")
    return key


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str | PurePath):
        return _text(str(value))
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return _float(float(value))
    raise TypeError(f"{type(value).__name__} {value!r:.60} is no plain value")


def _float(value: float) -> str:
    """The shortest text; with a point, so that readers of YAML 1.1 see a number as well."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number that a recipe may hold")
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    return text if not e or "." in mantissa else f"{mantissa}.0e{exponent}"


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _OLD_WORDS and isinstance(resolve(text), str):
        return text
    return _HIDDEN.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
