"""Every law catches the plugins that break it: copies of built-ins, each with one thing wrong."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from mutant_kit import Mutant

from recbox.contract.kinds import laws_of
from recbox.contract.running import check, pairs
from recbox.registry import ALL_KINDS

MUTANTS: tuple[Mutant, ...] = tuple(
    mutant
    for file in sorted(Path(__file__).parent.glob("mutants_*.py"))
    for mutant in import_module(file.stem).MUTANTS
)


def outcome(mutant: Mutant) -> set[str]:
    """How the law that should catch a mutant ends, over its cases."""
    asked = [(case, law) for case, law in pairs(mutant.subject) if law.name == mutant.law]
    assert asked, f"there is no law {mutant.law}"
    return {check(case, law, "mutant").status for case, law in asked}


def named(mutant: Mutant) -> str:
    return f"{mutant.subject.kind}:{mutant.of}-{mutant.law}-{mutant.breaks.replace(' ', '_')}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=named)
def test_the_mutant_is_caught(mutant: Mutant) -> None:
    assert "failed" in outcome(mutant)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_each_law_has_a_mutant(kind: str) -> None:
    caught = {mutant.law for mutant in MUTANTS}
    assert [law.name for law in laws_of(kind) if law.name not in caught] == []


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= 40
