"""The child process of `recbox plugins test`: `python -m recbox.contract ASKED KIND PLUGIN LAW FD`.

It goes through all checks from the given ones on, and writes what it starts and what it found to FD.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from recbox.contract.kinds import laws_of
from recbox.contract.report import Result
from recbox.contract.running import check, pairs
from recbox.contract.target import Target, registry_for, targets
from recbox.errors import RecboxError
from recbox.registry import Registry
from recbox.registry.child import teller

LOADS = "loads"
LOADED = "The plugin can be imported and is a class of its kind."
READY = {"ready": True}

Tell = Callable[[dict[str, Any]], None]


def main(asked: str, kind: str, first: int, skip: int, tell: Tell) -> None:
    """first: the plugin to begin with. skip: the check of it to begin with."""
    laws_of("layer")  # imports torch, whose seconds are no plugin's
    again = first > 0 or skip > 0
    if not again:
        tell(READY)
    try:
        registry = registry_for(asked)
        found = targets(asked, kind or None, registry)
    except RecboxError as error:
        tell({"error": {name: getattr(error, name) for name in ("what", "where", "why", "instead")}})
        return
    if again and not skip:  # what was read in time once may take longer now
        tell(READY)
    for number, target in enumerate(found[first:], first):
        _plugin(number, target, registry, skip if number == first else 0, tell)


def _plugin(number: int, target: Target, registry: Registry, skip: int, tell: Tell) -> None:
    result = Result(target.kind, target.name, "", LOADS, LOADED, "passed")
    if not skip:
        _start(number, 0, result, tell)
    try:
        cls = target.load(registry)
        checks = list(pairs(cls))
    except Exception as error:
        instead = (
            error.instead if isinstance(error, RecboxError) else "mend `examples` and the options' types"
        )
        tell({"result": asdict(replace(result, status="failed", said=_said(error), instead=instead))})
        return
    tell(READY if skip else {"result": asdict(result)})
    for position, (case, law) in enumerate(checks, 1):
        if position >= skip:
            _start(number, position, replace(result, case=case.label, law=law.name, states=law.states), tell)
            tell({"result": asdict(check(case, law, target.name))})


def _said(error: Exception) -> str:
    return error.what if isinstance(error, RecboxError) else f"{type(error).__name__}: {error}"


def _start(number: int, position: int, result: Result, tell: Tell) -> None:
    tell({"start": [number, position], "result": asdict(result)})


if __name__ == "__main__":
    _asked, _kind, _first, _skip, _descriptor = sys.argv[1:]
    main(_asked, _kind, int(_first), int(_skip), teller(int(_descriptor)))
