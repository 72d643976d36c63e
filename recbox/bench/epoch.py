"""The suite `epoch`: what a whole epoch takes, by some of its steps, and its validation."""

from __future__ import annotations

from typing import Any

from recbox.bench.asked import Asked
from recbox.bench.evaluate import REFERENCE as PLAIN
from recbox.bench.evaluate import plain
from recbox.bench.figure import Figure, rows
from recbox.bench.step import REFERENCE, about, reference, trainees
from recbox.bench.timing import Call, Timed, take_turns
from recbox.evaluate import at_valid, judge_held
from recbox.progress import SILENT

STEPS = 10
"""In a round."""
ROUNDS = 7
"""At most."""


def measure(asked: Asked) -> dict[str, Any]:
    """An epoch is its opening with the first step, and as many steps as it has more. Extra: the same with
    the validation of recbox behind it."""
    repeat, trained = min(ROUNDS, asked.repeat), trainees(asked)
    first = next(iter(trained.values()))
    beside = reference(asked, first)
    calls: dict[str, Call] = {REFERENCE: lambda: [beside.step() for _ in range(STEPS)]}
    for name, one in trained.items():
        calls[f"{name} opens"] = one.opens
        calls[name] = lambda one=one: one.steps(STEPS)
    timed = take_turns(calls, repeat, asked.progress, "openings and steps")
    epochs = {name: one.epoch_of(timed[f"{name} opens"], timed[name], STEPS) for name, one in trained.items()}
    epochs[REFERENCE] = Timed(tuple(first.length * ms / STEPS for ms in timed[REFERENCE].rounds))
    judged = _validation(asked, trained[f"{asked.context.kernel} fp32"].course.scorer, repeat)
    figures = [
        Figure(name, seconds(spent), "s", extra={"with validation": (spent.ms + judged["recbox"].ms) / 1e3})
        for name, spent in epochs.items()
    ]
    found = rows("epoch", figures, REFERENCE)
    found += rows("validation", [Figure(name, seconds(t), "s") for name, t in judged.items()], PLAIN)
    return {"about": {**about(asked), "steps of an epoch": first.length}, "row": found}


def seconds(spent: Timed) -> Timed:
    """From milliseconds."""
    return Timed(tuple(ms / 1e3 for ms in spent.rounds))


def _validation(asked: Asked, scorer: Any, repeat: int) -> dict[str, Timed]:
    """Propagation, ranking and metrics on the validation part; beside the ranking alone in plain blocks."""
    job, recipe = asked.job, asked.setting.recipe
    held, quiet = at_valid(job.dataset, job.split), asked.context.with_(progress=SILENT)
    made = scorer()
    calls: dict[str, Call] = {
        "recbox": lambda: judge_held(scorer(), held, recipe.metric, recipe.evaluate, quiet),
        PLAIN: lambda: plain(made, held),
    }
    return take_turns(calls, repeat, asked.progress, "validations")
