"""What needs the whole graph is refused where a step sees blocks of it, before any data is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import BASE, expect, mistakes

LAYERS = "recbox: 1\ndata: {source: {use: ratings}}\nlayer: [{use: lightgcn, repeat: 2}]\n"
TRAIN = "train: {propagation: sampled}\n"
HEAD = "recbox: 1\ndata: {source: {use: ratings}}\n"


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        (BASE + "train: {fanout: §3}\n", "`fanout` is for sampled; `propagation: full` would not use it"),
        (
            LAYERS + "train: {propagation: sampled, fanout: §[3, 2, 2]}\n",
            "`fanout` has 3 numbers, and there are 2 hops",
        ),
        (
            LAYERS + "train: {propagation: sampled, edge_dropout: §0.1}\n",
            "`edge_dropout` goes through all edges in each step",
        ),
        (
            LAYERS + "train: {propagation: sampled, item_dropout: §0.1}\n",
            "`item_dropout` goes through all edges in each step",
        ),
        (
            LAYERS + TRAIN + "objective: [{use: §softmax, over: all}]\n",
            "'softmax' looks at more than the batch's nodes in the main view",
        ),
        (
            HEAD + "layer: [{use: §hop}]\n" + TRAIN,
            "'hop' passes messages over the whole graph, and `propagation: sampled` has blocks of it",
        ),
        (
            HEAD + "graph: {edge: [{type: interaction, feature: [weight]}]}\n"
            "layer: [{use: §gat, edge_features: true}]\n" + TRAIN,
            "'gat' passes messages over the whole graph",
        ),
    ],
)
def test_what_does_not_fit_stands_in_its_place(marked: str, said: str, tmp_path: Path) -> None:
    expect(tmp_path, marked, said)


@pytest.mark.parametrize("fanout", ["7", "[3, 2]"])
@pytest.mark.parametrize("layer", ["lightgcn", "gcn", "gat"])
@pytest.mark.parametrize("term", ["bpr", "bce", "mse", "softmax, over: in-batch", "softmax, over: sampled"])
def test_what_fits_is_taken(term: str, layer: str, fanout: str, tmp_path: Path) -> None:
    text = HEAD + f"layer: [{{use: {layer}, repeat: 2}}]\nobjective: [{{use: {term}}}, {{use: l2}}]\n"
    text += f"train: {{propagation: sampled, fanout: {fanout}}}\n"
    assert mistakes(tmp_path, text) == ()
