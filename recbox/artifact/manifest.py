"""The manifest: what every other file of an artifact must be, and under which conditions they were made."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json

from recbox.artifact import strict
from recbox.artifact.content import Used
from recbox.errors import ArtifactError

FORMAT, PLAIN = 2, 1
"""That of artifacts that were updated, which older versions can't know, and that of all others."""
LIMIT = 4 << 20
"""Bytes that a manifest may have."""
TENSOR_FILE = re.compile(r"[a-z][a-z0-9-]{0,60}\.safetensors")
FIXED = {
    "README.md": 1 << 20,
    "recipe.yaml": 1 << 20,
    "metrics.json": 16 << 20,
    "history.jsonl": 64 << 20,
    "report.html": 64 << 20,
    "node/user.parquet": 1 << 36,
    "node/item.parquet": 1 << 36,
    "node/entity.parquet": 1 << 36,
    "per-user.parquet": 1 << 36,
}
"""The files that may be there besides tensors, and the bytes that each may have."""
KNOWLEDGE = ("node/entity.parquet", "knowledge.safetensors")
"""Both, or none."""
OPTIONAL = frozenset({"per-user.parquet", "node/entity.parquet"})

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, lt=2**40)]
Word = Annotated[str, Field(max_length=1000)]


class Record(BaseModel):
    """Frozen, strict, and closed to fields that this version doesn't know."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_by_name=True,
        serialize_by_alias=True,
    )


class File(Record):
    size: Annotated[int, Field(ge=0, lt=2**50)]
    sha256: Digest


class Tensor(Record):
    dtype: Word
    shape: Annotated[tuple[Count, ...], Field(max_length=8)]


class Feature(Record):
    """A column of a node table, as `recbox.data.Column` has it."""

    name: Word
    type: Literal["categorical", "numeric", "multi", "text"]
    role: Literal["", "title", "text", "user"] = ""


class NodeTable(Record):
    count: Count
    id: Literal["integer", "string"]
    columns: tuple[Feature, ...] = ()


class Plugin(Record):
    kind: Word
    name: Word
    distribution: Word
    version: Word


class Data(Record):
    name: Word
    origin: str
    synthetic: bool
    fingerprint: Digest
    interactions: Count
    behaviours: tuple[Word, ...] = ()
    relations: tuple[Word, ...] = ()
    """Of the knowledge graph, where there is one."""
    facts: dict[str, Any] = {}


class Split(Record):
    fingerprint: Word
    train: Count
    valid: Count
    test: Count


class ScorerHead(Record):
    """How the scorer is loaded: the plugin's kind and registry name, its options, and its plain data."""

    kind: Literal["model", "graph"]
    use: Word
    options: dict[str, Any] = {}
    data: Annotated[dict[str, Any], Field(alias="json")] = {}


class Run(Record):
    seed: int
    device: Word
    kernel: Word
    threads: Count
    precision: Word
    seconds: float
    peak_mib: float


class Updated(Record):
    """What an artifact came from that was updated, and not trained. base: what its parameters were trained
    with: the first so many nodes of each type, and the first so many interactions."""

    parent: Word
    """The folder's name."""
    checksum: Digest
    """That of the parent's manifest."""
    at: Word
    events: Count
    users: Count
    items: Count
    forgotten: Count
    base: dict[Literal["user", "item", "entity", "interaction"], Count]


class Manifest(Record):
    format: Literal[1, 2]
    status: Literal["done", "interrupted"]
    name: Word
    version: dict[Word, Word | None]
    plugin: tuple[Plugin, ...]
    code: dict[Word, Digest]
    data: Data
    node: dict[Literal["user", "item", "entity"], NodeTable]
    split: Split
    run: Run
    scorer: ScorerHead
    updated: Updated | None = None
    tensor: dict[str, dict[str, Tensor]]
    file: dict[str, File]
    checksum: Digest


def seal(document: dict[str, Any]) -> bytes:
    """The manifest's bytes, with a checksum over all else in it; one that can't be read again is refused."""
    sealed = {**strict.plain(document), "checksum": _checksum(document)}
    raw = strict.dump(sealed, indent=1) + b"\n"
    read(raw, "manifest.json")
    return raw


def read(raw: bytes, where: str) -> Manifest:
    """A manifest that is whole, of this format, and names nothing that an artifact doesn't have."""
    document = strict.parse_object(raw, where, LIMIT)
    _check_format(document.get("format"), where)
    body = {k: v for k, v in document.items() if k != "checksum"}
    if document.get("checksum") != _checksum(body):
        raise ArtifactError("the manifest is damaged", where=where, why="its checksum doesn't fit its text")
    try:
        manifest = Manifest.model_validate_json(to_json(document))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))[:200]
        raise ArtifactError(
            f"the manifest is malformed at {place!r}", where=where, why=first["msg"][:200]
        ) from error
    _check_names(manifest, where)
    return manifest


def used(manifest: Manifest) -> tuple[Used, ...]:
    """The plugins that the run used."""
    return tuple(Used(p.kind, p.name, p.distribution, p.version) for p in manifest.plugin)


def _checksum(body: dict[str, Any]) -> str:
    return hashlib.sha256(strict.canonical(body)).hexdigest()


def _check_format(version: object, where: str) -> None:
    if type(version) is int and version > FORMAT:
        raise ArtifactError(
            f"the artifact is of format {version}, and this recbox reads format {FORMAT}",
            where=where,
            instead="upgrade recbox: pip install --upgrade recbox-graph",
        )
    if type(version) is not int or version not in (PLAIN, FORMAT):
        raise ArtifactError(f"the artifact is of no known format: {str(version)[:40]!r}", where=where)


def _check_names(manifest: Manifest, where: str) -> None:
    tensors = {name for name in manifest.file if name not in FIXED}
    for name in sorted(tensors):
        if not TENSOR_FILE.fullmatch(name) or len(tensors) > 32:
            raise ArtifactError(
                f"the manifest names a file that no artifact has: {name[:100]!r}", where=where
            )
    needed = (set(FIXED) - OPTIONAL) | {"scorer.safetensors", "interaction.safetensors"}
    if missing := sorted(needed - set(manifest.file)):
        raise ArtifactError(f"the manifest leaves out {missing[0]}", where=where)
    if tensors != set(manifest.tensor):
        raise ArtifactError("the manifest's tensors and files don't fit together", where=where)
    if (manifest.updated is None) != (manifest.format == PLAIN):
        raise ArtifactError("the manifest's format isn't that of what it says", where=where)
    if (updated := manifest.updated) is not None and not _based(updated, manifest):
        raise ArtifactError("the manifest says of what it was trained with what can't be", where=where)
    if set(manifest.node) - {"entity"} != {"user", "item"}:
        raise ArtifactError("the manifest doesn't describe users and items", where=where)
    if len({"entity" in manifest.node, *(name in manifest.file for name in KNOWLEDGE)}) > 1:
        raise ArtifactError("the manifest has entities without triples, or the reverse", where=where)
    if large := next(
        (n for n, cap in FIXED.items() if n in manifest.file and manifest.file[n].size > cap), None
    ):
        raise ArtifactError(f"{large} is larger than an artifact's may be", where=where)


def _based(updated: Updated, manifest: Manifest) -> bool:
    """Whether parameters were trained with no more than there is."""
    most = {type: table.count for type, table in manifest.node.items()}
    there = {"entity": 0, **most, "interaction": manifest.data.interactions}
    return set(updated.base) == set(there) and all(updated.base[k] <= n for k, n in there.items())
