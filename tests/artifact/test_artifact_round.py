"""What is written is what is read, and other tools read it too."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from recbox.artifact import Content, open_artifact, write
from recbox.data import Interactions, Nodes
from recbox.errors import ArtifactError


def test_everything_comes_back(whole: Path, make: Callable[..., Content]) -> None:
    given, found = make(), open_artifact(whole)
    assert found.recipe == given.recipe_text
    assert found.metrics["test"] == {"recall@2": 0.25, "ndcg@2": 0.5}
    assert found.history == given.history
    assert found.dataset.fingerprint == given.dataset.fingerprint
    assert found.dataset.item.table.equals(given.dataset.item.table)
    assert found.dataset.item.columns == given.dataset.item.columns
    for name, array in vars(given.dataset.interaction).items():
        np.testing.assert_array_equal(getattr(found.dataset.interaction, name), array)
    for name in ("train", "valid", "test"):
        np.testing.assert_array_equal(getattr(found.split, name), getattr(given.split, name))
    assert found.per_user is not None
    assert found.per_user.to_dicts() == [{"user": 4, "ndcg@2": 0.5}, {"user": 8, "ndcg@2": 1.0}]


def test_the_scorer_scores_the_same_bit_for_bit(whole: Path, make: Callable[..., Content]) -> None:
    users = np.arange(12)
    assert open_artifact(whole).scorer.block(users).equal(make().scorer.block(users))


def test_the_public_library_reads_the_tensors(whole: Path) -> None:
    found = open_artifact(whole)
    for name in ("scorer", "interaction", "layer0"):
        public, own = load_file(whole / f"{name}.safetensors"), found.tensors(name)
        assert public.keys() == own.keys()
        assert all((public[k] == own[k]).all() and public[k].dtype == own[k].dtype for k in own)


def test_interactions_are_stored_by_part(whole: Path, make: Callable[..., Content]) -> None:
    given, stored = make(), open_artifact(whole).tensors("interaction")
    np.testing.assert_array_equal(stored["test.item"], given.dataset.interaction.item[given.split.test])
    assert sorted(stored) == sorted(
        f"{p}.{c}" for p in ("train", "valid", "test") for c in ("row", "user", "item", "weight", "time")
    )


def test_string_ids_behaviours_and_unused_rows_come_back(place: Path, make: Callable[..., Content]) -> None:
    given = make()
    data, rows = given.dataset, given.split
    x = replace(data.interaction, behaviour=np.zeros(60, np.int8), part=np.ones(60, np.int8), time=None)
    user = Nodes(pl.DataFrame({"id": [f"u{i:02d}" for i in range(12)]}))
    data = replace(data, user=user, interaction=x, behaviours=("buy",))
    written = write(make(dataset=data, split=replace(rows, test=rows.test[:5])), None)
    found = open_artifact(written)
    assert found.dataset.fingerprint == data.fingerprint
    assert found.dataset.behaviours == ("buy",)
    assert len(found.split.test) == 5
    assert len(found.tensors("interaction")["rest.user"]) == 7


def test_an_empty_test_part_comes_back(place: Path, make: Callable[..., Content]) -> None:
    given = make(status="interrupted", per_user={}, users=None)
    split = replace(given.split, test=given.split.test[:0])
    found = open_artifact(write(replace(given, split=split), None))
    assert found.manifest.status == "interrupted"
    assert found.per_user is None
    assert len(found.split.test) == 0
    assert "was interrupted" in (found.path / "README.md").read_text()
    assert found.dataset.fingerprint == given.dataset.fingerprint


def test_no_interactions_at_all(place: Path, make: Callable[..., Content]) -> None:
    given = make()
    none = np.zeros(0, np.int64)
    empty = Interactions(none, none, none.astype(np.float32))
    split = replace(given.split, train=none, valid=none, test=none)
    written = write(replace(given, dataset=replace(given.dataset, interaction=empty), split=split), None)
    assert len(open_artifact(written).dataset.interaction) == 0


def test_numbers_that_json_lacks_become_null(place: Path, make: Callable[..., Content]) -> None:
    found = open_artifact(write(make(history=[{"epoch": np.int64(1), "loss": float("nan")}]), None))
    assert found.history == [{"epoch": 1, "loss": None}]
    assert json.loads((found.path / "history.jsonl").read_text()) == {"epoch": 1, "loss": None}


def test_numbers_that_are_not_finite_are_no_weights(place: Path, make: Callable[..., Content]) -> None:
    bad = {"weights": {"w": np.array([1.0, np.inf], np.float32)}}
    with pytest.raises(ArtifactError, match="not finite"):
        write(make(extra=bad), None)
    assert os.listdir(place / "runs") == []


def test_the_manifest_says_how_it_was_made(whole: Path) -> None:
    found = open_artifact(whole).manifest
    assert found.version["recbox"] and found.version["torch"] and found.version["numpy"]
    assert found.run.seconds == 1.5
    assert found.plugin[0].distribution == "recbox-graph"
    assert set(found.file) == {
        "README.md", "recipe.yaml", "metrics.json", "history.jsonl", "report.html", "scorer.safetensors",
        "interaction.safetensors", "layer0.safetensors", "node/user.parquet", "node/item.parquet",
        "per-user.parquet",
    }  # fmt: skip


def test_it_opens_elsewhere_and_through_a_link(whole: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(whole)
    assert open_artifact(link).name == "tiny"
