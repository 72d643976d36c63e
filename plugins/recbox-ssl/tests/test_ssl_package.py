"""The package as a whole: what it imports, and each term in a run of a recipe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file

import recbox
from recbox.api.check import check
from recbox.errors import RecipeError
from tests.stopping import Stopping

RECIPE = """
recbox: 1
name: small
dim: 8
data: {{source: {{use: synthetic, users: 30, items: 20, interactions: 300}}}}
layer: [{{use: lightgcn, repeat: 2}}]
objective: [{{use: bpr}}, {{{term}, weight: 0.2}}]
train: {{epochs: {epochs}, batch: 64}}
evaluate: {{k: [5], metric: [ndcg], baseline: []}}
"""
TEXT = (
    "use: text-alignment, item: {use: sentence-transformer, text: '{id}', "
    "model: 'package:recbox_text/tiny/sentence-transformer'}"
)
TERMS = [
    "use: edge-dropout-contrast",
    "use: edge-dropout-contrast, by: walk, resample: step",
    "use: noise-contrast, layer: 1",
    "use: noise-contrast",
    "use: svd-contrast",
    "use: neighbour-contrast, clusters: 3, warmup: 1",
    "use: masked-edge",
    "use: masked-attribute, of: vectors",
    "use: alignment-uniformity",
    TEXT,
    f"{TEXT}, by: generative",
]


def written(folder: Path, term: str, epochs: int = 2) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "small.yaml"
    path.write_text(RECIPE.format(term=term, epochs=epochs))
    return path


def test_importing_it_imports_neither_torch_nor_polars() -> None:
    code = "import sys, recbox_ssl; sys.exit(bool({'torch', 'polars', 'dgl'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.parametrize("term", TERMS)
def test_each_goes_beside_bpr_and_repeats(term: str, tmp_path: Path) -> None:
    found = []
    for name in ("one", "other"):
        outcome = recbox.run(written(tmp_path / name, term), out=tmp_path / name / "run", threads=1)
        history = recbox.load(outcome.folder).artifact.history
        found.append((history[-1]["term"], load_file(outcome.folder / "weights.safetensors")))
    (terms, weights), (again, other) = found
    assert terms == again
    assert len(terms) == 2
    assert all((weights[name] == other[name]).all() for name in weights)
    assert not [name for name in weights if "mask" in name or "decoder" in name or "text" in name], (
        "a term leaves nothing there"
    )


@pytest.mark.parametrize("term", TERMS)
def test_it_can_be_trained_in_bf16(term: str, tmp_path: Path) -> None:
    path = written(tmp_path / "run", term, epochs=1)
    path.write_text(path.read_text().replace("batch: 64", "batch: 64, precision: bf16"))
    outcome = recbox.run(path, out=tmp_path / "out", threads=1)
    assert recbox.load(outcome.folder).artifact.history[0]["loss"] > 0


@pytest.mark.parametrize("term", TERMS)
def test_interrupted_and_resumed_it_ends_the_same(term: str, tmp_path: Path) -> None:
    """Views and prototypes of an epoch too, and what a term has learned itself."""
    path = written(tmp_path / "recipe", term, epochs=4)
    whole = recbox.run(path, out=tmp_path / "a", threads=1)
    stopped = recbox.run(path, out=tmp_path / "b", threads=1, progress=Stopping(10))
    assert stopped.status == "interrupted"
    assert 1 <= len(recbox.load(stopped.folder).artifact.history) < 4
    resumed = recbox.run(path, out=tmp_path / "b", threads=1, resume=True)
    one, other = (load_file(done.folder / "weights.safetensors") for done in (whole, resumed))
    assert all((one[name] == other[name]).all() for name in one)
    histories = [recbox.load(done.folder).artifact.history for done in (whole, resumed)]
    assert [row["term"] for row in histories[0]] == [row["term"] for row in histories[1]]


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("use: masked-attribute, columns: [genre, yaer]", "no column 'yaer' for items(.*\\n)*.*'year'"),
        ("use: masked-attribute, node: user, columns: [genre]", "no column 'genre' for users"),
        (
            "use: text-alignment, item: {use: sentence-transformer, text: '{titel}', "
            "model: 'package:recbox_text/tiny/sentence-transformer'}",
            "no column 'titel' for items",
        ),
    ],
)
def test_columns_that_are_not_there_are_named_before_data_is_read(
    term: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=said):
        check(sourced(tmp_path, term, "movielens-100k"))


def test_without_any_column_to_decode_check_says_so(tmp_path: Path) -> None:
    path = sourced(tmp_path, "use: masked-attribute, node: user", "movielens-latest-small")
    with pytest.raises(RecipeError, match="'masked-attribute' needs a column of users"):
        check(path)


def sourced(folder: Path, term: str, source: str) -> Path:
    path = written(folder, term)
    made = "synthetic, users: 30, items: 20, interactions: 300"
    path.write_text(path.read_text().replace(made, source))
    return path
