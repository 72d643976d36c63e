"""New items as a version knows them: each encoded once, none kept that isn't there, one bad row is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from recbox.serve.catalogue import Fresh
from recbox.serve.version import Version
from recbox.store import ItemRow


def row(id: str, price: object = 3.0) -> ItemRow:
    return ItemRow(id, {"title": f"New {id}", "kind": "tea", "price": price, "tags": ["t1"]})


@pytest.fixture(scope="module")
def version(artifact: Path) -> Version:
    return Version.open(artifact)


def test_vectors_are_those_of_items_as_they_are(version):
    for price in (1.0, 2.0, 3.0):
        found = Fresh.of(version, [row("900", price), row("901")])
        assert len(found) == 2 and len(version.encoded) == 2
    again = Fresh.of(version, [row("901")])
    assert len(version.encoded) == 1 and again.vectors is not None
    assert again.vectors[0].equal(found.vectors[1])


def test_a_row_that_does_not_fit_leaves_the_others(version, capfd):
    """As after a promotion of a version whose columns are others."""
    found = Fresh.of(version, [row("900"), row("902", "dear"), row("901")])
    assert list(found.place) == ["900", "901"]
    assert '"items left out"' in capfd.readouterr().err
