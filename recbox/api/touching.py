"""That a test part was looked at, written into the ledger beside the runs."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recbox.errors import DataError
from recbox.ledger import Chain, Touch, append, place, read
from recbox.progress import Progress
from recbox.recipe.recipe import Recipe


def touched(artifact: Path, by: str, recipe: Recipe, prints: tuple[str, str], value: float, progress: Progress
            ) -> dict[str, Any]:  # fmt: skip
    """Write a line, and return what an artifact keeps of it: its `index` and `hash`, how many `times` the
    split's test part has been looked at, by how many `recipes`, and by a hash the `place` of the ledger.

    artifact: the folder beside which the ledger lies. prints: fingerprints of data and split. value: what
    `evaluate.select` is on test. Where the ledger can't be written: a notice, and nothing is returned.
    """
    data, split = prints
    select = recipe.evaluate.select
    touch = Touch(
        by, recipe.name, recipe_hash(recipe.resolved), data, split, recipe.seed, select, float(value)
    )
    found = recorded(artifact, touch, progress)
    return found | {"place": place_hash(place(artifact), found["hash"])} if found else {}


def place_hash(ledger: Path, line: str) -> str:
    """SHA-256 of where a ledger lies, with the hash of a line in it. So `verify` knows the place again from
    which a ledger is gone, and nobody who gets the artifact reads a path from it."""
    return hashlib.sha256(os.fsencode(f"{line}\n{os.path.realpath(ledger)}")).hexdigest()


def recorded(artifact: Path, touch: Touch, progress: Progress) -> dict[str, Any]:
    """The same of a touch by what is no recipe."""
    path = place(artifact)
    try:
        entry = append(path, touch)
    except OSError as error:
        why = error.strerror or str(error)
        progress.notice(
            f"the test was evaluated, and the ledger can't be written: {path}: {why}; nothing else is lost",
            "warning",
        )
        return {}
    if entry.torn:
        progress.notice(f"{path} ended in an unfinished line, which was removed", "warning")
    counted = {"index": entry.index, "hash": entry.hash, "times": entry.times, "recipes": entry.recipes}
    return counted | broken(read(path), progress, path)


def broken(chain: Chain, progress: Progress, path: Path) -> dict[str, bool]:
    """A notice where the ledger's chain is broken, and `broken` for what is kept of it; empty otherwise."""
    if not chain.faults:
        return {}
    first = chain.faults[0]
    progress.notice(
        f"{path}: line {first.number}: {first.what}. Lines were changed, deleted or put in, so that the "
        "count of looks at the test can't be relied on",
        "warning",
    )
    return {"broken": True}


def looks(artifact: Path, split: str, progress: Progress) -> dict[str, Any]:
    """How often a split's test part has been looked at, by the ledger beside an artifact's folder; empty
    where there is none."""
    path = place(artifact)
    try:
        chain = read(path)
    except DataError:
        return {}
    lines = chain.of(split)
    counted = {"times": len(lines), "recipes": len({line.touch.recipe for line in lines})}
    return (counted | broken(chain, progress, path)) if lines else {}


def recipe_hash(resolved: Mapping[str, Any]) -> str:
    """SHA-256 of a resolved recipe, its name and seed left out."""
    plain = {key: value for key, value in resolved.items() if key not in ("name", "seed")}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()


def said(ledger: Any) -> str:
    """`test evaluated 3 times for this split, by 2 recipes`, of what `touched` gave; empty for nothing."""
    if not isinstance(ledger, dict) or not isinstance(ledger.get("times"), int):
        return ""
    times, recipes = ledger["times"], ledger.get("recipes", 1)
    by = f", by {recipes:,} recipes" if recipes > 1 else ""
    doubt = "; the chain of the ledger is broken, so that this can't be relied on"
    by += doubt if ledger.get("broken") else ""
    return f"test evaluated {times:,} time{'s' * (times != 1)} for this split{by}"
