"""Every mistake at once, each in its place, with what was expected and the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import BASE, expect, mistakes

FILES = "recbox: 1\nlayer: []\ndata:\n  source:\n    use: files\n    interaction: "
HEAD = "recbox: 1\ndata: {source: {use: ratings}}\n"


def test_all_mistakes_of_a_recipe_are_told_at_once(tmp_path: Path) -> None:
    text = """recbox: §0
name: §a/b
§sed: 3
dim: §"64"
data:
  source: {use: §ratngs, x: 1}
  fallback: §sinthetic
  clean: {duplicate: §lats, threshold: §[1], §no: 3}
  split: {by: user-time, valid: 0.5, test: §0.6}
graph: {edge: [interaction, §interaction, {type: §wisdom}]}
encoder:
  user: {use: own, §columns: 3}
  item: {fuse: sum, part: [{use: own}, {use: traits, columns: [genr, §3]}], §x: 1}
  §itm: 3
layer:
  - {use: hop, repeat: §0, §nrm: sym, dropout: §yes}
  - §{use: hop, wide: 5, norm: none}
  - §hop
  - §{norm: sym}
  - {use: social-hop, §weight: 3}
  - {use: §faulty-hop}
combine: §meen
head: {use: deep, hidden: §64}
objective: §{alpha: §1.5, supervised: [{use: pair-loss}], §self: []}
train:
  epochs: §1e3
  batch: §0
  optimizer: {by: adam, lr: §true}
  patience: §x
evaluate:
  metric: [gain, §gain, §recal, breadth, {use: found, §base: 3}]
  baseline: §counts
"""
    said = [
        "must be 1",
        "a name of",
        "did you mean 'seed'",
        "a number has no quotes",
        "did you mean 'ratings'",
    ]
    expect(tmp_path, text, *said)


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        (HEAD + "layer: §{use: hop}\n", "`layer` is a list, not a mapping / begin each entry with '- '"),
        (HEAD + "layer: [§3]\n", "a mapping with `use`, not the number 3"),
        (HEAD + "layer: [{use: §3}]\n", "`use` is the name of a plugin, not the number 3"),
        (HEAD + "layer: [{use: §'recbox-graph:gnc'}]\n", "did you mean 'gcn'"),
        (HEAD + "layer: [{use: hop, repeat: §2.0}]\n", "not the number 2.0 / write 2"),
        (HEAD + "layer: [{use: hop, repeat: §99}]\n", "at most 64"),
        (HEAD + "layer: [{use: hop, repeat: §true}]\n", "must be a whole number, not true"),
        (HEAD + "layer: [{use: hop, norm: §symm}]\n", "one of sym, row, none, not the text 'symm' / did"),
        (HEAD + "layer: [{use: hop, dropout: §1}]\n", "must be below 1"),
        (HEAD + "layer: [{use: hop, §heads: 2}]\n", "'hop' has no option 'heads' / one of: norm"),
        (BASE + "head: §dot\n", "a part is a mapping: {use: dot}"),
        (BASE + "head: {use: deep, hidden: [8, §0]}\n", "an entry of `hidden` must be at least 1"),
        (BASE + "head: {use: deep, hidden: §8}\n", "must be a list, not the number 8 / write [8]"),
        (BASE + "name: §007\n", "`name` must be a text, not the number 7 / put it in quotes"),
        (BASE + "name: §../x\n", "a name of"),
        (BASE + "seed: §-1\n", "at least 0"),
        (BASE + "seed: §4294967296\n", "at most 4294967295"),
        (BASE + "seed: §1e400\n", "too large"),
        (BASE + "dim: §99999999999999999999999999\n", "`dim` must be"),
        (BASE + "train: {optimizer: {§lrr: 1}}\n", "did you mean 'lr'"),
        (BASE + "train: {optimizer: {lr: §0}}\n", "above 0"),
        (BASE + "train: {optimizer: §adam}\n", "must be a mapping"),
        (BASE + "train: {optimizer: {by: adam, momentum: §0.9}}\n", "`momentum` is for sgd"),
        (BASE + "train: {schedule: {by: cosine, gamma: §0.9}}\n", "`gamma` is for step and plateau"),
        (BASE + "train: {negative: {pool: §3}}\n", "`pool` is for hard"),
        (BASE + "train: {clip: §none}\n", "must be a number, not the text 'none'"),
        (BASE + "train: §3\n", "`train` is a mapping, not the number 3"),
        (BASE + "objective: {use: bpr}\n".replace("{", "§{"), "`objective` is a list"),
        (BASE + "objective: §[]\n", "at least one term"),
        (BASE + "objective: [{use: bpr, weight: §-1}]\n", "at least 0"),
        (BASE + "objective: [{use: bpr, §repeat: 1}]\n", "has no option 'repeat'"),
        (BASE + "train: {§epochs: 3, stage: [{epochs: 3}]}\n", "beside `stage`"),
        (BASE + "train: {stage: §[]}\n", "at least one stage"),
        (BASE + "train: {stage: [{§epoch: 3}]}\n", "did you mean 'epochs'"),
        (BASE + "train: {propagation: §none}\n", "the last stage would pass no messages"),
        (HEAD + "layer: []\ntrain: {stage: [{propagation: §none}, {epochs: 3}]}\n", "there are no layers"),
        (
            BASE + "train: {stage: [{propagation: none, edge_dropout: §0.1}, {epochs: 3}]}\n",
            "no messages are passed, so `edge_dropout`",
        ),
        (
            BASE + "train: {stage: [{propagation: none, item_dropout: §0.1}, {epochs: 3}]}\n",
            "no messages are passed, so `item_dropout`",
        ),
        (
            BASE + "combine: concat\ntrain: {stage: [{propagation: §none}, {epochs: 3}]}\n",
            "without layers a node has 64 numbers, and with them 128",
        ),
        (BASE + "train: {stage: [{objective: [{use: bpr}]}]}\n§objective: [{use: bpr}]\n", "no stage uses"),
        (BASE + "encoder: {user: §{fuse: concat}}\n", "`part` is missing"),
        (BASE + "encoder: {user: {part: §[]}}\n", "nothing to fuse"),
        (BASE + "encoder: {user: {§use: id, part: [{use: id}]}}\n", "has no option 'use'"),
        (BASE + "encoder: {user: {fuse: §sun, part: [{use: id}]}}\n", "did you mean 'sum'"),
        (BASE + "encoder: {user: {fuse: §gat, part: [{use: id}]}}\n", "did you mean 'gate'"),
        (BASE + "encoder: {user: {use: id, dropout: §1}}\n", "`dropout` must be below 1"),
        (BASE + "encoder: {user: {use: id, cold: §zeros}}\n", "did you mean 'zero'"),
        (BASE + "encoder: §[id]\n", "`encoder` is a mapping, not a list"),
        (BASE + "graph: {edge: §[]}\n", "at least one edge type"),
        (BASE + "graph: {edge: [§3]}\n", "an edge is a mapping"),
        (BASE + "graph: {§edges: [interaction]}\n", "did you mean 'edge'"),
        (BASE + "graph: {edge: [interaction, §{scale: 2}]}\n", "`interaction` stands twice"),
        (BASE + "graph: {edge: [{by: §friend}]}\n", "interactions need no name"),
        (BASE + "evaluate: {baseline: [ease, §ease]}\n", "the baseline `ease` stands twice"),
        (BASE + "evaluate: {baseline: [{use: ease, l2: 5}, {use: §ease, l2: 5.0}]}\n", "`ease, l2: 5.0`"),
        (BASE.replace("ratings}}", "ratings}, split: {test: §0}}"), "nothing to judge by"),
        (BASE.replace("ratings}}", "ratings}, split: {by: leave-last, test: §0.0}}"), "nothing to judge by"),
        (BASE + "evaluate: {k: §[]}\n", "a list of at least 1"),
        (BASE + "evaluate: {k: [5, §5]}\n", "k = 5 stands twice"),
        (FILES + "[{path: a}]\nevaluate: {gap: [age, §age]}\n", "gap = age stands twice"),
        (BASE + "evaluate: {gap: §age}\n", "`gap` must be a list"),
        (BASE + "evaluate: {metric: [recall, {use: §'recbox-graph:recall'}]}\n", "`recall` stands twice"),
        (BASE + "evaluate: {baseline: [§popularty]}\n", "did you mean 'popularity'"),
        (BASE + "evaluate: {select: §ndgc@20}\n", "did you mean 'ndcg@20'"),
        (BASE + "evaluate: {select: §ndcg@7}\n", "METRIC@K"),
        (BASE + "evaluate: {select: §ndcg}\n", "METRIC@K"),
        (BASE + "evaluate: {select: §coverage@10}\n", "judges the whole catalogue"),
        (
            BASE + "evaluate: {metric: [ndcg, diversity], select: §diversity@10}\n",
            "`diversity` judges what is shown, not what is found, and can't select",
        ),
        (BASE + "evaluate: {metric: §[coverage]}\n", "no metric of users is left"),
        ("recbox: 1\ndata: §{}\nlayer: []\n", "`source` is missing"),
        ("recbox: 1\ndata: {source: §{}}\nlayer: []\n", "`use` is missing: it names the source"),
        (FILES + "§[]\n", "a list of at least 1"),
        ("recbox: 1\ndata: {source: §{use: files}}\nlayer: []\n", "`interaction` is missing"),
        (FILES + "[§{header: true}]\n", "`path` is missing"),
        (FILES + "[{path: a, §heder: 1}]\n", "did you mean 'header'"),
        (FILES + "[{path: a, columns: {user: §1.5}}]\n", "a text or a whole number"),
        (FILES + "[{path: a, keep: §3}]\n", "a text or a list"),
        (FILES + "[{path: a, keep: [{name: b, §rol: title}]}]\n", "did you mean 'role'"),
        ("recbox: 1\ndata: {source: {use: ratings, limit: §x}}\nlayer: []\n", "a whole number"),
        ("§recbox: 1\nlayer: []\n", "`data` is missing"),
        ("§data: {source: {use: ratings}}\nlayer: []\n", "`recbox` is missing"),
        ("§" + HEAD, "nothing to train or fit"),
        ("recbox: §2\nbrain: {use: new}\n", "of format 2, and this recbox reads format 1"),
    ],
)  # fmt: skip
def test_a_mistake_stands_in_its_place(tmp_path: Path, marked: str, said: str) -> None:
    expect(tmp_path, marked, said)


def test_a_model_and_graph_parts_are_one_too_many(tmp_path: Path) -> None:
    expect(tmp_path, BASE.replace("layer", "§layer") + "model: {use: counts}\n", "a `model`")


@pytest.mark.parametrize("part", ["dim: 64", "graph: {edge: [interaction]}"])
def test_a_model_has_no_use_for_a_graph_or_a_width(tmp_path: Path, part: str) -> None:
    expect(tmp_path, HEAD + "model: {use: counts}\n§" + part + "\n", "is part of a graph recipe")


def test_a_formula_needs_all_of_it(tmp_path: Path) -> None:
    found = mistakes(tmp_path, BASE + "objective: {supervised: [{use: bpr}]}\n")
    assert [m.what[-20:] for m in found] == [
        "of `objective` needs `alpha`"[-20:],
        "needs `self-supervised`"[-20:],
    ]


def test_an_empty_mapping_lacks_everything(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "{}")
    assert {m.where[-4:] for m in found} == {":1:1"}
    assert len(found) == 3


def test_a_mistake_prints_the_line_and_a_caret(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, BASE + "train: {epochs: 0}\n")
    assert str(found) == (
        f"{tmp_path}/r.yaml:4:17: `epochs` must be at least 1, not the number 0\n"
        "    train: {epochs: 0}\n"
        "                    ^"
    )


def test_environment_variables_are_never_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIM", "8")
    assert "not the text '$DIM'" in mistakes(tmp_path, BASE + "dim: $DIM\n")[0].what
