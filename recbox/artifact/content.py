"""What an artifact is made of: everything that a finished or interrupted run hands over to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np

    from recbox.data import Dataset
    from recbox.plugin import Scorer

Status = Literal["done", "interrupted"]


class Parts(Protocol):
    """A split: int64 row numbers into `Dataset.interaction`, no row in two parts."""

    @property
    def train(self) -> np.ndarray: ...
    @property
    def valid(self) -> np.ndarray: ...
    @property
    def test(self) -> np.ndarray: ...
    @property
    def fingerprint(self) -> str: ...


@dataclass(frozen=True)
class Used:
    """A plugin that the recipe used, and the distribution that brought it."""

    kind: str
    name: str
    distribution: str
    version: str


@dataclass(frozen=True)
class Facts:
    """How the run went: what the manifest says besides the content."""

    seed: int = 0
    device: str = "cpu"
    kernel: str = "torch"
    threads: int = 1
    precision: str = "fp32"
    seconds: float = 0.0
    """Wall time of the run."""
    peak_mib: float = 0.0
    """Peak memory of the process."""
    plugins: Sequence[Used] = ()
    code: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each `--code` file, by file name."""


@dataclass(frozen=True)
class Content:
    """One run's results.

    scorer_head: how the scorer is loaded again: `{"kind": "model" | "graph", "use": NAME, "options": {...}}`;
    for `graph`, NAME is the head.
    extra: more tensors, by file: `{"weights": {...}, "layer0": {"user": ..., "item": ...}}`.
    metrics: the `metrics.json` document. history: one row for each epoch.
    per_user: float64 `[n]` for each metric; users: int64 `[n]`, the inner ids that the values belong to.
    report: the finished HTML page.
    updated: what an artifact that was updated came from, as the manifest has it; None where it was trained.
    """

    name: str
    recipe_text: str
    dataset: Dataset
    split: Parts
    scorer: Scorer
    scorer_head: Mapping[str, Any]
    metrics: Mapping[str, Any]
    report: str
    facts: Facts = Facts()
    history: Sequence[Mapping[str, Any]] = ()
    extra: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    per_user: Mapping[str, np.ndarray] = field(default_factory=dict)
    users: np.ndarray | None = None
    status: Status = "done"
    updated: Mapping[str, Any] | None = None
