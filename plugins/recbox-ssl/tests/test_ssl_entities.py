"""Each term beside entities: nodes behind the items that are in no batch and have no head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import ssl_made as made
import torch
from recbox_ssl.svd_contrast import SVDContrast
from test_ssl_package import RECIPE, TERMS

import recbox
from recbox.graph import Layout, symmetric, triple_csr
from recbox.plugin import Embedding, Graph, Step

EDGES = "graph: {edge: [interaction, knowledge]}\n"
MADE = "{use: synthetic, users: 30, items: 20, interactions: 300}"
SOURCE = (
    "{use: table, interaction: [{path: pairs.csv}], knowledge: {triple: [{path: triples.csv}]}}, "
    "split: {by: user-random}"
)


@pytest.mark.parametrize("term", TERMS)
def test_each_goes_over_a_graph_with_entities(term: str, tmp_path: Path) -> None:
    pairs = [f"{u},{(u * u + 3 * n) % 20}" for u in range(30) for n in range(u % 5 + 4)]
    triples = [f"{i},of,kind {i % 3}\n{i},by,maker {i % 7}" for i in range(20)]
    (tmp_path / "pairs.csv").write_text("user,item\n" + "\n".join(pairs) + "\n")
    (tmp_path / "triples.csv").write_text("head,relation,tail\n" + "\n".join(triples) + "\n")
    path = tmp_path / "small.yaml"
    text = RECIPE.format(term=term, epochs=2).replace(MADE, SOURCE)
    path.write_text(text.replace("\nlayer:", "\n" + EDGES + "layer:"))
    outcome = recbox.run(path, out=tmp_path / "run", threads=1)
    fitted = recbox.load(outcome.folder)
    assert fitted.artifact.manifest.node["entity"].count == 10
    assert all(row["loss"] == row["loss"] for row in fitted.artifact.history)
    assert len(fitted.artifact.history[0]["term"]) == 2


def test_low_rank_hops_leave_entities_out() -> None:
    """`U S Vᵀ` is of users and items, whatever stands behind them."""
    plain = made.graph()
    layout = Layout((("user", made.USERS), ("item", made.ITEMS), ("entity", 2)))
    none = np.array([3, 4]), np.array([0, 0]), np.array([6, 7])
    edges = symmetric(np.array(made.USER), np.array(made.ITEM) + made.USERS, made.NODES + 2)
    known = triple_csr(*none, made.NODES + 2, 1)
    around = Graph.build(layout, {"interaction": edges, "knowledge": known}, kernel="torch")
    x = torch.randn(made.NODES + 2, 4, generator=torch.Generator().manual_seed(0))
    found = []
    for graph, rows in ((plain, made.NODES), (around, made.NODES + 2)):
        module = SVDContrast(rank=2, over="all").build(made.spec(graph))
        step = Step(
            batch=made.batch(), graph=graph, offset=made.USERS, popularity=torch.ones(made.ITEMS) / 3,
            proposal=torch.ones(made.ITEMS) / 3, generator=torch.Generator(),
            propagate=lambda view, rows=rows: Embedding(x[:rows], (x[:rows], 2 * x[:rows])),
            score_vectors=torch.mul, block_vectors=torch.mul, find_known=lambda *given: None,
        )  # fmt: skip
        found.append(float(module(step)))
    assert found[0] == pytest.approx(found[1], abs=1e-5)
