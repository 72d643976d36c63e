"""Mutated artifacts: refused or equal, and nothing is executed while they are looked at."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from artifact_damage import rehash, use_all

from recbox.artifact import open_artifact
from recbox.errors import RecboxError

Draw = np.random.Generator
FILES = (
    "manifest.json", "metrics.json", "history.jsonl", "recipe.yaml", "README.md", "report.html",
    "scorer.safetensors", "interaction.safetensors", "layer0.safetensors", "node/user.parquet",
    "node/item.parquet", "per-user.parquet",
)  # fmt: skip
VALUES = (
    None, -1, 0, 1, 2**31, 2**63, 1e308, True, "", "x", "../x", "os:system", "é" * 999, [], {}, [[[]]],
    {"use": "x"},
)  # fmt: skip
EVENTS = (
    "exec",
    "compile",
    "import",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "subprocess.Popen",
    "socket.connect",
    "ctypes.dlopen",
    "pickle.find_class",
)
_watch: dict[str, Any] = {"on": False, "seen": []}


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if _watch["on"] and event in EVENTS:
        _watch["seen"].append((event, repr(args)[:200]))


@contextmanager
def watched() -> Iterator[list[tuple[str, str]]]:
    """What is executed, compiled, imported, started or connected to within the block."""
    if "hooked" not in _watch:
        _watch["hooked"] = True
        sys.addaudithook(_hook)
    _watch["on"], _watch["seen"] = True, []
    try:
        yield _watch["seen"]
    finally:
        _watch["on"] = False


def flip(folder: Path, draw: Draw) -> None:
    """One to four bits of a file."""
    path = folder / draw.choice(FILES)
    raw = bytearray(path.read_bytes())
    for _ in range(int(draw.integers(1, 5))):
        raw[int(draw.integers(len(raw)))] ^= 1 << int(draw.integers(8))
    path.write_bytes(raw)


def cut(folder: Path, draw: Draw) -> None:
    """A file ends early, or goes on."""
    path = folder / draw.choice(FILES)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(draw.integers(len(raw)))] if draw.random() < 0.7 else raw + raw[:9])


def swap(folder: Path, draw: Draw) -> None:
    """Two files change places."""
    one, other = (folder / name for name in draw.choice(FILES, 2, replace=False))
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def head(folder: Path, draw: Draw) -> None:
    """A field of a tensor header."""
    path = folder / draw.choice([f for f in FILES if f.endswith(".safetensors")])
    raw = path.read_bytes()
    end = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:end])
    change(header, draw)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + raw[end:])


def edit(folder: Path, draw: Draw) -> None:
    """A field of a JSON file."""
    path = folder / draw.choice(["manifest.json", "manifest.json", "metrics.json"])
    document = json.loads(path.read_text())
    change(document, draw)
    path.write_text(json.dumps(document))


def change(document: Any, draw: Draw) -> None:
    """A value somewhere in a document is replaced, removed, or joined by another."""
    while True:
        keys = list(document) if isinstance(document, dict) else list(range(len(document)))
        if not keys:
            return
        key = keys[int(draw.integers(len(keys)))]
        if not isinstance(document[key], dict | list) or not document[key] or draw.random() < 0.2:
            break
        document = document[key]
    value = VALUES[int(draw.integers(len(VALUES)))]
    if isinstance(document, dict) and draw.random() < 0.3:
        document.pop(key)
        document.update({str(value)[:50]: value} if draw.random() < 0.5 else {})
    else:
        document[key] = value


MUTATIONS: tuple[Callable[[Path, Draw], None], ...] = (flip, flip, cut, swap, head, edit, edit)


def mutate_and_look(whole: Path, place: Path, seed: int, truth: dict[str, Any]) -> str:
    """One mutated artifact: `refused`, `equal` or (where the hashes were forged) `another`."""
    draw = np.random.default_rng(seed)
    folder = Path(shutil.copytree(whole, place / str(seed)))
    MUTATIONS[int(draw.integers(len(MUTATIONS)))](folder, draw)
    forged = bool(draw.random() < 0.6) and _forge(folder)
    begin = time.monotonic()
    with watched() as seen:
        try:
            found = use_all(open_artifact(folder))
            outcome = "equal" if _same(found, truth) else "another"
        except RecboxError as error:
            assert str(folder) in str(error) or "there is no" in str(error), error
            outcome = "refused"
    shutil.rmtree(folder)
    assert seen == [], seed
    assert time.monotonic() - begin < 5, seed
    assert forged or outcome != "another", seed
    return outcome


def _forge(folder: Path) -> bool:
    """Make the hashes fit; False where the manifest is too damaged for that."""
    try:
        rehash(folder)
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecboxError, RecursionError):
        return False
    return True


def _same(found: dict[str, Any], truth: dict[str, Any]) -> bool:
    return json.dumps(found, sort_keys=True) == json.dumps(truth, sort_keys=True)


def look_at_many(whole: Path, place: Path, seeds: range) -> None:
    truth = use_all(open_artifact(whole))
    assert _same(use_all(open_artifact(whole)), truth)
    outcomes = [mutate_and_look(whole, place, seed, truth) for seed in seeds]
    assert outcomes.count("refused") > len(outcomes) / 2, "the mutations are too tame to show anything"


def test_mutated_artifacts_are_refused_or_equal(whole: Path, tmp_path: Path) -> None:
    look_at_many(whole, tmp_path, range(20))


@pytest.mark.soak
@pytest.mark.parametrize("start", range(1000, 2000, 100))
def test_a_thousand_mutated_artifacts(whole: Path, tmp_path: Path, start: int) -> None:
    look_at_many(whole, tmp_path, range(start, start + 100))


def test_the_watch_sees() -> None:
    with watched() as seen:
        compile("1", "x", "eval")
    assert [event for event, _ in seen] == ["compile"]
