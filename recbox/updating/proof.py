"""Whether anything in a folder still names somebody: every file is searched."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from recbox.artifact import Artifact
from recbox.artifact.folder import MANIFEST

TEXTS = (".json", ".jsonl", ".md", ".yaml", ".html")
USERS = "node/user.parquet"
SHORT = 3
"""Shorter ids, and numbers, stand in texts by chance: there they are looked for as values of their own."""


@dataclass(frozen=True)
class Proof:
    """What was searched for ids, and where one was `found`."""

    ids: int
    files: int
    rows: int
    tensors: int
    found: tuple[str, ...]
    note: str

    def lines(self) -> list[str]:
        """In words."""
        what = f"{self.files} files, {self.rows:,} rows of tables, {self.tensors} tensors"
        who = "the id" if self.ids == 1 else f"any of the {self.ids:,} ids"
        if self.found:
            where = ", ".join(self.found)
            return [f"searched {what}: {who} still stands in {where}; no older version goes", self.note]
        return [f"searched {what}: nothing names {who}", self.note]


def proof(artifact: Artifact, ids: Sequence[str]) -> Proof:
    """Search the artifact for users' ids (as text): tables by their cells and lists, texts by their words,
    and tensors, which hold numbers alone, by whether they have a row too many."""
    folder, users = artifact.path, artifact.manifest.node["user"].count
    names = [*artifact.manifest.file, MANIFEST]
    rows, found = 0, list[str]()
    for name in names:
        if name.endswith(".parquet"):
            table = pl.read_parquet(folder / name)
            rows += table.height
            found += [name] if _in_table(table, ids, name) else []
        elif name.endswith(TEXTS):
            found += [name] if _in_text((folder / name).read_text("utf-8"), ids, name) else []
    tensors = sum(len(each) for each in artifact.manifest.tensor.values())
    if artifact.scorer.shape[0] != users or len(artifact.dataset.user) != users:
        found.append("scorer.safetensors")
    return Proof(len(ids), len(names), rows, tensors, tuple(found), _note(ids, users))


def _note(ids: Sequence[str], users: int) -> str:
    said = f"tensors hold no ids, and a row for each of {users:,} users"
    if any(map(_plain, ids)):
        said += (
            "; in texts and lists of items numbers aren't told from ids, so that these were looked for as "
            "values of JSON alone: the pages are made anew, of figures"
        )
    return said


def _plain(id: str) -> bool:
    return len(id) < SHORT or id.lstrip("-").isdecimal()


def _in_table(table: pl.DataFrame, ids: Sequence[str], name: str) -> bool:
    """Users' ids are looked for where ids of users stand, those that are no numbers in every cell."""
    own = {USERS: "id", "per-user.parquet": "user"}.get(name)
    if own is not None and table[own].cast(pl.String).is_in(list(ids)).any():
        return True
    words = [id for id in ids if not _plain(id)]
    listed = ids if name == USERS else words
    lists = [c for c, kind in table.schema.items() if kind == pl.List(pl.String)]
    if any(bool(table[c].explode().is_in(listed).any()) for c in lists):
        return True
    texts = [c for c, kind in table.schema.items() if kind == pl.String and c != "id"]
    return any(_stand(words, table[c].drop_nulls()) for c in texts)


def _in_text(text: str, ids: Sequence[str], name: str) -> bool:
    """In JSON values and keys are looked at, and in others texts words."""
    if name.endswith(".json"):
        return not set(ids).isdisjoint(_strings(json.loads(text)))
    if name.endswith(".jsonl"):
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        return not set(ids).isdisjoint(_strings(rows))
    words = [id for id in ids if not _plain(id)]
    return _stand([form for id in words for form in _forms(id)], pl.Series([text]))


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


def _strings(value: Any) -> Iterator[str]:
    """Every text and key in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def in_folder(folder: Path, ids: Sequence[str]) -> bool:
    """Whether an artifact's table of users has any of the ids; what can't be read may have."""
    try:
        found = pl.read_parquet(folder / "node" / "user.parquet", columns=["id"])["id"]
    except KeyboardInterrupt:
        raise
    except BaseException:  # a damaged file makes polars panic, which is no Exception
        return True
    return bool(found.cast(pl.String).is_in(list(ids)).any())
