"""The grammar: what may be written in more than one way, and what is meant by what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import BASE, read, read_text

from recbox.recipe import folder_of

HEAD = "recbox: 1\ndata: {source: {use: ratings}}\n"


def test_defaults(tmp_path: Path) -> None:
    recipe = read_text(tmp_path, HEAD + "layer: []\n", name="my own.yaml")
    assert (recipe.name, recipe.seed, recipe.dim, recipe.combine) == ("my-own", 0, 64, "mean")
    assert [recipe.encoder[t].part[0].name for t in ("user", "item")] == ["id", "id"]
    assert recipe.head is not None and recipe.head.name == "dot"
    assert [t.name for s in recipe.stage for t in s.objective] == ["bpr"]
    assert [m.name for m in recipe.metric] == [
        "recall",
        "ndcg",
        "mrr",
        "hit",
        "precision",
        "map",
        "coverage",
        "novelty",
        "gini",
    ]
    assert [b.name for b in recipe.baseline] == ["popularity", "item-knn", "ease"]
    assert (recipe.evaluate.k, recipe.evaluate.select) == ((10, 20), "ndcg@20")
    assert recipe.layer == ()
    assert [e.type for e in recipe.edge] == ["interaction"]
    assert recipe.model is None


def test_a_model_stands_alone(tmp_path: Path) -> None:
    recipe = read_text(tmp_path, HEAD + "model: {use: counts, shrink: 2}\n")
    assert recipe.model is not None and recipe.model.options.values() == {"shrink": 2.0}
    assert (recipe.encoder, recipe.layer, recipe.head, recipe.stage) == ({}, (), None, ())
    assert "train" not in recipe.resolved


def test_the_formula_becomes_weights(tmp_path: Path) -> None:
    text = (
        "objective: {alpha: 0.75, supervised: [{use: bpr}, {use: l2, weight: 4}],\n"
        "  self-supervised: [{use: shrink, weight: 2}]}\n"
    )
    recipe = read_text(tmp_path, BASE + text)
    assert [(t.name, t.weight) for t in recipe.stage[0].objective] == [
        ("bpr", 0.75),
        ("l2", 3.0),
        ("shrink", 0.5),
    ]
    assert recipe.resolved["objective"][0]["weight"] == 0.75


def test_select_follows_k_where_it_is_left_out(tmp_path: Path) -> None:
    assert read_text(tmp_path, BASE + "evaluate: {k: [5, 3]}\n").evaluate.select == "ndcg@5"
    assert read_text(tmp_path, BASE + "evaluate: {metric: [coverage, found]}\n").evaluate.select == "found@20"


def test_stages(tmp_path: Path) -> None:
    text = (
        "objective: [{use: bpr}]\n"
        "train:\n  stage:\n    - {epochs: 3, objective: [{use: shrink}]}\n    - {epochs: 5}\n"
    )
    recipe = read_text(tmp_path, BASE + text)
    assert [(s.training.epochs, [t.name for t in s.objective]) for s in recipe.stage] == [
        (3, ["shrink"]),
        (5, ["bpr"]),
    ]
    single = read_text(tmp_path, BASE + "train: {stage: [{epochs: 3}]}\n")
    assert single == read_text(tmp_path, BASE + "train: {epochs: 3}\n")


def test_encoders_can_be_fused(tmp_path: Path) -> None:
    text = "encoder: {item: {part: [{use: own}, {use: traits, columns: [genre]}]}}\n"
    recipe = read_text(tmp_path, BASE + text)
    assert recipe.encoder["item"].fuse == "sum"
    assert [p.name for p in recipe.encoder["item"].part] == ["own", "traits"]
    assert [p.name for p in recipe.encoder["user"].part] == ["id"]


def test_names_stand_for_parts_and_edges(tmp_path: Path) -> None:
    short = "graph: {edge: [interaction]}\nevaluate: {metric: [gain], select: gain@10, baseline: [counts]}\n"
    long = (
        "graph: {edge: [{type: interaction}]}\n"
        "evaluate: {metric: [{use: gain, base: 2}], select: gain@10, baseline: [{use: counts}]}\n"
    )
    assert read_text(tmp_path, BASE + short) == read_text(tmp_path, BASE + long)


def test_a_distribution_can_be_named(tmp_path: Path) -> None:
    recipe = read_text(tmp_path, HEAD + "layer: [{use: 'recbox-graph:gcn'}]\n")
    assert recipe.layer[0].name == "recbox-graph:gcn"
    assert recipe.layer[0].label == "gcn"


def test_empty_blocks_are_left_out(tmp_path: Path) -> None:
    text = BASE + "train:\nevaluate:\ngraph:\n  edge:\nencoder:\n  user:\nhead:\nobjective: ~\n"
    assert read_text(tmp_path, text) == read_text(tmp_path, BASE)


@pytest.mark.parametrize(
    ("name", "stem"), [("..yaml", "recipe"), ("a b.c.yaml", "a-b.c"), ("電影.yaml", "recipe")]
)
def test_the_name_of_a_file_becomes_a_name(tmp_path: Path, name: str, stem: str) -> None:
    assert read_text(tmp_path, BASE, name=name).name == stem


def test_relative_paths_begin_in_the_recipe_s_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert folder_of("a/b.yaml") == tmp_path / "a"
    assert folder_of(Path("b.yaml")) == tmp_path
    assert folder_of({}) == tmp_path


def test_every_part_is_listed(tmp_path: Path) -> None:
    names = [
        p.name for p in read_text(tmp_path, BASE + "evaluate: {metric: [found], baseline: []}\n").parts()
    ]
    assert sorted(names) == sorted(["ratings", "dot", "id", "id", "hop", "bpr", "found"])


def test_plain_data_is_a_recipe_too() -> None:
    data = {"recbox": 1, "data": {"source": {"use": "ratings"}}, "layer": ({"use": "hop", "repeat": 2},)}
    assert read(data).layer[0].repeat == 2
    assert read(data, ["layer.0.repeat=3"]).layer[0].repeat == 3
