"""Mutations of recipes: hostile ones, and ones that mean the same."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

TOKENS = [
    "", "null", "~", "true", "no", "0", "-1", "1e999", "-1e-999", ".nan", "9" * 400, "0x" + "f" * 70, "010",
    "1:30", "3.5", "[]", "{}", "[[[]]]", "{a: {b: {c: 1}}}", "[1, two, null]", "&a 1", "*a", "!!int 1",
    "!x {}", "<<", "? ", "- ", "%", "'", '"', '"\\0"', '"\\ud800"', "|", ">", "#", "\t", "\ufeff", "\u2028",
    "\u202e",
    "電影", "e\u0301", "\U0001f600", "\x07", "x" * 3000, "{use: gcn}", "{use: nonsense}", "{use: [1]}",
    "../../etc/passwd", "$HOME", "{{x}}", "@x", "`x`",
]  # fmt: skip
WORD = re.compile(r"[\w.@-]+")


def _bytes(text: str, rng: random.Random) -> bytes:
    data = bytearray(text.encode())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        rng.choice([_flip, _drop, _insert, _repeat])(data, at, rng)
    return bytes(data)


def _flip(data: bytearray, at: int, rng: random.Random) -> None:
    data[at] ^= 1 << rng.randrange(8)


def _drop(data: bytearray, at: int, rng: random.Random) -> None:
    if len(data) > 40:
        del data[at : at + rng.randint(1, 8)]


def _insert(data: bytearray, at: int, rng: random.Random) -> None:
    data[at:at] = rng.randbytes(rng.randint(1, 4))


def _repeat(data: bytearray, at: int, rng: random.Random) -> None:
    data[at:at] = data[at : at + rng.randint(1, 60)] * rng.choice([1, 1, 1, 300])


def _word(text: str, rng: random.Random) -> bytes:
    """Another token in place of a word."""
    found = rng.choice(list(WORD.finditer(text)))
    return (text[: found.start()] + rng.choice(TOKENS) + text[found.end() :]).encode("utf-8", "surrogatepass")


def _misspell(text: str, rng: random.Random) -> bytes:
    """Two letters of a word change places."""
    found = rng.choice([m for m in WORD.finditer(text) if len(m[0]) > 2])
    at = rng.randrange(found.start(), found.end() - 1)
    return (text[:at] + text[at + 1] + text[at] + text[at + 2 :]).encode()


def _lines(text: str, rng: random.Random) -> bytes:
    """A line goes, comes twice, moves, or is indented otherwise."""
    lines = text.split("\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    how = rng.randrange(4)
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(other, lines[at])
    elif how == 2:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at] = rng.choice([" ", "  ", "\t", "    "]) + lines[at]
    return "\n".join(lines).encode()


def _tree(text: str, rng: random.Random) -> bytes:
    """Something in the data itself changes its type, its name or its depth; written as JSON."""
    data = json.loads(text)
    for _ in range(rng.randint(1, 3)):
        spots = list(_spots(data))
        holder, key = rng.choice(spots)
        _change(holder, key, rng)
    return json.dumps(data, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 1])).encode()


def _spots(data: Any) -> list[tuple[Any, Any]]:
    keys = list(data) if isinstance(data, dict) else list(range(len(data))) if isinstance(data, list) else []
    return [(data, key) for key in keys] + [spot for key in keys for spot in _spots(data[key])]


def _change(holder: Any, key: Any, rng: random.Random) -> None:
    value = holder[key]
    how = rng.randrange(6)
    if how == 0:
        holder[key] = rng.choice(
            [None, True, -1, 0, 10**30, 1e300, "", "x" * 200, [], {}, [value], {"use": value}]
        )
    elif how == 1 and isinstance(holder, dict):
        holder[key + rng.choice(["s", "x", " ", "\n"])] = holder.pop(key)
    elif how == 2:
        for _ in range(rng.choice([3, 60])):
            value = [value] if rng.random() < 0.5 else {"a": value}
        holder[key] = value
    elif how == 3 and isinstance(holder, dict):
        del holder[key]
    elif how == 4 and isinstance(value, str):
        holder[key] = value[::-1]
    elif isinstance(value, list):
        holder[key] = value * rng.choice([2, 50])


def mutate(text: str, as_json: str, rng: random.Random) -> bytes:
    """One mutation of a recipe, given as YAML and as JSON."""
    ways: list[Callable[[], bytes]] = [
        lambda: _bytes(text, rng),
        lambda: _word(text, rng),
        lambda: _word(text, rng),
        lambda: _misspell(text, rng),
        lambda: _lines(text, rng),
        lambda: _tree(as_json, rng),
        lambda: _tree(as_json, rng),
    ]
    return rng.choice(ways)()


def _shuffled(data: Any, rng: random.Random) -> Any:
    if isinstance(data, list):
        return [_shuffled(v, rng) for v in data]
    if not isinstance(data, dict):
        return data
    keys = sorted(data)
    rng.shuffle(keys)
    return {key: _shuffled(data[key], rng) for key in keys}


def same(data: dict[str, Any], dump: Callable[[dict[str, Any]], str], rng: random.Random) -> str:
    """The recipe in another order, with other quotes, other breaks, or comments."""
    shuffled = _shuffled(data, rng)
    text = rng.choice([dump, json.dumps, lambda d: json.dumps(d, indent=3)])(shuffled)
    if rng.random() < 0.7:
        text = "\n".join(line + rng.choice(["", "", "  # : [ { 'é", "   "]) for line in text.split("\n"))
    if rng.random() < 0.5:
        text = "# no recipe: yet\n\n" + text
    return text.replace("\n", rng.choice(["\n", "\n", "\r\n"]))
