"""Triples around the items of a data set: which nodes they join, and a count for each that is left out."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.data import Dataset, Tables, Triples, assemble
from recbox.errors import DataError
from recbox.recipe.blocks import Clean

Rows = list[tuple[str, str, str]]
PAIRS = [(1, 10), (1, 20), (2, 20), (2, 30)]
"""Users 1 and 2, items 10, 20 and 30."""


def tables(triples: Rows, links: list[tuple[str, str]] | None = None) -> Tables:
    frame = pl.DataFrame(triples, schema=["head", "relation", "tail"], orient="row", schema_overrides=TEXT)
    link = None
    if links is not None:
        link = pl.DataFrame(links, schema=["item", "entity"], orient="row", schema_overrides=TEXT)
    interaction = pl.DataFrame(PAIRS, schema=["user", "item"], orient="row")
    return Tables("small", interaction, knowledge=Triples(frame, link), rows=len(PAIRS))


TEXT = dict.fromkeys(("head", "relation", "tail", "item", "entity"), pl.String)


def made(triples: Rows, links: list[tuple[str, str]] | None = None) -> Dataset:
    return assemble(tables(triples, links), Clean())


def named(data: Dataset) -> Rows:
    """The triples in the names of their nodes, an item's after a `#`."""
    known = data.knowledge
    assert known is not None
    nodes = [f"#{id}" for id in data.item.ids] + data.entity.ids.to_list()
    ends = zip(known.head.tolist(), known.relation.tolist(), known.tail.tolist())
    return [(nodes[h], known.relations[r], nodes[t]) for h, r, t in ends]


def test_an_entity_that_is_linked_to_an_item_is_that_item() -> None:
    data = made(
        [("m.a", "genre", "drama"), ("m.b", "genre", "drama"), ("m.b", "sequel", "m.a")],
        [("10", "m.a"), ("30", "m.b"), ("99", "m.c")],
    )
    assert named(data) == [("#10", "genre", "drama"), ("#30", "genre", "drama"), ("#30", "sequel", "#10")]
    assert data.entity.ids.to_list() == ["drama"]
    assert data.facts["entity_links_to_unknown"] == 1
    assert data.nodes("entity") is data.entity


def test_without_links_items_are_called_what_they_are() -> None:
    data = made([("20", "like", "30"), ("x", "near", "10")])
    assert named(data) == [("#20", "like", "#30"), ("x", "near", "#10")]


def test_every_triple_that_is_left_out_is_counted() -> None:
    data = made(
        [
            ("10", "a", "x"),
            ("10", "a", "x"),
            ("x", "b", "y"),
            ("x", "a", "x"),
            ("far", "c", "away"),
            ("m", "a", "10"),
        ],
        [("10", "10"), ("10", "m")],
    )
    assert named(data) == [("#10", "a", "x"), ("x", "b", "y")]
    facts = {name: data.facts[name] for name in data.facts if name.startswith("triples")}
    assert facts == {
        "triples_read": 6,
        "triples": 2,
        "triples_repeated": 1,
        "triples_to_themselves": 2,
        "triples_without_item": 1,
    }
    assert data.entity.ids.to_list() == ["x", "y"]
    assert data.knowledge is not None
    assert data.knowledge.relations == ("a", "b")


def test_a_part_of_the_interactions_has_all_that_is_known() -> None:
    data = made([("10", "a", "x")])
    part = data.take(data.interaction.user[:1])
    assert part.knowledge is data.knowledge
    assert part.entity is data.entity


def test_data_without_triples_has_no_entities() -> None:
    data = assemble(replace(tables([]), knowledge=None), Clean())
    assert data.knowledge is None
    assert len(data.entity) == 0
    assert "triples" not in data.facts
    none = made([])
    assert none.knowledge is not None
    assert len(none.knowledge) == len(none.entity) == 0


@pytest.mark.parametrize(
    "broken",
    [
        Triples(pl.DataFrame({"head": ["a"], "relation": ["b"]})),
        Triples(pl.DataFrame({"head": [1], "relation": ["b"], "tail": ["c"]})),
        Triples(pl.DataFrame({"head": ["a"], "relation": ["b"], "tail": [None]}, schema_overrides=TEXT)),
        Triples(
            pl.DataFrame({"head": ["a"], "relation": ["b"], "tail": ["c"]}),
            pl.DataFrame({"item": ["10", "20"], "entity": ["a", "a"]}),
        ),
    ],
)
def test_tables_of_a_careless_source_are_refused(broken: Triples) -> None:
    with pytest.raises(DataError, match=r"can't be used: knowledge: "):
        assemble(replace(tables([]), knowledge=broken), Clean())


def test_relations_that_no_artifact_holds_are_refused() -> None:
    """Their names have 1.1 MB together; one that is too long is a careless source's."""
    many = [("10", f"{n:04}" + "r" * 996, "x") for n in range(1100)]
    with pytest.raises(DataError, match="1,100 relations, whose names have 1,100,000 bytes"):
        made(many)
    with pytest.raises(DataError, match="a relation has more than 1000 characters"):
        made([("10", "r" * 1001, "x")])


IDS = st.sampled_from(["10", "20", "30", "40", "a", "b", "c", "d"])


@given(st.lists(st.tuples(IDS, st.sampled_from("rst"), IDS), max_size=30))
def test_what_is_read_is_kept_or_counted(triples: Rows) -> None:
    data = made(triples)
    facts = data.facts
    left = ("triples", "triples_repeated", "triples_to_themselves", "triples_without_item")
    assert sum(facts[name] for name in left) == facts["triples_read"] == len(triples)
    kept = {(h.removeprefix("#"), r, t.removeprefix("#")) for h, r, t in named(data)}
    assert kept <= set(triples)
    assert len(kept) == facts["triples"]
    assert kept == _near(set(triples))


def _near(triples: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Those from which a way leads to an item, by walking."""
    reached = {"10", "20", "30"}
    while True:
        more = {end for h, _, t in triples if reached & {h, t} for end in (h, t)} - reached
        if not more:
            return {(h, r, t) for h, r, t in triples if h != t and reached & {h, t}}
        reached |= more
