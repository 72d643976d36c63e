"""What can't be exported is refused with the reason, and leaves nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from artifact_tiny import content
from markdown_it import MarkdownIt
from torch import nn

from recbox.api.load import Fitted, load
from recbox.artifact import write
from recbox.cli.front import call
from recbox.errors import ArtifactError, OptionError, RecboxError, UnsupportedError
from recbox.export import onnx_files
from recbox.export.checking import check
from recbox.export.onnx_graph import OnnxGraph, Weights
from recbox.export.tracing import traced


def refused(fitted: Fitted, to: str, place: Path, kind: type[RecboxError], match: str) -> None:
    with pytest.raises(kind, match=match):
        fitted.export(to, place / "out")
    assert list(place.iterdir()) == [], "nothing is left"


def test_networks_are_no_arrays(made: dict[str, Fitted], tmp_path: Path) -> None:
    refused(made["mlp"], "numpy", tmp_path, UnsupportedError, "--to onnx")


def test_another_format(made: dict[str, Fitted], tmp_path: Path) -> None:
    refused(made["dot"], "onyx", tmp_path, OptionError, "did you mean 'onnx'")


def test_without_onnx(made: dict[str, Fitted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    refused(made["dot"], "onnx", tmp_path, UnsupportedError, r"recbox-graph\[onnx\]")


def test_without_onnxruntime_nothing_is_compared(
    made: dict[str, Fitted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    found = made["dot"].export("onnx", tmp_path / "out")
    assert found.off is None
    assert "weren't compared" in (found.folder / "README.md").read_text()


def test_a_matrix_that_is_too_large(
    made: dict[str, Fitted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_files, "LARGEST", 4 * 39**2)
    refused(made["ease"], "onnx", tmp_path, UnsupportedError, "40 × 40 items")


def test_a_folder_that_holds_something(made: dict[str, Fitted], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(ArtifactError, match="isn't empty"):
        made["dot"].export("numpy", tmp_path / "out")
    assert (tmp_path / "out" / "mine").read_text() == "x"


def test_scores_that_are_others_are_refused(made: dict[str, Fitted]) -> None:
    scorer = made["dot"].scorer
    with pytest.raises(UnsupportedError, match="off by"):
        check(scorer, lambda users: scorer.block(users).numpy() + 1e-3, "arrays")
    assert check(scorer, lambda users: scorer.block(users).numpy(), "arrays") == 0


class Odd(nn.Module):
    """A head whose score no node here gives."""

    def forward(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        return torch.cumsum(user * item, -1)[..., -1]


class Branching(nn.Module):
    def forward(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        return (user * item).sum(-1) if user.sum() > 0 else (user + item).sum(-1)


@pytest.mark.parametrize(("head", "why"), [(Odd, "it calls cumsum"), (Branching, "can't be recorded")])
def test_heads_that_have_no_graph(head: type[nn.Module], why: str, tmp_path: Path) -> None:
    graph = OnnxGraph("x", Weights(tmp_path), {})
    with pytest.raises(UnsupportedError, match=why):
        traced(head(), graph, "user", torch.zeros(1, 3, 2))


HOSTILE = (
    '"\n```\nimport os\n```',
    "'); raise SystemExit(9) #",
    "{user} {{x}} %s",
    "\u202eabc\x1b[31m",
    "=1+1",
)


@pytest.mark.parametrize("id", HOSTILE, ids=ascii)
def test_hostile_ids_stay_data(id: str, tmp_path: Path) -> None:
    """They stand in the page's code, which still runs."""
    given: Any = content()
    users = [f"{id}{n}" for n in range(len(given.dataset.user))]
    items = given.dataset.item.table.with_columns(title=pl.lit(id))
    data = replace(
        given.dataset,
        user=replace(given.dataset.user, table=pl.DataFrame({"id": users})),
        item=replace(given.dataset.item, table=items),
    )
    folder = write(replace(given, dataset=data, name=id), tmp_path / "a")
    found = load(folder).export("numpy", tmp_path / "out").folder
    page = (found / "README.md").read_text()
    assert "\x1b" not in page and "\u202e" not in page
    (snippet,) = (token.content for token in MarkdownIt("commonmark").parse(page) if token.type == "fence")
    done = subprocess.run([sys.executable, "-c", snippet], cwd=found, capture_output=True, check=True)
    assert done.stdout


def test_the_command(made: dict[str, Fitted], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(made["dot"].folder)
    assert call(["export", place, "--to", "numpy", "--out", str(tmp_path / "a"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["form"] == "vectors" and set(document["file"]) == {
        "README.md", "ids.json", "item.npy", "seen_indptr.npy", "seen_items.npy", "user.npy",
    }  # fmt: skip
    assert call(["export", place, "--to", "numpy", "--out", str(tmp_path / "a")]) == 2
    assert "isn't empty" in capsys.readouterr().err
    assert call(["export", place, "--to", "onnx", "--out", str(tmp_path / "b")]) == 0
    assert "off by" in capsys.readouterr().out
    assert call(["export", place, "--to", "pickle"]) == 2


def test_where_it_goes_by_default(
    made: dict[str, Fitted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert made["dot"].export("numpy").folder == tmp_path / "dot-numpy"
    assert np.load(tmp_path / "dot-numpy" / "user.npy").shape == (60, 9), "the prior is a ninth column"
