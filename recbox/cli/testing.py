"""The contract kit's report on the terminal."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator

import click

from recbox.cli.progress import progress_for
from recbox.cli.terminal import safe
from recbox.contract import Report, Result
from recbox.contract.supervising import supervise

ALIKE = 4
"""From so many laws on that fail with the same words, they are told together."""


def watched(asked: str, kind: str | None, timeout: float) -> Report:
    """The report on what `asked` names, with the running check on display."""
    with progress_for(sys.stderr).task("checks", unit="check") as task:
        return supervise(asked, kind, timeout, lambda r: task.advance(1, plugin=r.plugin, law=r.law))


def print_report(report: Report) -> None:
    """A line for each plugin, what failed with the way out, what was skipped and why, and the sum."""
    by_plugin: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in report.results:
        by_plugin[result.kind, result.plugin].append(result)
    for (kind, plugin), results in by_plugin.items():
        own = Report(tuple(results))
        click.echo(f"{kind} {safe(plugin)}: {_counts(own)}")
        for line in (*_failures(own), *_skips(own)):
            click.echo(f"  {line}")
    if len(by_plugin) > 1:
        click.echo(f"{len(by_plugin)} plugins: {_counts(report)}")
    if not report.count["passed"] and not report.count["failed"]:
        click.echo("no check ran, which is no success")


def _counts(report: Report) -> str:
    return ", ".join(f"{number} {status}" for status, number in report.count.items())


def _failures(report: Report) -> Iterator[str]:
    """A mistake that most laws run into is told once: what each of them advises is beside the point."""
    alike: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in report.of("failed"):
        alike[result.said, result.case].append(result)
    for results in alike.values():
        if len(results) >= ALIKE:
            yield from _together(results)
        else:
            for result in results:
                yield from _failure(result)


def _failure(result: Result) -> Iterator[str]:
    yield f"FAILED {result.law}{_with(result)}"
    yield f"  law:  {safe(result.states)}"
    yield f"  seen: {safe(result.said)}"
    yield f"  try:  {safe(result.instead)}"


def _together(results: list[Result]) -> Iterator[str]:
    yield f"FAILED {len(results)} laws{_with(results[0])}: {', '.join(r.law for r in results)}"
    yield f"  seen: {safe(results[0].said)}, each time"
    yield "  try:  mend this first; what the laws have to say shows afterwards"


def _with(result: Result) -> str:
    return f" ({safe(result.case)})" if result.case else ""


def _skips(report: Report) -> Iterator[str]:
    """A law that was skipped for several cases with one reason is told once."""
    cases: dict[tuple[str, str], int] = defaultdict(int)
    for result in report.of("skipped"):
        cases[result.law, result.said] += 1
    for (law, reason), number in cases.items():
        times = f" × {number}" if number > 1 else ""
        yield f"skipped {law}{times}: {safe(reason)}"
