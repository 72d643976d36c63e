"""Edge types of a recipe that the data gives no edge, or few: what became of their rows, by the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recbox.data import Dataset, Relation
from recbox.data.behaviours import RULES
from recbox.errors import DataError
from recbox.graph import CSR
from recbox.recipe.edge import Edge

NAMES = "ids in these files must be those of the interactions; or remove this edge"


def check_edges(edges: tuple[Edge, ...], train: Dataset, csr: Mapping[str, CSR]) -> None:
    """A `DataError` for a type without any edge: with it the result would be the same as without."""
    for edge in edges:
        if not csr[edge.key].edges and edge.type != "interaction":
            why, instead = _reason(edge, train)
            raise DataError(
                f"the graph has no edge of type `{edge.key}`",
                where="graph.edge",
                why=f"{why} ({train.origin})" if train.origin else why,
                instead=instead,
            )


def left_out(edges: tuple[Edge, ...], dataset: Dataset) -> Iterator[str]:
    """Of each type that is used: a line where more than half of its rows name nothing that the data has, but
    not all."""
    for edge in edges:
        if edge.made != "given" or edge.type in ("interaction", "behaviour"):
            continue
        for what, kept, lost, why in _counts(edge, dataset):
            if lost > kept > 0:
                yield f"{edge.key}: {lost:,} of {kept + lost:,} {what} are left out, for {why}"


def _counts(edge: Edge, dataset: Dataset) -> Iterator[tuple[str, int, int, str]]:
    """What they are, how many are kept and how many are lost, and why."""
    facts = dataset.facts
    if edge.type == "knowledge" and dataset.knowledge is not None:
        lost = facts.get("entity_links_to_unknown", 0)
        kept = facts.get("entity_links", lost) - lost
        yield "links of entities", kept, lost, "they name no item of the data"
        lost = facts.get("triples_without_item", 0)
        yield "triples", len(dataset.knowledge), lost, "no way leads from them to an item of the data"
    for name, _ in _fitting(edge, dataset):
        lost = facts.get(f"{name}_links_to_unknown", 0)
        yield (
            "links",
            facts.get(f"{name}_links", 0),
            lost,
            f"they name {edge.node}s that the data doesn't have",
        )


def _fitting(edge: Edge, dataset: Dataset) -> list[tuple[str, Relation]]:
    """The relations that the edge may be of, with their names."""
    ends = ("user", "item") if edge.type == "behaviour" else (edge.node, edge.node)
    every = dataset.relation.items()
    return [(name, one) for name, one in every if one.ends == ends and edge.by in ("", name)]


def _reason(edge: Edge, train: Dataset) -> tuple[str, str]:
    """Why there is none, and what to do instead."""
    if edge.made == "co-occurrence":
        other = "user" if edge.node == "item" else "item"
        return f"no two {edge.node}s have {other}s in common in the training part", "remove this edge"
    if edge.made == "nearest":
        what = "columns" if edge.vectors is None else "vectors"
        return f"no two {edge.node}s are alike by their {what}", f"other `{what}`, or remove this edge"
    if edge.type == "knowledge":
        return _triples(train), NAMES
    name, one = _fitting(edge, train)[0]
    if edge.type == "behaviour":
        return _events(name, train), "a split that holds out less, such as `user-random`, or remove this edge"
    unknown = train.facts.get(f"{name}_links_to_unknown", 0)
    itself = int((one.source == one.target).sum())
    read = f"{name}: {len(one.source) + unknown:,} links read"
    return f"{read}, {unknown:,} with an unknown {edge.node}, {itself:,} of one to itself", NAMES


def _triples(train: Dataset) -> str:
    facts = train.facts
    names = {
        "triples_read": "triples read",
        "triples_repeated": "repeated",
        "triples_to_themselves": "of a node to itself",
        "triples_without_item": "from which no way leads to an item of the data",
        "entity_links_to_unknown": "links to unknown items",
    }
    return ", ".join(f"{facts[name]:,} {said}" for name, said in names.items() if name in facts)


def _events(name: str, train: Dataset) -> str:
    lost = {rule: train.facts.get(f"{name}_{rule}", 0) for rule in RULES}
    told = [f"{count:,} {rule.replace('_', ' ')}" for rule, count in lost.items() if count]
    return f"{name}: {sum(lost.values()):,} events read, left out: {', '.join(told) or 'none'}"
