"""What the contract kit catches: `python benchmarks/mutants.py [--kind KIND ...] [--write [PAGE]]`.

Every law is asked about the mutants in `tests/contract/mutants_*.py` that break it: copies of built-ins with
one thing wrong. Then every plugin that the project declares is checked, and must keep all of its laws. Exits
with 1 where a mutant passes or a plugin fails. `--write` puts what is printed into docs/contract.md.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

from output_block import ROOT, machine, replace

from recbox.contract import Report, every, module, run
from recbox.contract.kinds import kind_of
from recbox.contract.law import Law
from recbox.contract.running import check, pairs
from recbox.registry import ALL_KINDS, Registry

TESTS = ROOT / "tests" / "contract"
SHARED = {"every plugin": every.LAWS, "every module": module.LAWS}
"""Laws that several kinds have, by what they are laws of."""

Row = tuple[str, ...]


def mutants() -> list[Any]:
    """All of them, in the order of their files."""
    sys.path.insert(0, str(TESTS))
    found = [import_module(file.stem).MUTANTS for file in sorted(TESTS.glob("mutants_*.py"))]
    return [mutant for several in found for mutant in several]


def home(mutant: Any) -> str:
    """What the law that a mutant breaks is a law of: every plugin, every module, or its kind."""
    for name, laws in SHARED.items():
        if mutant.law in {law.name for law in laws}:
            return name
    return str(mutant.subject.kind)


def is_caught(mutant: Any) -> bool:
    """Whether the very law that it breaks fails, for one choice of options at least."""
    asked = [(case, law) for case, law in pairs(mutant.subject) if law.name == mutant.law]
    return any(check(case, law, mutant.of).status == "failed" for case, law in asked)


def laws_table(kinds: Sequence[str], found: Sequence[Any]) -> tuple[list[Row], list[Any]]:
    """A row for each set of laws, and the mutants that passed."""
    passed: list[Any] = []
    rows: list[Row] = []
    total = [0, 0, 0, 0]
    for name, laws in _sets(kinds):
        own = [mutant for mutant in found if home(mutant) == name]
        missed = [mutant for mutant in own if not is_caught(mutant)]
        broken = len({m.law for m in own} & {law.name for law in laws})
        numbers = [len(laws), broken, len(own), len(own) - len(missed)]
        total = [a + b for a, b in zip(total, numbers)]
        rows.append((name, *map(str, numbers)))
        passed += missed
    return [*rows, ("together", *map(str, total))], passed


def _sets(kinds: Sequence[str]) -> Iterator[tuple[str, tuple[Law, ...]]]:
    if set(kinds) == set(ALL_KINDS):
        yield from SHARED.items()
    for kind in kinds:
        yield kind, kind_of(kind).laws


def declared(kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Kind and name of every entry point in the project's own files."""
    for kind in kinds:
        for file in (ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))):
            groups = tomllib.loads(file.read_text(encoding="utf-8"))["project"].get("entry-points", {})
            yield from ((kind, name) for name in groups.get(f"recbox.{kind}", {}))


def checks_table(kinds: Sequence[str]) -> tuple[list[Row], list[Report]]:
    """A row for each plugin of the project, and the reports that are no success."""
    registry, reports = Registry(), []
    rows: list[Row] = []
    for kind, name in declared(kinds):
        report = run(registry.load(kind, name), name)
        reports.append(report)
        options = len({result.case for result in report.results})
        count = report.count
        rows.append((kind, name, str(options), *(str(count[s]) for s in ("passed", "failed", "skipped"))))
    counts = [sum(int(row[column]) for row in rows) for column in range(2, 6)]
    return [*rows, ("together", "", *map(str, counts))], [r for r in reports if not r.ok]


def aligned(head: Row, rows: Sequence[Row]) -> str:
    """Text in columns; numbers to the right."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    right = [all(row[i].isdigit() for row in rows) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            f"{text:>{width}}" if r else f"{text:<{width}}" for text, width, r in zip(line, widths, right)
        ).rstrip()
        for line in lines
    )


def arguments(args: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python benchmarks/mutants.py")
    parser.add_argument("--kind", action="append", choices=ALL_KINDS, help="Only this kind; may be repeated.")
    parser.add_argument("--write", nargs="?", type=Path, const=ROOT / "docs" / "contract.md", metavar="PAGE")
    return parser.parse_args(args)


def main(args: Sequence[str]) -> int:
    asked = arguments(args)
    kinds, began = asked.kind or ALL_KINDS, time.perf_counter()
    with redirect_stdout(sys.stderr):  # some of them print, which is what they do wrong
        laws, missed = laws_table(kinds, mutants())
    checks, failures = checks_table(kinds)
    text = aligned(("laws of", "laws", "with a mutant", "mutants", "caught"), laws)
    text += "\n\n" + aligned(("kind", "plugin", "options", "passed", "failed", "skipped"), checks)
    note = f"{machine()}: {time.perf_counter() - began:.0f} s."
    for mutant in missed:
        text += f"\nnot caught: {mutant.of}, {mutant.breaks} ({mutant.law})"
    for result in (result for report in failures for result in report.of("failed")):
        text += f"\nfailed: {result.plugin}, {result.case}: {result.law}: {result.said}"
    print(f"{text}\n\n{note}")
    if asked.write:
        replace(asked.write, " ".join(["python benchmarks/mutants.py", *_kind_options(asked)]), text, note)
    return int(bool(missed or failures))


def _kind_options(asked: argparse.Namespace) -> list[str]:
    return [f"--kind {kind}" for kind in asked.kind or ()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
