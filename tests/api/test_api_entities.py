"""What parts, hops and edges weigh for entities, by their ids, in a graph that has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file, save_file

import recbox
from recbox.api.load import Fitted
from recbox.errors import ArtifactError, OptionError
from tests.artifact.artifact_damage import rehash

USERS, ITEMS, ENTITIES = 10, 16, 3
TWO = {"fuse": "gate", "part": [{"use": "id"}, {"use": "id"}]}
WEIGHED: dict[str, Any] = {
    "encoder": {"entity": TWO},
    "layer": [{"use": "gat", "heads": 2}, {"use": "gat"}],
    "combine": "attention",
}


def run(folder: Path, edge: list[str], more: dict[str, Any]) -> Fitted:
    """Ten users, each with eight of sixteen items; item 100 + n is of kind n mod 3."""
    rows = [f"u{u},{(u * 3 + n) % ITEMS + 100},{n}" for u in range(USERS) for n in range(8)]
    (folder / "clicks.csv").write_text("\n".join(["user,item,time", *rows]) + "\n")
    triples = [f"{n + 100},of,kind{n % ENTITIES}" for n in range(ITEMS)]
    (folder / "triples.csv").write_text("\n".join(["head,relation,tail", *triples]) + "\n")
    files = {"interaction": [{"path": "clicks.csv"}], "knowledge": {"triple": [{"path": "triples.csv"}]}}
    recipe = {
        "recbox": 1,
        "dim": 4,
        "data": {"source": {"use": "table"} | files, "split": {"by": "user-random", "test": 0.25}},
        "graph": {"edge": edge},
        "train": {"epochs": 2},
        "evaluate": {"k": [3], "select": "ndcg@3", "baseline": []},
    }
    out = folder / "run"
    return recbox.load(recbox.run(recipe | more, threads=1, data_dir=[folder], out=out).folder)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    return run(tmp_path_factory.mktemp("known"), ["interaction", "knowledge"], WEIGHED)


def test_parts_and_hops_of_entities_have_their_ids(fitted: Fitted) -> None:
    ids = fitted.dataset.entity.ids.to_list()
    assert sorted(ids) == ["kind0", "kind1", "kind2"]
    for found, column, each in ((fitted.fusion("entity"), "part", 2), (fitted.hops("entity"), "hop", 3)):
        assert found.columns == ["entity", column, "weight"]
        assert found["entity"].to_list() == ids * each
        sums = found.group_by("entity").agg(pl.col("weight").cast(pl.Float64).sum())["weight"]
        assert np.allclose(sums, 1.0, atol=1e-6)


def test_hops_of_entities_are_those_of_their_rows(fitted: Fitted) -> None:
    growth = fitted.artifact.growth
    weights = growth.recommender.hop_weights(growth.known.hops)
    assert weights is not None and len(weights) == USERS + ITEMS + ENTITIES
    stored = fitted.artifact.tensors("combine")
    assert [len(stored[node]) for node in ("user", "item", "entity")] == [USERS, ITEMS, ENTITIES]
    assert stored["entity"] == pytest.approx(weights[USERS + ITEMS :].detach().numpy(), abs=1e-5)


def test_edges_that_end_at_entities_are_those_of_the_file(fitted: Fitted) -> None:
    found, stored = fitted.attention("entity"), fitted.artifact.tensors("attention")
    assert found.columns == ["hop", "entity", "source", "source_type", "weight"]
    behind = slice(stored["indptr"][USERS + ITEMS], None)
    for hop in (1, 2):
        own = found.filter(hop=hop)
        assert own["weight"].to_numpy() == pytest.approx(stored[f"hop.{hop}"][behind], abs=1e-6)
    first = fitted.attention("entity", "kind1").filter(hop=1)
    assert sorted(first["source"].to_list()) == [str(n + 100) for n in range(ITEMS) if n % 3 == 1]
    assert first["source_type"].unique().to_list() == ["item"]
    assert first["weight"].sum() == pytest.approx(1, abs=1e-6)


def test_what_is_not_there_is_named(fitted: Fitted) -> None:
    with pytest.raises(OptionError, match="no nodes of type 'film'") as seen:
        fitted.hops("film")
    assert seen.value.instead == "user, item or entity"
    with pytest.raises(OptionError, match="there is no entity 'kind9'"):
        fitted.attention("entity", "kind9")


def test_a_graph_without_entities_has_none(tmp_path: Path) -> None:
    """Though the data has them."""
    fitted = run(tmp_path, ["interaction"], WEIGHED | {"encoder": {}})
    for read in (fitted.fusion, fitted.hops, fitted.attention):
        with pytest.raises(OptionError, match="no nodes of type 'entity'") as seen:
            read("entity")
        assert "no edges of type `knowledge`" in seen.value.why
        assert seen.value.instead == "user or item"


def test_entities_with_one_part_weigh_nothing(tmp_path: Path) -> None:
    fitted = run(tmp_path, ["interaction", "knowledge"], {"layer": [{"use": "lightgcn"}]})
    with pytest.raises(ArtifactError, match="no parts are weighed for entities"):
        fitted.fusion("entity")


def test_an_older_artifact_holds_no_hops_of_entities(tmp_path: Path) -> None:
    folder = run(tmp_path, ["interaction", "knowledge"], WEIGHED).folder
    file = folder / "combine.safetensors"
    arrays = load_file(file)
    del arrays["entity"]
    save_file(arrays, file)
    described = json.loads((folder / "manifest.json").read_text())["tensor"][file.name]
    described.pop("entity")
    rehash(folder, tensors={file.name: described})
    again = recbox.load(folder)
    assert again.hops("item").height == 3 * ITEMS
    with pytest.raises(ArtifactError, match="lacks what hops weigh for entities") as seen:
        again.hops("entity")
    assert "older recbox" in seen.value.why
