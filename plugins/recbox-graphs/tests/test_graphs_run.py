"""A run of a recipe with knowledge from its files on: repeated, resumed, loaded, and for new users."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import recbox
from tests.stopping import Stopping

RECIPE = """
recbox: 1
name: small
dim: 8
data:
  source:
    use: table
    interaction: [{{path: pairs.csv}}]
    knowledge: {{triple: [{{path: triples.csv}}], link: [{{path: links.csv}}]}}
  split: {{by: user-random}}
graph: {{edge: [interaction, {{type: knowledge, relation: [made by, of]}}]}}
layer: [{layer}]
objective: [{{use: bpr}}, {{{term}, weight: 0.2}}]
train: {{epochs: {epochs}, batch: 64, edge_dropout: 0.1}}
evaluate: {{k: [5], metric: [ndcg], baseline: []}}
"""
LAYERS = [
    "{use: kgat, repeat: 2}",
    "{use: relational, transform: full}",
    "{use: relational}",
    "{use: relational, transform: weight, norm: sym}",
    "{use: relational, transform: none}",
    "{use: lightgcn}",
    "{use: gcn}",
    "{use: gat}",
]
TERMS = ["use: transe", "use: transe, by: transr, form: bpr, triples: 100"]


def written(folder: Path, layer: str = LAYERS[0], term: str = TERMS[0], epochs: int = 2) -> Path:
    folder.mkdir(exist_ok=True)
    draw = np.random.default_rng(0)
    pairs = {(int(u), int(i)) for u, i in zip(draw.integers(0, 30, 400), draw.integers(0, 20, 400))}
    lines = ["user,item", *(f"u{u},{i}" for u, i in sorted(pairs))]
    (folder / "pairs.csv").write_text("\n".join(lines) + "\n")
    triples = [f"m.{i},of,kind {i % 3}\nm.{i},made by,maker {i % 5}\nm.{i},other,x" for i in range(20)]
    triples += [f"maker {n},of,kind {n % 3}" for n in range(5)]
    (folder / "triples.csv").write_text("\n".join(["head,relation,tail", *triples]) + "\n")
    (folder / "links.csv").write_text("item,entity\n" + "".join(f"{i},m.{i}\n" for i in range(18)))
    path = folder / "small.yaml"
    path.write_text(RECIPE.format(layer=layer, term=term, epochs=epochs))
    return path


@pytest.mark.parametrize(("layer", "term"), [*((layer, TERMS[0]) for layer in LAYERS), (LAYERS[0], TERMS[1])])
def test_a_run_repeats_and_knows_new_users(layer: str, term: str, tmp_path: Path) -> None:
    found = []
    for name in ("one", "other"):
        path = written(tmp_path / name, layer, term)
        outcome = recbox.run(path, out=tmp_path / name / "run", threads=1)
        found.append(load_file(outcome.folder / "weights.safetensors"))
    one, other = found
    assert all((one[name] == other[name]).all() for name in one)
    assert not [name for name in one if name.startswith("term")], "the term leaves nothing there"
    fitted = recbox.load(tmp_path / "one" / "run")
    lists = fitted.recommend(history=["3", "7"], k=5)
    assert len(lists) == 5
    known = fitted.artifact.dataset.knowledge
    assert known is not None
    assert known.relations == ("made by", "of", "other")


def test_interrupted_and_resumed_it_ends_the_same(tmp_path: Path) -> None:
    """What the term has learned itself too."""
    path = written(tmp_path / "recipe", term=TERMS[1], epochs=4)
    whole = recbox.run(path, out=tmp_path / "a", threads=1)
    stopped = recbox.run(path, out=tmp_path / "b", threads=1, progress=Stopping(8))
    assert stopped.status == "interrupted"
    resumed = recbox.run(path, out=tmp_path / "b", threads=1, resume=True)
    one, other = (load_file(done.folder / "weights.safetensors") for done in (whole, resumed))
    assert all((one[name] == other[name]).all() for name in one)
    histories = [recbox.load(done.folder).artifact.history for done in (whole, resumed)]
    assert [row["term"] for row in histories[0]] == [row["term"] for row in histories[1]]


def test_both_kernels_come_to_the_same(tmp_path: Path) -> None:
    pytest.importorskip("dgl")
    path, found = written(tmp_path / "recipe"), []
    for kernel in ("torch", "dgl"):
        outcome = recbox.run(path, out=tmp_path / kernel, threads=1, kernel=kernel)
        found.append(recbox.load(outcome.folder).artifact.tensors("scorer")["item"])
    np.testing.assert_allclose(*found, atol=1e-3)


def test_it_trains_in_bf16(tmp_path: Path) -> None:
    for number, layer in enumerate(LAYERS[:4]):
        path = written(tmp_path / "recipe", layer, epochs=1)
        path.write_text(path.read_text().replace("batch: 64", "batch: 64, precision: bf16"))
        outcome = recbox.run(path, out=tmp_path / f"run{number}", threads=1)
        assert recbox.load(outcome.folder).artifact.history[0]["loss"] > 0
