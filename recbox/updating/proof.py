"""Whether anything in a folder still names somebody: every file is searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from recbox.artifact import Artifact
from recbox.artifact.folder import MANIFEST
from recbox.data import Nodes
from recbox.registry import Registry
from recbox.updating.tracing import ITEMS, USERS, in_table, in_text, is_plain
from recbox.updating.words import own_words

TEXTS = (".json", ".jsonl", ".md", ".yaml", ".html")


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


def proof(artifact: Artifact, ids: Sequence[str], registry: Registry | None = None) -> Proof:
    """Search the artifact for users' ids (as text): tables by their cells and lists, texts by what `in_text`
    says, and tensors, which hold numbers alone, by whether they have a row too many."""
    folder, users = artifact.path, artifact.manifest.node["user"].count
    names, own = [*artifact.manifest.file, MANIFEST], cache(lambda: own_words(registry or Registry()))
    columns = {USERS: artifact.dataset.user.columns, ITEMS: artifact.dataset.item.columns}
    rows, found = 0, list[str]()
    for name in names:
        if name.endswith(".parquet"):
            table = pl.read_parquet(folder / name)
            rows += table.height
            found += [name] if in_table(table, ids, name, columns.get(name, ())) else []
        elif name.endswith(TEXTS):
            found += [name] if in_text((folder / name).read_text("utf-8"), ids, name, own) else []
    tensors = sum(len(each) for each in artifact.manifest.tensor.values())
    if artifact.scorer.shape[0] != users or len(artifact.dataset.user) != users:
        found.append("scorer.safetensors")
    return Proof(len(ids), len(names), rows, tensors, tuple(found), _note(artifact, ids, users))


def _note(artifact: Artifact, ids: Sequence[str], users: int) -> str:
    said = f"tensors hold no ids, and a row for each of {users:,} users"
    if not any(map(is_plain, ids)):
        return said
    said += (
        "; in texts and lists numbers and ids of one or two letters aren't told from others, so that these "
        "were looked for as values of JSON and YAML alone"
    )
    lists = [
        f"{type}s' {name}" for type in ("user", "item") for name in _unread(artifact.dataset.nodes(type))
    ]
    if not lists:
        return said
    return (
        f"{said}; not in {', '.join(lists)}: `role: user` in the recipe tells that a column holds users' ids"
    )


def _unread(nodes: Nodes) -> list[str]:
    """Columns that may hold users' ids, and aren't said to."""
    return [c.name for c in nodes.columns if c.type == "multi" and c.role != "user"]


def in_folder(folder: Path, ids: Sequence[str]) -> bool:
    """Whether an artifact's table of users has any of the ids; what can't be read may have."""
    try:
        found = pl.read_parquet(folder / "node" / "user.parquet", columns=["id"])["id"]
    except KeyboardInterrupt:
        raise
    except BaseException:  # a damaged file makes polars panic, which is no Exception
        return True
    return bool(found.cast(pl.String).is_in(list(ids)).any())
