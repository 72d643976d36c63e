"""Triples to a knowledge graph around the items of a data set, every triple counted.

An entity that is linked to an item is that item (the collaborative knowledge graph of Wang et al. 2019,
arXiv:1905.07854); the others are nodes of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from recbox.data.dataset import NONE, Knowledge, Nodes
from recbox.data.ids import codes, position
from recbox.data.tables import MAX_WORDS, Triples
from recbox.errors import DataError


def connect(triples: Triples | None, item: Nodes, facts: dict[str, Any]) -> tuple[Nodes, Knowledge | None]:
    """The entities that are no items, and the triples that lead to an item over any number of others.

    Every triple of the input ends in one count of `facts`: `triples_read = triples + triples_repeated +
    triples_to_themselves + triples_without_item`.
    """
    if triples is None:
        return NONE, None
    ids, ends = codes(pl.concat([triples.triple["head"], triples.triple["tail"]]))
    names, relation = codes(triples.triple["relation"])
    _check_names(names)
    node, facts["entity_links_to_unknown"] = _nodes(ids, triples.link, item)
    head, tail = np.split(node[ends], 2)
    facts["entity_links"] = 0 if triples.link is None else triples.link.height
    facts["triples_read"] = len(head)
    kept = _kept(head, relation, tail, len(item), facts)
    head, relation, tail = head[kept], relation[kept], tail[kept]
    facts["triples"] = len(head)
    own = np.unique(np.concatenate([head, tail, np.arange(len(item))]))
    head, tail = np.searchsorted(own, head), np.searchsorted(own, tail)
    used, relation = np.unique(relation, return_inverse=True)
    facts["entities"] = len(own) - len(item)
    entity = ids.gather(own[len(item) :] - len(item)).alias("id").to_frame()
    return Nodes(entity), Knowledge(
        head, relation.astype(np.int64), tail, tuple(names.gather(used).to_list())
    )


def _check_names(names: pl.Series) -> None:
    """An artifact's manifest must hold them."""
    if (size := int(names.str.len_bytes().sum())) > MAX_WORDS:
        raise DataError(
            f"the triples have {len(names):,} relations, whose names have {size:,} bytes",
            why=f"an artifact holds {MAX_WORDS:,} bytes of such names",
            instead="shorter names, or fewer relations; is another column the relation?",
        )


def _nodes(ids: pl.Series, link: pl.DataFrame | None, item: Nodes) -> tuple[np.ndarray, int]:
    """int64 `[entities]`: the item that an entity is, or the number of items plus its place among `ids`; and
    how many links name no item of the data."""
    items = item.ids.cast(pl.String)
    link = pl.DataFrame({"item": items, "entity": items}) if link is None else link
    of_item, of_entity = position(link["item"], items), position(link["entity"], ids)
    node = len(item) + np.arange(len(ids))
    both = (of_item >= 0) & (of_entity >= 0)
    node[of_entity[both]] = of_item[both]
    return node, int((of_item < 0).sum())


def _kept(
    head: np.ndarray, relation: np.ndarray, tail: np.ndarray, items: int, facts: dict[str, Any]
) -> np.ndarray:
    """The triples that stay, in the order of head, relation and tail."""
    order = np.lexsort((tail, relation, head))
    key = np.stack([head[order], relation[order], tail[order]])
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(key) != 0).any(axis=0)
    facts["triples_repeated"] = int((~first).sum())
    order = order[first]
    apart = head[order] != tail[order]
    facts["triples_to_themselves"] = int((~apart).sum())
    order = order[apart]
    near = _near(head[order], tail[order], items)
    facts["triples_without_item"] = int((~near).sum())
    stays: np.ndarray = order[near]
    return stays


def _near(head: np.ndarray, tail: np.ndarray, items: int) -> np.ndarray:
    """bool: the triples from which a way leads to an item."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes = int(max(items, *(ends.max(initial=-1) + 1 for ends in (head, tail))))
    links = coo_array((np.ones(len(head)), (head, tail)), shape=(nodes, nodes))
    _, part = connected_components(links, directed=False)
    with_item: np.ndarray = np.zeros(nodes, dtype=bool)
    with_item[part[:items]] = True
    near: np.ndarray = with_item[part[head]]
    return near
