"""The kernel suite: what it says adds up. Its figures are for people, not for tests."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from recbox.bench import bench_kernel
from recbox.bench.graphs import bench_graph
from recbox.bench.timing import Timed, take_turns
from recbox.context import Context
from recbox.kernel.dgl_door import missing


@pytest.fixture(scope="module")
def report() -> dict:
    return bench_kernel(Context(threads=1), nodes=600, edges=8000, dim=16, repeat=3)


def test_it_is_one_json_document(report: dict) -> None:
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["suite"] == "kernel" and report["triad_gb_s"] > 0
    assert report["graph"] == {"source": "random", "nodes": 600, "edges": 8000, "dim": 16}
    assert report["machine"]["threads"] == 1 and report["machine"]["torch"] in torch.__version__


def test_every_group_has_its_reference_at_ratio_1(report: dict) -> None:
    for row in report["row"]:
        names = {other["name"]: other for other in report["row"] if other["what"] == row["what"]}
        assert names[row["against"]]["ratio"] == 1.0
        assert row["ms"] > 0 and row["ratio"] > 0


def test_bandwidth_is_traffic_over_time(report: dict) -> None:
    row = next(r for r in report["row"] if r["name"] == "torch fp32")
    traffic = 8 * (8000 + 601) + 2 * 4 * 600 * 16
    assert row["gb_s"] == pytest.approx(traffic / row["ms"] / 1e6, rel=0.05, abs=0.01)


def test_all_kernels_and_references_are_there(report: dict) -> None:
    names = {row["name"] for row in report["row"] if row["what"] == "sum of neighbours"}
    assert {"torch fp32", "torch bf16", "torch-coo fp32", "scipy fp32 (one thread)"} <= names
    assert missing() or {"dgl fp32", "dgl bf16"} <= names
    assert len({row["what"] for row in report["row"]}) == 7


def test_threads_are_put_back(report: dict) -> None:
    before = torch.get_num_threads()
    bench_kernel(Context(threads=before + 1), nodes=30, edges=60, dim=2, repeat=1)
    assert torch.get_num_threads() == before


def test_calls_take_turns() -> None:
    heard: list[str] = []
    take_turns({"a": lambda: heard.append("a"), "b": lambda: heard.append("b")}, 2)
    assert heard == ["a", "b"] * 3
    assert Timed((2.0, 9.0, 4.0)).ratio(Timed((1.0, 3.0, 4.0))) == 2.0 and Timed((2.0, 9.0, 4.0)).ms == 4.0


def test_the_random_graph_is_skewed_and_repeats() -> None:
    name, layout, csr = bench_graph(Context(), 3000, 40_000)
    assert name == "random" and csr.edges == 40_000 and layout.total == 3000
    degree = np.sort(np.diff(csr.indptr))[::-1]
    assert degree[:300].sum() > 0.3 * csr.edges
    assert np.array_equal(bench_graph(Context(), 3000, 40_000)[2].indices, csr.indices)


def test_gowalla_is_used_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "gowalla").mkdir()
    (tmp_path / "gowalla" / "train.txt").write_text("0 1 2\n1 0\n\n2 2\n3\n")
    name, layout, csr = bench_graph(Context(data_dir=(tmp_path,)), None, None)
    assert name == "gowalla" and csr.edges == 8 and layout.counts == (("user", 3), ("item", 3))
