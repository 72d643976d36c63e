"""New items as a version knows them: each encoded once, none kept that isn't there, one bad row is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from recbox.serve.catalogue import Catalogue, Fresh
from recbox.serve.person import tried
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


def test_what_a_version_can_not_read_is_left_out_and_the_rest_stays(version):
    """As after a promotion of a version whose columns are others, or of a store that took any id."""
    said = [row("900"), row("902", "dear"), row("0103"), row(" 104 "), row("105", "12"), row("106", True)]
    found = Catalogue(version, said, 1)
    assert list(found.fresh.place) == ["900", "902"] and found.left == {"id": 2, "price": 2}
    assert found.fresh.table["price"].to_list() == [3.0, None]
    known = dict(zip(found.ids.to_list(), found.table["price"].to_list()))
    assert (known[105], known[106]) == (12.0, version.artifact.item.table["price"][6])
    assert known[104] == version.artifact.item.table["price"][4]
    tried(found)
