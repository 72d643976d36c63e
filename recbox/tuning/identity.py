"""What must be the same for a study to go on, and what to say where it isn't."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from recbox.tuning.arm import Arm

UNJUDGED = ("name", "seed", "search")
"""What of a resolved recipe is not in the hash of the method."""
SHOWN = 3
"""Differences that are named."""

_OTHER = {
    "seed": "another seed",
    "data": "other data",
    "split": "another split of the data",
    "search": "another search space",
    "recipe": "another recipe",
    "plugins": "other versions of the plugins",
    "code": "other --code files",
}


def identity(arm: Arm, data: str, split: str) -> dict[str, Any]:
    """data, split: fingerprints."""
    registry, recipe = arm.setting.registry, arm.recipe
    parts = sorted({(p.kind, p.name) for p in recipe.parts() if p not in recipe.baseline})
    return {
        "seed": recipe.seed,
        "data": data,
        "split": split,
        "search": digest(_search(arm)),
        "recipe": digest(_method(arm)),
        "plugins": sorted({" ".join(registry.distribution(*part)) for part in parts}),
        "code": {file.path.name: file.sha256 for file in registry.code},
    }


def _search(arm: Arm) -> dict[str, Any]:
    return {path: space.plain() for path, space in arm.spaces.items()}


def _method(arm: Arm) -> dict[str, Any]:
    resolved = arm.recipe.resolved
    method = {name: value for name, value in resolved.items() if name not in UNJUDGED}
    return method | {"evaluate": {n: v for n, v in resolved["evaluate"].items() if n != "baseline"}}


def stated(arm: Arm) -> dict[str, str]:
    """What the recipe says, as JSON by path: so that a later one can be told what differs."""
    found = dict(_leaves(_method(arm), ""))
    found |= {f"search.{path}": json.dumps(value) for path, value in _search(arm).items()}
    return found | {"seed": json.dumps(arm.recipe.seed)}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and any(isinstance(inner, Mapping) for inner in value):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{number}")
    else:
        yield path, json.dumps(value, default=str)


def other(known: Mapping[str, Any], own: Mapping[str, Any]) -> str:
    """`another recipe and of other data`, of two identities; empty where they are the same."""
    return " and of ".join(word for key, word in _OTHER.items() if known.get(key) != own.get(key))


def differences(known: Mapping[str, str], own: Mapping[str, str]) -> str:
    """`train.epochs is 3 there and 2 here`, of what two recipes state; empty where nothing of it differs."""
    paths = [path for path in dict.fromkeys((*known, *own)) if known.get(path) != own.get(path)]
    said = [
        f"{path} is {known.get(path, 'absent')} there and {own.get(path, 'absent')} here"
        for path in paths[:SHOWN]
    ]
    return "; ".join([*said, *([f"and {len(paths) - SHOWN} more"] if len(paths) > SHOWN else [])])


def digest(value: Any) -> str:
    """SHA-256 of plain data."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
