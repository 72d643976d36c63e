"""The kernel suite: what it says adds up. Its figures are for people, not for tests."""

from __future__ import annotations

from typing import Any

import pytest

from recbox.bench import bench
from recbox.kernel.dgl_door import missing


@pytest.fixture(scope="module")
def part() -> dict[str, Any]:
    return bench(["kernel"], threads=1, nodes=600, edges=8000, dim=16, repeat=3)["suite"]["kernel"]


def test_bandwidth_is_traffic_over_time(part: dict[str, Any]) -> None:
    row, about = next(r for r in part["row"] if r["name"] == "torch fp32"), part["about"]
    assert about["edges"] == 8000 and about["dim"] == 16 and about["triad GB/s"] > 0
    traffic = 8 * (8000 + about["nodes"] + 1) + 2 * 4 * about["nodes"] * 16
    assert row["extra"]["GB/s"] == pytest.approx(traffic / row["median"] / 1e6, rel=1e-3)
    share = row["extra"]["GB/s"] / about["triad GB/s"]
    assert row["extra"]["of triad"] == pytest.approx(share, rel=2e-3)


def test_all_kernels_and_references_are_there(part: dict[str, Any]) -> None:
    names = {row["name"] for row in part["row"] if row["what"] == "sum of neighbours"}
    assert {"torch fp32", "torch bf16", "torch-coo fp32", "scipy fp32 (one thread)"} <= names
    assert missing() or {"dgl fp32", "dgl's own bf16"} <= names
    assert len({row["what"] for row in part["row"]}) == 7
