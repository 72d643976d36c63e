"""Files of triples, and of links from items to the entities that they are."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from recbox.data import Triples
from recbox.source._block import COLUMN, Bad
from recbox.source._convert import Field
from recbox.source._reading import File, read_file

ATOMIC_TRIPLE = ("head_id:token", "relation_id:token", "tail_id:token")
ATOMIC_LINK = ("item_id:token", "entity_id:token")
"""The columns of RecBole's files .kg and .link."""

Files = Sequence[tuple[File, Sequence[COLUMN]]]
"""Files, each with its columns in the order of their meaning."""


def read_knowledge(triple: Files, link: Files | None, bad: Bad) -> Triples:
    """Triples (head, relation, tail) and links (item, entity), ids as text. link: None where the data has
    none, so that an item is called in triples what it is called elsewhere.

    An entity that is linked twice is a bad row, for it can't be two items.
    """
    triples = pl.concat([_read(file, zip(("head", "relation", "tail"), at), bad) for file, at in triple])
    if link is None:
        return Triples(triples.select("head", "relation", "tail"))
    links = pl.concat([_read(file, zip(("item", "entity"), at), bad) for file, at in link])
    again = ~links["entity"].is_first_distinct()
    for (name,), rows in links.filter(again).group_by("file", maintain_order=True):
        why = "the entity is linked to an item already"
        bad.add(str(name), ((line, why) for line in rows["line"]), rows.height)
    return Triples(triples.select("head", "relation", "tail"), links.filter(~again).select("item", "entity"))


def _read(file: File, columns: zip[tuple[str, COLUMN]], bad: Bad) -> pl.DataFrame:
    fields = [Field(name, at, "word" if name == "relation" else "id") for name, at in columns]
    frame, _ = read_file(file, fields, bad)
    # An integer is read as one only where it is written as one, so that this gives back what was written.
    named = frame.with_columns(pl.col(field.name).cast(pl.String) for field in fields)
    return named.with_columns(file=pl.lit(str(file.path), pl.String))
