"""Whether a table or a text names somebody: by its cells, by values of JSON and YAML, and by words."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from recbox.data import Column
from recbox.errors import RecipeError
from recbox.recipe import written

USERS, ITEMS = "node/user.parquet", "node/item.parquet"
SHORT = 3
"""Shorter ids, and numbers, stand in texts by chance: there they are looked for as values of their own."""

Own = Callable[[], frozenset[str]]
"""recbox's own words, asked for where something was found."""


def is_plain(id: str) -> bool:
    """Whether an id is a number, or so short that texts and lists have it by chance."""
    return len(id) < SHORT or id.lstrip("-").isdecimal()


def in_table(table: pl.DataFrame, ids: Sequence[str], name: str, columns: Sequence[Column] = ()) -> bool:
    """Users' ids are looked for where ids of users stand, those that are no numbers in every cell. columns:
    what the table's columns are."""
    own = {USERS: "id", "per-user.parquet": "user"}.get(name)
    held = [c.name for c in columns if c.role == "user"]
    for column in (*([own] if own is not None else []), *held):
        cells = table[column].explode() if table[column].dtype == pl.List else table[column]
        if cells.cast(pl.String).is_in(list(ids)).any():
            return True
    words = [id for id in ids if not is_plain(id)]
    lists = [c for c, kind in table.schema.items() if kind == pl.List(pl.String)]
    told = name == USERS and table["id"].dtype == pl.String  # lists of users are cleared of all words then
    if any(bool(table[c].explode().is_in(ids if told else words).any()) for c in lists):
        return True
    texts = [c for c, kind in table.schema.items() if kind == pl.String and c != "id"]
    return any(_stand(words, table[c].drop_nulls()) for c in texts)


def in_text(text: str, ids: Sequence[str], name: str, own: Own = frozenset) -> set[str]:
    """The ids that stand in it. Keys of JSON and YAML are names of fields, options and columns, and no data
    gives them; what recbox says by itself is no trace."""
    words = [id for id in ids if not is_plain(id)]
    if name.endswith(".json"):
        found = set(ids) & set(_values(json.loads(text)))
    elif name.endswith(".jsonl"):
        found = set(ids) & set(_values([json.loads(line) for line in text.splitlines() if line.strip()]))
    elif name.endswith(".yaml"):
        found = _in_recipe(text, ids, words)
    else:
        found = {id for id in words if _stand(_forms(id), pl.Series([text]))}
    return found - own() if found else found


def _in_recipe(text: str, ids: Sequence[str], words: Sequence[str]) -> set[str]:
    """Values whole, and as words in longer ones and in comments; what isn't YAML, by its words."""
    try:
        values = [*_values(written(text)), *re.findall(r"#.*", text)]
    except RecipeError:
        values = [text]
    inside = pl.Series(values, dtype=pl.String)
    return (set(ids) & set(values)) | {id for id in words if _stand(_forms(id), inside)}


def _forms(id: str) -> tuple[str, str, str]:
    """As text, in JSON, and in a page."""
    return id, json.dumps(id)[1:-1], html.escape(id)


def _stand(words: Iterable[str], texts: pl.Series) -> bool:
    """Whether any is in a text as a word, and not as a part of one."""
    wanted = list(dict.fromkeys(words))
    if not wanted or not len(texts):
        return False
    hits = texts.str.extract_many(wanted, overlapping=True).explode().drop_nulls().unique()
    near = texts.filter(texts.str.contains_any(wanted)).to_list() if len(hits) else []
    forms = [re.compile(rf"(?<!\w){re.escape(word)}(?!\w)") for word in hits]
    return any(form.search(text) for text in near for form in forms)


def _values(value: Any) -> Iterator[str]:
    """Every text in a document that isn't a key."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _values(inner)
