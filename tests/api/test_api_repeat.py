"""The same recipe, seed and number of threads give the same bits, with several threads too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import recbox
from recbox.kernel.dgl_door import missing

RECIPE = {
    "recbox": 1,
    "name": "repeated",
    "dim": 16,
    "data": {"source": {"use": "synthetic", "users": 200, "items": 80, "interactions": 4000}},
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "train": {"epochs": 5, "batch": 1024, "optimizer": {"by": "adam", "lr": 0.02}},
    "evaluate": {"k": [10], "metric": ["ndcg"], "baseline": []},
}


@pytest.mark.parametrize("kernel", ["torch", "dgl"])
@pytest.mark.parametrize("threads", [2, 3])
def test_several_threads_end_with_the_same_bits(tmp_path: Path, kernel: str, threads: int) -> None:
    if kernel == "dgl" and missing():
        pytest.skip(missing())
    found = []
    for n in range(4):
        outcome = recbox.run(RECIPE, threads=threads, kernel=kernel, out=tmp_path / str(n))
        found.append(recbox.load(outcome.folder).artifact.tensors("scorer"))
    for other in found[1:]:
        assert all(np.array_equal(found[0][name], other[name]) for name in found[0])
