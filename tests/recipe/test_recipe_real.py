"""recbox's own parts in recipes: their options, widths, columns and capabilities are what checks ask."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import expect, read, read_text

from recbox.recipe import shipped

HEAD = "recbox: 1\ndata: {source: {use: movielens-100k}}\n"
FRIENDS = (
    "recbox: 1\nlayer: [{use: lightgcn}]\ndata:\n  split: {by: user-random}\n  source:\n    use: table\n"
    "    interaction: [{path: b.csv}]\n"
    "    relation: [{path: f, name: friend, between: user}, {path: g, name: follow, between: user},\n"
    "      {path: h, name: friend, between: user}]\n"
)
TABLE = "recbox: 1\ndata:\n  source: {use: table, interaction: [{path: b.csv}]}\n"
READ = "layer: [{use: gat, edge_features: true}]\n"
WIDE = (
    "encoder:\n"
    "  user: {fuse: concat, part: [{use: id}, {use: feature, columns: [age]}]}\n"
    "  item: {fuse: concat, part: [{use: id}, {use: feature, columns: [genre]}]}\n"
)

MISFITS = [
    (HEAD + "layer: [{use: gcn, §residul: true}]\n", "'gcn' has no option 'residul' / did you"),
    (HEAD + "layer: [{use: gcn, norm: §symm}]\n", "must be one of sym, row, none"),
    (HEAD + "layer: [{use: gat, heads: §0}]\n", "at least 1"),
    (HEAD + "layer: []\ngraph: {edge: [{recency: {half_life: §2}}]}\n", "`half_life` is for order and time"),
    (HEAD + "layer: [{use: §gat, heads: 3}]\n", "doesn't fit: gat's 3 heads don't divide dim 64"),
    (HEAD + "layer: []\nobjective: [{use: softmax, temperature: §0}]\n", "`temperature` must be"),
    (HEAD + "layer: []\nencoder: {item: {use: feature, columns: [genre, §yaer]}}\n", "did you mean 'year'"),
    (HEAD + WIDE + "layer: [{use: lightgcn}, {use: §gcn}]\n", "64 numbers a node where"),
    (HEAD.replace("k}}", "k}, split: {by: §given}}") + "layer: []\n", "needs parts that the data brings"),
    (HEAD + "layer: [{use: gcn}]\ngraph: {edge: [§user-relation]}\n", "no edges of type `user-relation`"),
    ("recbox: 1\ndata: {source: {use: table, interaction: [{§pth: a.csv, path: b}]}}\nlayer: []\n", "'path'"),
    (FRIENDS + "graph: {edge: [{type: user-relation, by: §folow}]}\n", "did you mean 'follow'"),
    (FRIENDS + "graph: {edge: [§user-relation]}\n", "2 relations that fit `user-relation`: friend, follow"),
    (FRIENDS + "encoder: {item: {use: §feature}}\n", "'feature' needs a column of items"),
    (HEAD.replace("100k", "32m") + "layer: []\nencoder: {user: {use: §feature}}\n", "a column of users"),
    (FRIENDS.replace("  split", "  fallback: §synthetic\n  split"), "table has no public shape"),
    (TABLE + "  split: {by: §user-time}\nlayer: []\n", "needs times"),
    (HEAD + WIDE + "layer: [{use: §gcn}]\ncombine: attention\n", "`combine: attention` can't add them"),
    (TABLE + "  split: {by: user-random}\n" + READ + "graph: {edge: [{feature: [weight, §age]}]}\n",
     "the edges' `age` needs times, and table has none / feature: [weight]"),
    (FRIENDS.replace("layer: [{use: lightgcn}]\n", READ) + "graph:\n  edge:\n"
     "    - {type: user-relation, by: friend, feature: §[weight, order]}\n",
     "can't carry `order` / feature: [weight]"),
    (HEAD + "layer: [{use: gat}]\ngraph: {edge: [{feature: §[weight]}]}\n", "no layer reads"),
    (HEAD + READ + "graph: {edge: [{§feature: [age, weight, age]}]}\n", "`age` stands twice"),
    (HEAD + READ + "graph: {edge: [{feature: [§old]}]}\n", "must be one of weight, age, order"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "said"), MISFITS)
def test_a_misfit_of_real_parts(tmp_path: Path, marked: str, said: str) -> None:
    expect(tmp_path, marked, said)


@pytest.mark.parametrize(
    "text",
    [
        FRIENDS + "graph: {edge: [{type: user-relation, by: friend, weight: value}]}\n",
        HEAD + "layer: [{use: gcn, residual: false, norm: row}, {use: lightgcn}, {use: gat, heads: 2}]\n",
        HEAD + WIDE + "layer: [{use: lightgcn, repeat: 3}]\n",
        HEAD + WIDE + "layer: [{use: gcn}]\ncombine: concat\nhead: {use: mlp}\n",
        HEAD + WIDE + "layer: [{use: lightgcn, repeat: 3}]\ncombine: attention\n",
        HEAD + "layer: []\ncombine: attention\n",
        HEAD + READ + "graph: {edge: [{feature: [order, weight, age]}]}\nsearch: {combine: [mean, attention],"
        " graph.edge.0.feature: [[], [age]]}\n",
        FRIENDS.replace("layer: [{use: lightgcn}]\n", READ) + "graph: {edge: [interaction,"
        " {type: user-relation, by: friend, feature: [weight]}]}\n",
        HEAD + "model: {use: ease, l2: 300}\nevaluate: {baseline: [popularity, item-knn]}\n",
        HEAD + "layer: []\nobjective: [{use: bpr}, {use: l2, weight: 1e-4}]\ntrain: {negative: {by: hard}}\n",
    ],
)
def test_real_parts_that_fit(tmp_path: Path, text: str) -> None:
    recipe = read_text(tmp_path, text)
    assert read(recipe.resolved) == recipe


@pytest.mark.parametrize("name", shipped())
def test_shipped_recipes_are_without_mistakes(name: str) -> None:
    recipe = read(name)
    assert read(recipe.resolved) == recipe
