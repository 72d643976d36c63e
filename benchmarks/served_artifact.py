"""Artifacts to measure a server with: a trained one with one more column, or one of random vectors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from recbox.api.load import load
from recbox.artifact import Content, Facts, Used, write
from recbox.artifact.manifest import used
from recbox.context import Context
from recbox.data import Column, Dataset, Interactions, Nodes, Split
from recbox.head.dot import Dot
from recbox.plugin import Spec
from recbox.recommender import GraphScorer

SHARE = Column("share", "numeric")
EACH = 10
"""Interactions of each user of random vectors."""


def with_share(artifact: Path, out: Path) -> list[Any]:
    """The same artifact, with a column; its users."""
    was = load(artifact).artifact
    data, found = was.dataset, was.manifest
    share = pl.Series("share", 100 * np.random.default_rng(0).random(len(data.item)))
    item = Nodes(data.item.table.with_columns(share), (*data.item.columns, SHARE))
    names = {name.removesuffix(".safetensors") for name in found.tensor}
    names -= {"scorer", "interaction", "knowledge"}
    head = found.scorer
    write(
        Content(
            name=was.name, recipe_text=was.recipe, dataset=replace(data, item=item), split=was.split,
            scorer=was.scorer, scorer_head={"kind": head.kind, "use": head.use, "options": head.options},
            metrics=was.metrics, report=was.page("report.html"), history=was.history,
            facts=Facts(plugins=used(found), precision=found.run.precision),
            extra={name: was.tensors(name) for name in names},
        ),
        out,
    )  # fmt: skip
    return data.user.ids.to_list()


def random_artifact(out: Path, users: int, items: int, width: int) -> list[int]:
    """A network without layers, whose vectors are random; its users."""
    draw = np.random.default_rng(0)
    vectors = [torch.from_numpy(draw.standard_normal((n, width), np.float32)) for n in (users, items)]
    module = Dot().build(Spec("", users + items, width, 1, None, None, Context(), "head"))
    share = pl.DataFrame({"id": np.arange(items), "share": 100 * draw.random(items)})
    user, item = np.repeat(np.arange(users), EACH), draw.integers(0, items, users * EACH)
    pairs = np.unique(user * items + item)
    x = Interactions(pairs // items, pairs % items, np.ones(len(pairs), np.float32))
    data = Dataset("random", Nodes(pl.DataFrame({"id": np.arange(users)})), Nodes(share, (SHARE,)), x)
    rows = np.arange(len(pairs))
    metrics = {"format": 1, "status": "done", "test": {}, "valid": {}}
    text = "recbox: 1\nname: random\ndim: 64\ndata: {source: {use: synthetic}}\nhead: {use: dot}\n"
    write(
        Content(
            name="random", recipe_text=text, dataset=data,
            split=Split(rows, rows[:0], rows[:0], fingerprint="0" * 64),
            scorer=GraphScorer(*vectors, module, retrievable=True), metrics=metrics, report="",
            scorer_head={"kind": "graph", "use": "dot", "options": {}},
            facts=Facts(plugins=[Used("head", "dot", "recbox-graph", "0.1.0")]),
        ),
        out,
    )  # fmt: skip
    return list(range(users))
