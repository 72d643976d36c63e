"""Artifacts of data with a knowledge graph: whole again, and refused where the triples are forged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from artifact_damage import rehash
from safetensors.numpy import load_file, save_file

from recbox.artifact import Content, open_artifact, write
from recbox.data import Dataset, Knowledge, Nodes
from recbox.errors import ArtifactError

ENTITIES = ["g.drama", "p.anna", "é"]
TRIPLES = [(0, 1, 9), (3, 0, 10), (3, 1, 9), (10, 0, 11)]
"""Among 9 items and 3 entities."""


def dataset(plain: Dataset) -> Dataset:
    head, relation, tail = (np.array(part, dtype=np.int64) for part in zip(*TRIPLES))
    known = Knowledge(head, relation, tail, ("played by", "of genre"))
    return replace(plain, entity=Nodes(pl.DataFrame({"id": ENTITIES})), knowledge=known)


@pytest.fixture
def folder(make: Callable[..., Content], tmp_path: Path) -> Path:
    return write(make(dataset=dataset(make().dataset)), tmp_path / "known")


def test_entities_and_triples_are_there_again(folder: Path) -> None:
    artifact = open_artifact(folder)
    data, was = artifact.dataset, TRIPLES
    known = data.knowledge
    assert known is not None
    assert list(zip(known.head.tolist(), known.relation.tolist(), known.tail.tolist())) == was
    assert known.relations == artifact.manifest.data.relations == ("played by", "of genre")
    assert data.entity.ids.to_list() == ENTITIES
    assert artifact.manifest.node["entity"].count == 3


def test_without_triples_nothing_is_there_of_them(make: Callable[..., Content], tmp_path: Path) -> None:
    artifact = open_artifact(write(make(), tmp_path / "plain"))
    assert artifact.dataset.knowledge is None
    assert not len(artifact.dataset.entity)
    assert not {name for name in artifact.manifest.file if "entity" in name or "knowledge" in name}


def at(row: int, **change: int) -> Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]:
    def edit(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        for name, value in change.items():
            arrays[name][row] = value
        return arrays

    return edit


FORGED: dict[str, Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]] = {
    "a node that isn't there": at(3, tail=12),
    "a node below 0": at(0, head=-1),
    "a relation without a name": at(0, relation=2),
    "a triple of a node and itself": at(3, tail=10),
    "a triple twice": at(2, head=3, relation=0, tail=10),
    "another order": lambda arrays: {name: array[::-1].copy() for name, array in arrays.items()},
    "a list that is shorter": lambda arrays: arrays | {"tail": arrays["tail"][:-1].copy()},
    "numbers of another type": lambda arrays: arrays | {"tail": arrays["tail"].astype(np.int64)},
    "one tensor more": lambda arrays: arrays | {"weight": arrays["tail"]},
    "one tensor less": lambda arrays: {name: arrays[name] for name in ("head", "tail")},
}


@pytest.mark.parametrize("how", FORGED)
def test_forged_triples_are_refused(folder: Path, how: str) -> None:
    path = folder / "knowledge.safetensors"
    arrays = FORGED[how](load_file(path))
    save_file(arrays, path)
    types = {"int32": "I32", "int64": "I64"}
    told = {n: {"dtype": types[str(a.dtype)], "shape": list(a.shape)} for n, a in arrays.items()}
    rehash(folder, tensors={"knowledge.safetensors": told})
    with pytest.raises(ArtifactError, match="the triples are damaged"):
        _ = open_artifact(folder).dataset


def _less(document: dict[str, Any], *names: str) -> None:
    for name in names:
        document["file"].pop(name, None)
        document["tensor"].pop(name, None)


@pytest.mark.parametrize("gone", ["node/entity.parquet", "knowledge.safetensors"])
def test_entities_without_triples_or_the_reverse_are_refused(folder: Path, gone: str) -> None:
    rehash(folder, edit=lambda document: _less(document, gone))
    with pytest.raises(ArtifactError, match="entities without triples, or the reverse"):
        open_artifact(folder)


def test_an_entity_twice_is_refused(folder: Path, make: Callable[..., Content], tmp_path: Path) -> None:
    data = dataset(make().dataset)
    twice = replace(data, entity=Nodes(pl.DataFrame({"id": ["a", "a", "b"]})))
    other = write(make(dataset=twice), tmp_path / "twice")
    shutil.copy(other / "node" / "entity.parquet", folder / "node" / "entity.parquet")
    rehash(folder)
    with pytest.raises(ArtifactError, match="stands twice"):
        _ = open_artifact(folder).dataset
