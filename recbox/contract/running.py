"""Runs the laws of a plugin's kind over its cases."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from recbox.contract.case import Case, cases
from recbox.contract.kinds import laws_of
from recbox.contract.law import Broken, Law, Skip
from recbox.contract.report import Report, Result, Status
from recbox.registry import Options
from recbox.registry.code import plugin_name

Told = Callable[[Case, Law], None]


def run(subject: type[Options] | Options, name: str = "", starting: Told | None = None) -> Report:
    """Check every law of a kind. subject: a plugin's class, with all its cases, or one choice of options.

    name: what the report calls it. starting: told before each check, so that one that hangs can be named.
    """
    called = name or plugin_name(subject if isinstance(subject, type) else type(subject))
    results = []
    for case, law in pairs(subject):
        if starting is not None:
            starting(case, law)
        results.append(check(case, law, called))
    return Report(tuple(results))


def pairs(subject: type[Options] | Options) -> Iterator[tuple[Case, Law]]:
    """Each law that is about such a plugin, with each case that it is checked for."""
    every = cases(subject)
    for law in laws_of(every[0].kind):
        if issubclass(every[0].cls, law.of):
            for case in every[:1] if law.once else every:
                yield case, law


def check(case: Case, law: Law, name: str) -> Result:
    """One law, for one case."""
    start = time.perf_counter()
    status, said = _outcome(case, law)
    instead = law.instead if status == "failed" else ""
    return Result(
        case.kind, name, case.label, law.name, law.states, status, said, instead, time.perf_counter() - start
    )


def _outcome(case: Case, law: Law) -> tuple[Status, str]:
    try:
        law.check(case)
    except Broken as seen:
        return "failed", str(seen)
    except Skip as reason:
        return "skipped", str(reason)
    except Exception as error:
        return "failed", f"{type(error).__name__}: {' '.join(str(error).split())[:300]}{_place(error)}"
    return "passed", ""


def _place(error: Exception) -> str:
    """Where in the plugin's code it came from: the innermost line that is not the kit's own."""
    from traceback import extract_tb

    lines = [f for f in extract_tb(error.__traceback__) if "/recbox/contract/" not in f.filename]
    return f" ({lines[-1].filename}:{lines[-1].lineno})" if lines else ""
