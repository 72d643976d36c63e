"""The kit raises no false alarm: sources of other forms than the built-in ones pass."""

from __future__ import annotations

import pytest
from honest_source import SOURCES

from recbox.contract import run
from recbox.plugin import Source


@pytest.mark.parametrize("source", SOURCES, ids=lambda c: c.__name__)
def test_a_careful_author_passes(source: type[Source]) -> None:
    report = run(source)
    assert [(r.law, r.said) for r in report.of("failed")] == []
    assert report.count["passed"] >= 18
