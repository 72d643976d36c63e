"""What the plugins in new packages compute, by cases worked by hand."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
import torch

from recbox.context import Context
from recbox.data import assemble
from recbox.errors import DataError, RecboxError
from recbox.graph import Layout, symmetric
from recbox.kernel import Graph
from recbox.plugin import Batch, Embedding, Spec, Step, Tables
from recbox.plugin import Run as RunTold
from recbox.recipe.blocks import Clean
from recbox.registry import Registry
from recbox.scaffold import Package


@pytest.fixture
def loaded(packages: dict[str, Package]) -> Any:
    """The class of a kind's new package."""

    def load(kind: str) -> Any:
        file = packages[kind].folder / f"recbox_own_{kind}" / f"own_{kind}.py"
        return Registry([file]).load(kind, f"own-{kind}")

    return load


def spec(**change: Any) -> Spec:
    empty = Spec("", 0, 2, 2, None, None, Context(), "own")
    return replace(empty, **change)


def test_layer_mixes_the_own_vector_with_the_neighbours(loaded: Any) -> None:
    """Two users of one item, and one of none: the item hears (x0 + x1) / √2, they hear x3 / √2."""
    edges = symmetric(np.array([0, 1]), np.array([3, 3]), 4)
    graph = Graph.build(Layout((("user", 3), ("item", 1))), {"interaction": edges}, kernel="torch")
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [4.0, 4.0], [2.0, 6.0]])
    out = loaded("layer")(start=0.25).build(spec(count=4))(graph, x)
    root = math.sqrt(2)
    heard = torch.tensor([[2.0, 6.0], [2.0, 6.0], [0.0, 0.0], [1.0, 1.0]]) / root
    torch.testing.assert_close(out, 0.25 * x + 0.75 * heard)


def test_objective_takes_the_hardest_of_the_sampled(loaded: Any) -> None:
    """Scores 2 for the known item, 1 and -3 for the sampled: log(1 + e^(0.5 - 2 + 1))."""
    final = torch.tensor([[1.0], [2.0], [1.0], [-3.0]])
    batch = Batch(torch.tensor([0]), torch.tensor([0]), torch.ones(1), torch.tensor([[1, 2]]))
    step = Step(
        batch=batch,
        graph=cast(Graph, None),
        offset=1,
        popularity=torch.ones(3),
        proposal=torch.ones(3),
        generator=torch.Generator(),
        propagate=lambda view: Embedding(final, (final,)),
        score_vectors=lambda u, i: (u * i).sum(-1),
        block_vectors=lambda u, i: u @ i.T,
        find_known=lambda u, i: torch.zeros(1),
    )
    loss = loaded("objective")().build(spec())(step)
    assert loss.item() == pytest.approx(math.log1p(math.exp(-0.5)))


def test_encoder_shares_its_rows(loaded: Any) -> None:
    module = loaded("encoder")(rows=1, hashes=3).build(spec(node="item", count=5, dim=4))
    out = module(torch.tensor([4, 0]))
    torch.testing.assert_close(out, 3 * module.table.expand(2, 4))
    assert sum(p.numel() for p in module.parameters()) == 4


def test_head_weighs_columns(loaded: Any) -> None:
    module = loaded("head")(start=0.5).build(spec())
    user, item = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0], [1.0, 0.0]])
    assert module.block(user, item).tolist() == [[5.5, 0.5]]
    with torch.no_grad():
        module.weight.copy_(torch.tensor([1.0, -1.0]))
    assert module(user, item).tolist() == [-5.0, 1.0]


def dataset(pairs: list[tuple[str, str]]) -> Any:
    frame = pl.DataFrame(pairs, schema=["user", "item"], orient="row")
    return assemble(Tables(name="t", interaction=frame, rows=len(pairs)), Clean())


def test_model_walks_three_steps(loaded: Any) -> None:
    """ann has a, b; bob has b, c. From ann: a → ann → b, b → ann → a, b → bob → c, each by 1/d, over √d."""
    train = dataset([("ann", "a"), ("ann", "b"), ("bob", "b"), ("bob", "c")])
    scorer = loaded("model")(beta=0.5).fit(spec(train=train))
    # d: a 1, b 2, c 1; each person 2.
    a, b, c = (1 / 2) * (1 / 2), 1 * (1 / 2) / math.sqrt(2), (1 / 2) * (1 / 2)
    torch.testing.assert_close(scorer.block(np.array([0])), torch.tensor([[a, b, c]], dtype=torch.float32))
    again = loaded("model")().load(*scorer.state())
    assert torch.equal(again.block(np.array([1, 0])), scorer.block(np.array([1, 0])))


def test_tracker_adds_a_line_for_each_thing(loaded: Any, tmp_path: Path) -> None:
    file = tmp_path / "sub" / "runs.csv"
    tracker = loaded("tracker")(where=str(file))
    for number in range(2):
        tried = {"train.optimizer.lr": 0.1, "layer.0": {"use": "gat"}}
        track = tracker.begin(RunTold("one", {}, 7, {"source": "made"}, "group", tried))
        track.epoch({"epoch": 0, "loss": 0.5, "valid": {"ndcg@10": 0.25}})
        track.epoch({"epoch": 1, "loss": math.nan})
        track.end("pruned" if number else "done", {"test": {"ndcg@10": 0.3}}, tmp_path / "a")
    head, *lines = list(csv.reader(file.open(newline="")))
    assert head == ["group", "run", "id", "step", "name", "value"]
    first = [line for line in lines if line[2] == lines[0][2]]
    assert len(lines) == 2 * len(first) and {(line[0], line[1]) for line in lines} == {("group", "one")}
    assert [line[3:] for line in first] == [
        ["", "seed", "7"],
        ["", "data", "made"],
        ["", "tried train.optimizer.lr", "0.1"],
        ["", "tried layer.0", "{'use': 'gat'}"],
        ["0", "loss", "0.5"],
        ["0", "valid ndcg@10", "0.25"],
        ["1", "loss", "nan"],
        ["", "status", "done"],
        ["", "artifact", str(tmp_path / "a")],
        ["", "test ndcg@10", "0.3"],
    ]


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("Forest, Harbour; Harbour; Castle; FOREST; harbour", "Harbour, Forest"),
        ("Sea; sea 1999 a_b: an Été, été", "Sea, Été"),
        ("an ox", ""),
        ("", ""),
    ],
)
def test_writer_tells_the_words_that_come_most_often(loaded: Any, prompt: str, text: str) -> None:
    """Harbour three times, Forest twice, Castle once; numbers, and words of two letters, are none."""
    writer = loaded("writer")(words=2)
    assert list(writer.write(["tea", prompt], Context())) == [(0, "tea"), (1, text)]


def test_metric_of_nobody_is_empty(loaded: Any) -> None:
    value = loaded("metric")().per_user(np.zeros((0, 5), bool), np.zeros(0, int))
    assert value.dtype == np.float64
    assert value.shape == (0,)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"ann", "1 words, not 2 or 3"),
        (b"ann tea 2 now", "4 words, not 2 or 3"),
        (b"ann tea much", "could not convert"),
        (b"ann tea 0", "no number above 0"),
        (b"ann tea nan", "no number above 0"),
        (b"ann tea inf", "no number above 0"),
        (b"\xff tea", "utf-8"),
    ],
)
def test_source_says_which_line_is_bad_and_why(loaded: Any, tmp_path: Path, line: bytes, reason: str) -> None:
    (tmp_path / "x.txt").write_bytes(b"\xef\xbb\xbf% note\r\n\r\nann tea 2.5\r\n" + line + b"\nbob milk")
    tables = loaded("source")(file="x.txt", comment="%").read(Context(folder=tmp_path))
    assert tables.interaction.select("user", "item", "weight", "line").rows() == [
        ("ann", "tea", 2.5, 3),
        ("bob", "milk", 1.0, 5),
    ]
    (bad,) = tables.bad
    assert (Path(bad.file).name, bad.line) == ("x.txt", 4)
    assert reason in bad.reason
    assert (tables.bad_count, tables.rows) == (1, 3)


def test_source_without_its_file_says_where_it_should_be(loaded: Any, tmp_path: Path) -> None:
    source, context = loaded("source")(file="x.txt"), Context(folder=tmp_path)
    assert source.absent(context) == ("x.txt",)
    with pytest.raises(DataError) as caught:
        source.read(context)
    assert str(tmp_path / "x.txt") in caught.value.instead


def test_source_of_an_empty_file_is_empty(loaded: Any, tmp_path: Path) -> None:
    (tmp_path / "x.txt").touch()
    tables = loaded("source")(file="x.txt").read(Context(folder=tmp_path))
    assert tables.interaction.height == tables.rows == 0
    with pytest.raises(RecboxError):
        assemble(tables, Clean())
