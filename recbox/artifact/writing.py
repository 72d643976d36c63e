"""Writing an artifact: everything under a temporary name, then one rename."""

from __future__ import annotations

import errno
import platform
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from recbox.artifact import disk, knowledge, manifest, parts, strict, tables, target, tensors
from recbox.artifact.card import model_card
from recbox.artifact.content import Content
from recbox.artifact.folder import MANIFEST
from recbox.artifact.target import RUNS
from recbox.errors import ArtifactError

_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR)

Bytes = Iterable[bytes | memoryview]


def write(content: Content, target_folder: Path | None, *, runs: Path = RUNS, stem: str = "") -> Path:
    """Write `content` as a folder and return its path.

    target_folder: a path that doesn't exist or is an empty folder; None takes the first free one of
    `runs/NAME`, `runs/NAME-2`, ..., or the same of `stem`. Whatever happens, a kill or a full disk included,
    there is a whole artifact under the final name or nothing. An `ArtifactError` says what stood in the way.
    """
    explicit = None if target_folder is None else target.resolved(target_folder)
    if explicit is not None:
        target.refuse_taken(explicit)
    name = stem or content.name
    place = explicit or target.resolved(runs) / target.folder_name(name)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        disk.sweep(place.parent, place.name)
        with disk.staging(place.parent, place.name) as folder:
            _fill(folder, content)
            return _publish(folder, explicit, name, place.parent)
    except OSError as error:
        raise disk.refusal(error, place, "write the artifact") from error


def measured(content: Content) -> int:
    """Bytes that `write` would write, but for the manifest; nothing is written."""
    named, _ = _named(content)
    return sum(len(memoryview(chunk).cast("B")) for _, chunks in _files(content, named) for chunk in chunks)


def _named(content: Content) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, Any]]:
    """The arrays of each file, and what the scorer says besides."""
    scorer_arrays, scorer_data = content.scorer.state()
    held = {
        "scorer": scorer_arrays,
        "interaction": parts.arrays(content.dataset.interaction, content.split),
        **content.extra,
    }
    if content.dataset.knowledge is not None:
        held[knowledge.FILE] = knowledge.arrays(content.dataset.knowledge)
    return {f"{name}.safetensors": dict(arrays) for name, arrays in held.items()}, scorer_data


def _fill(folder: Path, content: Content) -> None:
    """All files, the manifest last, forced to the disk."""
    (folder / "node").mkdir()
    named, scorer_data = _named(content)
    files: dict[str, dict[str, Any]] = {}
    for name, chunks in _files(content, named):
        size, digest = disk.put(folder / name, chunks)
        files[name] = {"size": size, "sha256": digest}
    document = _manifest(content, named, files, scorer_data)
    disk.put(folder / MANIFEST, [manifest.seal(document)])
    disk.sync_folder(folder / "node")
    disk.sync_folder(folder)


def _files(content: Content, named: Mapping[str, dict[str, np.ndarray]]) -> Iterator[tuple[str, Bytes]]:
    """The card last, for it names the others."""
    names: list[str] = []
    for name, chunks in _others(content, named):
        names.append(name)
        yield name, chunks
    yield "README.md", [model_card(content, names).encode("utf-8", "backslashreplace")]


def _others(content: Content, named: Mapping[str, dict[str, np.ndarray]]) -> Iterator[tuple[str, Bytes]]:
    data = content.dataset
    yield "recipe.yaml", [content.recipe_text.encode("utf-8", "backslashreplace")]
    yield "metrics.json", [strict.dump(dict(content.metrics), indent=2) + b"\n"]
    yield "history.jsonl", (strict.dump(dict(row)) + b"\n" for row in content.history)
    yield "report.html", [content.report.encode("utf-8", "backslashreplace")]
    yield "node/user.parquet", [tables.node_bytes(data.user)]
    yield "node/item.parquet", [tables.node_bytes(data.item)]
    if data.knowledge is not None:
        yield "node/entity.parquet", [tables.node_bytes(data.entity)]
    if content.per_user and content.users is not None:
        yield "per-user.parquet", [tables.per_user_bytes(data.user.ids, content.users, content.per_user)]
    for name, arrays in named.items():
        yield name, tensors.chunks(arrays, name)


def _publish(folder: Path, explicit: Path | None, name: str, runs: Path) -> Path:
    """Rename to the explicit target, or to the first default name that nobody else takes meanwhile."""
    places = iter([explicit]) if explicit is not None else target.candidates(name, runs)
    for place in places:
        try:
            disk.move(folder, place)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            if explicit is not None:
                raise ArtifactError(
                    "another run wrote its artifact here meanwhile",
                    where=str(place),
                    instead="name another folder",
                ) from error
            continue
        disk.sync_folder(runs)
        return place
    raise ArtifactError("there is no free name left", where=str(runs))


def _manifest(
    content: Content,
    named: Mapping[str, dict[str, np.ndarray]],
    files: dict[str, dict[str, Any]],
    scorer_data: dict[str, Any],
) -> dict[str, Any]:
    data, split, facts = content.dataset, content.split, content.facts
    known = data.knowledge
    types = ("user", "item") if known is None else ("user", "item", "entity")
    return {
        "format": manifest.PLAIN if content.updated is None else manifest.FORMAT,
        "status": content.status,
        "name": content.name[:1000],
        "version": _versions(),
        "plugin": [vars(p) for p in facts.plugins],
        "code": dict(facts.code),
        "data": {
            "name": data.name, "origin": data.origin, "synthetic": data.synthetic,
            "fingerprint": data.fingerprint,
            "interactions": len(data.interaction), "behaviours": data.behaviours, "facts": data.facts,
            **({} if known is None else {"relations": known.relations}),
        },
        "node": {type: tables.describe(data.nodes(type)) for type in types},
        "split": {"fingerprint": split.fingerprint, **{n: len(getattr(split, n)) for n in parts.NAMES}},
        "run": {n: getattr(facts, n) for n in manifest.Run.model_fields},
        "scorer": {**content.scorer_head, "json": scorer_data},
        **({} if content.updated is None else {"updated": dict(content.updated)}),
        "tensor": {name: tensors.described(arrays) for name, arrays in named.items()},
        "file": files,
    }  # fmt: skip


def _versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {"python": platform.python_version()}
    for label, package in (
        ("recbox", "recbox-graph"),
        ("torch", "torch"),
        ("dgl", "dgl"),
        ("numpy", "numpy"),
    ):
        try:
            found[label] = version(package)
        except PackageNotFoundError:
            found[label] = None
    return found
