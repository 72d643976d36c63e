"""The suite `memory`: the peak of a process that trains, beside what formulas say that it has to have."""

from __future__ import annotations

from typing import Any

from recbox.bench.asked import Asked
from recbox.bench.figure import Figure, rows
from recbox.bench.formula import Formula
from recbox.bench.process import asked_of
from recbox.bench.timing import Timed

PROCESS = "recbox.bench.peak"
ROUNDS = 3
"""Processes of each sort, at most: their peaks hardly differ."""
ROOM = 1.3
"""Times the formula's bytes beside what imports take: what training should need at most."""


def measure(asked: Asked) -> dict[str, Any]:
    """Peaks of processes that import, read, and train for a few steps, in float32. Extra: the peak after
    reading, and the share of the goal, imports + 1.3 times the formula."""
    found: list[dict[str, Any]] = []
    repeat = min(ROUNDS, asked.repeat)
    told: list[dict[str, Any]] = []
    with asked.progress.task("processes", repeat * len(asked.kernels), "process") as task:
        for kernel in asked.kernels:
            told = []
            for _ in range(repeat):
                told.append(peaks(1, {**asked.plain(), "kernel": kernel}))
                task.advance()
            found += beside_formula(kernel, told, formula_of(told[0], asked.dim))
    about = {key: told[0][key] for key in ("nodes", "edges")}
    return {"about": {**about, "dim": asked.dim, **formula_of(told[0], asked.dim).document()}, "row": found}


def peaks(rounds: int, asked: dict[str, Any]) -> dict[str, Any]:
    """What two processes answer: one that imports, and one that reads and trains."""
    imports, trained = (asked_of(PROCESS, {"rounds": n, "asked": asked}) for n in (0, rounds))
    return imports | trained


def formula_of(told: dict[str, Any], dim: int) -> Formula:
    """What a process that said its sizes has to have."""
    return Formula.of(told["nodes"], told["edges"], dim, told["layers"])


def beside_formula(kernel: str, told: list[dict[str, Any]], formula: Formula) -> list[dict[str, Any]]:
    """Rows of what processes told."""
    need = Timed(tuple(one["imports"] + formula.mib for one in told))
    goal = Timed(tuple(one["imports"] + ROOM * formula.mib for one in told))
    trained = Timed(tuple(one["trained"] for one in told))
    extra = {"of goal": trained.ratio(goal), "after reading": Timed(tuple(t["read"] for t in told)).ms}
    figures = [
        Figure("training", trained, "MiB", extra=extra),
        Figure("imports", Timed(tuple(one["imports"] for one in told)), "MiB"),
        Figure("imports + formula", need, "MiB"),
    ]
    return rows(f"peak memory, {kernel}", figures, "imports + formula")
