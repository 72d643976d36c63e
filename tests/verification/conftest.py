"""Real artifacts of tiny recipes, made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from verification_recipes import graph, recipe

import recbox


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `events.csv` (two tastes, some noise) and `runs/`: knn, graph."""
    folder = tmp_path_factory.mktemp("made")
    draw = np.random.default_rng(1)
    alike = (np.arange(80)[:, None] % 2) == (np.arange(60)[None, :] % 2)
    pairs = draw.permutation(np.argwhere(draw.random((80, 60)) < np.where(alike, 0.5, 0.08)))
    lines = [f"u{u:02},i{i:02},{t}" for t, (u, i) in enumerate(pairs.tolist())]
    (folder / "events.csv").write_text("\n".join(["user,item,time", *lines, ""]))
    for name, plain in (("knn", recipe(folder)), ("graph", graph(folder))):
        recbox.run(plain, threads=1, out=folder / "runs" / name)
    return folder
