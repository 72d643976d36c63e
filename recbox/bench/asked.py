"""What is measured on and how: Gowalla where its files are at hand, else a random graph of that size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from recbox.api.reading import Job, job_of, read_tables
from recbox.api.setting import Setting, on_device, settle
from recbox.bench.graphs import EDGES, NODES, random_tables
from recbox.context import Context
from recbox.data import Dataset
from recbox.errors import MissingDataError
from recbox.kernel.dgl_door import reaches
from recbox.progress import SILENT, Progress

RECIPE: dict[str, Any] = {
    "recbox": 1,
    "name": "bench",
    "data": {
        "source": {"use": "lightgcn", "folder": "gowalla"},
        "split": {"by": "given", "valid": 0.05},
    },
    "layer": [{"use": "lightgcn", "repeat": 3}],
    "objective": [{"use": "bpr"}, {"use": "l2", "weight": 1e-4}],
    "train": {"batch": 2048, "precision": "fp32", "optimizer": {"by": "adam", "lr": 0.001}},
    "evaluate": {"k": [20], "metric": ["recall", "ndcg"], "baseline": []},
}
"""LightGCN as its paper trains it on Gowalla."""


@dataclass(frozen=True)
class Asked:
    """nodes, edges: of a random graph, which is taken in place of Gowalla where one of them is given; every
    interaction is two edges. kernel: what is measured of one kernel alone; suites that compare take all. dim:
    columns of vectors. repeat: rounds. propagation, fanout: as in `train`, the latter a number or one a hop.
    sizes: interactions, for the suite `scale`. recipes: files or names, for the suite `quality`. peers:
    `NAME=PYTHON`, steps: timed in each process, judge: whether vectors are, for the suite `peers`."""

    data_dir: Sequence[str | Path] = ()
    threads: int | None = None
    device: str = "auto"
    kernel: str = "auto"
    nodes: int | None = None
    edges: int | None = None
    dim: int = 64
    repeat: int = 11
    propagation: str = "full"
    fanout: Sequence[int] = ()
    sizes: Sequence[int] = (100_000, 300_000, 1_000_000)
    recipes: Sequence[str] = ("gowalla_spectral",)
    peers: Sequence[str] = ()
    steps: int = 20
    judge: bool = False
    progress: Progress = field(default=SILENT, compare=False)

    @property
    def way(self) -> dict[str, Any]:
        """Of `train` in a recipe: how messages pass."""
        if not self.fanout:
            return {"propagation": self.propagation}
        fanout = list(self.fanout) if len(self.fanout) > 1 else self.fanout[0]
        return {"propagation": self.propagation, "fanout": fanout}

    @cached_property
    def setting(self) -> Setting:
        """The recipe, read and checked; nothing is fetched for a measurement."""
        return settle(
            {**RECIPE, "dim": self.dim, "train": {**RECIPE["train"], **self.way}},
            data_dir=self.data_dir,
            threads=self.threads,
            kernel=self.kernel,
            offline=True,
            progress=self.progress,
        )

    @cached_property
    def context(self) -> Context:
        """Threads, device and memory settled as `recbox run` settles them."""
        return on_device(self.setting, self.device)

    @cached_property
    def job(self) -> Job:
        """The data with its split: train, validation (a twentieth of what is trained on) and test."""
        tables = None
        if self.nodes is None and self.edges is None:
            try:
                tables = replace(read_tables(self.setting, self.context), name="gowalla")
            except MissingDataError:
                self.progress.notice("Gowalla is not here: a random graph of its size takes its place")
        if tables is None:
            nodes, edges = self.nodes or NODES, self.edges or EDGES
            tables = random_tables(self.context.random("bench"), nodes, edges)
        return job_of(self.setting, self.context, tables, [])

    @cached_property
    def train(self) -> Dataset:
        """Train and validation together, which is Gowalla's published training part."""
        split = self.job.split
        return self.job.dataset.take(np.sort(np.concatenate([split.train, split.valid])))

    def plain(self) -> dict[str, Any]:
        """What was asked for, as JSON for another process."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "progress"}
        return said | {"data_dir": [str(Path(folder).absolute()) for folder in self.data_dir]}

    @property
    def kernels(self) -> tuple[str, ...]:
        """Those that work on the device."""
        return ("dgl", "torch") if reaches(self.context.device.split(":")[0]) else ("torch",)

    @property
    def about(self) -> dict[str, Any]:
        """The size of what is trained on, for a document."""
        users, items = len(self.train.user), len(self.train.item)
        found = {"nodes": users + items, "edges": 2 * len(self.train.interaction), "dim": self.dim}
        return {"graph": self.job.dataset.name, **found}
