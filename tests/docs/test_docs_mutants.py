"""The table of what the contract kit catches is counted by running it, and goes into its page."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from docs_kit import ROOT

from recbox.contract import run
from recbox.contract.kinds import kind_of
from recbox.plugin import Head
from recbox.registry import Registry


@pytest.fixture(scope="module")
def mutants() -> Iterator[ModuleType]:
    """The script, as Python finds it when it is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(ROOT / "benchmarks"), *sys.path])
        yield importlib.import_module("mutants")


def test_it_counts_what_the_kit_finds_and_writes_it(
    mutants: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "contract.md"
    page.write_text((ROOT / "docs" / "contract.md").read_text(encoding="utf-8"), encoding="utf-8")
    assert mutants.main(["--kind", "head", "--write", str(page)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    own = [mutant for mutant in mutants.mutants() if mutants.home(mutant) == "head"]
    laws = len(kind_of("head").laws)
    assert len(own) >= laws > 5
    assert ["head", *map(str, (laws, laws, len(own), len(own)))] in rows
    count = run(Registry().load("head", "mlp")).count
    assert ["head", "mlp", "2", str(count["passed"]), "0", str(count["skipped"])] in rows
    assert "$ python benchmarks/mutants.py --kind head\n" in page.read_text(encoding="utf-8")


def test_a_mutant_that_no_law_sees_is_an_end_with_1(
    mutants: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The very law that is named has to fail: another one that does is not enough."""

    class Unseen(Head):
        def build(self, spec):
            return Registry().load("head", "dot")().build(spec)

    (some, *_) = (m for m in mutants.mutants() if m.law == "pairs-broadcast")
    tame = type(some)("pairs-broadcast", "dot", "nothing at all", Unseen)
    monkeypatch.setattr(mutants, "mutants", lambda: [tame])
    assert not run(Unseen).ok  # it isn't final, and has no docstring
    assert mutants.main(["--kind", "head"]) == 1
    assert "not caught: dot, nothing at all (pairs-broadcast)" in capsys.readouterr().out
