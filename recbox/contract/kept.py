"""The laws of what a source hands on as it is: ids, values, features, links. A sample says what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from recbox.contract.case import Case
from recbox.contract.law import Skip, broken, hold, law
from recbox.contract.sampled import placed, read


@law(instead="read ids as text, and as integers only where all are written so; keep the order of the file")
def ids_are_kept(case: Case) -> None:
    """The sample's good rows are all there, in their order, with ids and types as they are given."""
    with placed(case) as given:
        expected = given.sample.interactions
        if expected is None:
            raise Skip("the sample doesn't say what its interactions are")
        found = read(given).interaction.select("user", "item").rows()
    hold(len(expected) > 0, "the sample has no good rows")
    for row, (one, other) in enumerate(zip(expected, found), 1):
        same = one == other and [type(i) for i in one] == [type(i) for i in other]
        hold(same, f"row {row} is {other}, and in the sample {one}")
    hold(len(found) == len(expected), f"{len(found)} rows, and in the sample {len(expected)}")


@law(instead="look at the unit and the column: weights are numbers, times are Unix seconds, parts have names")
def values_are_kept(case: Case) -> None:
    """Weights, times, parts and the other columns of good rows are what the sample says."""
    with placed(case) as given:
        expected = given.sample.columns
        if not expected:
            raise Skip("the sample doesn't say what other columns its interactions have")
        found = read(given).interaction
    for name, values in expected.items():
        hold(name in found.columns, f"there is no column {name!r}")
        hold(len(values) == found.height, f"{found.height} rows, and {len(values)} in the sample's {name!r}")
        for row, (one, other) in enumerate(zip(values, found[name], strict=True), 1):
            hold(one == other, f"{name!r} of row {row} is {other!r}, and in the sample {one!r}")


@law(instead="join features by external id, and read text in the encoding that the files are written in")
def features_are_kept(case: Case) -> None:
    """Users and items have the features that the sample says, each under its id."""
    with placed(case) as given:
        expected = given.sample.features
        if not expected:
            raise Skip("the sample doesn't say what features its users and items have")
        tables = read(given)
    for node, rows in expected.items():
        found = _by_id(getattr(tables, node), node)
        for key, values in rows.items():
            hold(key in found, f"the {node} table has no row of {key!r}")
            _same(values, found[key], f"{node} {key!r}")


def _by_id(frame: pl.DataFrame | None, node: str) -> Mapping[Any, Mapping[str, Any]]:
    if frame is None:
        broken(f"there is no {node} table")
    return {row["id"]: row for row in frame.iter_rows(named=True)}


def _same(expected: Mapping[str, Any], found: Mapping[str, Any], whose: str) -> None:
    for name, value in expected.items():
        hold(name in found, f"there is no column {name!r}")
        one = list(value) if isinstance(value, tuple) else value
        hold(one == found[name], f"{name!r} of {whose} is {found[name]!r}, and in the sample {one!r}")


@law(instead="keep the direction of a link and its ids, and leave none out")
def links_are_kept(case: Case) -> None:
    """Relations have the links that the sample says, from source to target."""
    with placed(case) as given:
        expected = given.sample.links
        if not expected:
            raise Skip("the sample doesn't say what links there are")
        found = read(given).relation
    for name, pairs in expected.items():
        hold(name in found, f"there is no relation {name!r}")
        links = found[name].select("source", "target").rows()
        hold(_sorted(links) == _sorted(pairs), f"{name!r} has {links}, and in the sample {list(pairs)}")


@law(instead="keep the direction of a triple, its relation and its names, and leave none out")
def triples_are_kept(case: Case) -> None:
    """The knowledge graph has the triples that the sample says, and items are linked to its entities."""
    with placed(case) as given:
        expected, linked = given.sample.triples, given.sample.entities
        if not expected:
            raise Skip("the sample doesn't say what triples there are")
        found = read(given).knowledge
    if found is None:
        broken("there is no knowledge graph")
    triples = found.triple.select("head", "relation", "tail").rows()
    hold(_sorted(triples) == _sorted(expected), f"triples are {triples}, and in the sample {list(expected)}")
    links = [] if found.link is None else found.link.select("item", "entity").rows()
    hold(_sorted(links) == _sorted(linked), f"linked are {links}, and in the sample {list(linked)}")


def _sorted(rows: Sequence[tuple[str | int, ...]]) -> list[tuple[str | int, ...]]:
    return sorted(map(tuple, rows), key=repr)


LAWS = (ids_are_kept, values_are_kept, features_are_kept, links_are_kept, triples_are_kept)
