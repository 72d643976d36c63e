"""All suites that are asked for, one after the other, in one document."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import torch

from recbox.bench.asked import Asked
from recbox.bench.figure import short
from recbox.bench.machine import machine
from recbox.bench.reading import FORMAT
from recbox.bench.suites import choose, estimate


def bench(suites: Sequence[str] = (), **options: Any) -> dict[str, Any]:
    """Measure suites by name (none: all quick ones). options: those of `Asked`.

    A document for JSON: `bench`, its format; `machine`; `repeat`; and in `suite`, by name, `about` (what was
    measured on), `seconds`, `row`, the figures: see `recbox.bench.figure.rows`, and perhaps `note`, lines of
    what else has to be known.
    """
    asked, names = Asked(**options), choose(suites)
    found: dict[str, Any] = {}
    with _threads_put_back():
        context = asked.context  # a mistake in what was asked for is told before anything is measured
        parts = {name: import_module(f"recbox.bench.{name}") for name in names}
        for part in parts.values():
            if check := getattr(part, "check", None):
                check(asked)
        said = f"{', '.join(names)}: about {_clock(estimate(names))} at the size of Gowalla on two cores"
        asked.progress.notice(said)
        with asked.progress.task("Suites", len(names), "suite") as task:
            for name, part in parts.items():
                began = time.perf_counter()
                found[name] = {**part.measure(asked), "seconds": short(time.perf_counter() - began)}
                task.advance()
        facts = machine(asked.setting.context.with_(device=context.device))
    return {"bench": FORMAT, "machine": facts, "repeat": asked.repeat, "suite": found}


def _clock(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 100 else f"{round(seconds / 60)} minutes"


@contextmanager
def _threads_put_back() -> Iterator[None]:
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)
