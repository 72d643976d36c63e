"""What a step of a text model that learns reads, and how much it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import text_made
import torch
from recbox_text import Bert
from recbox_text._reading import Reading

from recbox.plugin import Context
from recbox.progress import Silent, Task

TITLES = ["film", "drama of a user", "film", "comedy", "kind of 7"]


def made(model: Path, **options: Any) -> Any:
    asked = Bert.parse({"model": str(model), "text": "{title}", **options})
    return asked.build(text_made.given({"title": TITLES}))


def test_only_the_texts_of_the_step_are_run_and_a_batch_at_a_time(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once forward and once on the way back; two nodes with one text are one."""
    module = made(models["bert"], train="last", batch=2).train()
    sizes: list[int] = []
    forward = Reading.forward

    def counting(self: Reading, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        sizes.append(len(ids))
        return forward(self, ids, mask)

    monkeypatch.setattr(Reading, "forward", counting)
    module.attend(torch.tensor([0, 1, 2, 3, 3]))
    every = torch.arange(5)
    total = module(every).sum() + module(every.flip(0)).square().sum()
    assert sizes == [2, 1], "a second pass of the step asks the model nothing"
    total.backward()
    assert sorted(sizes[2:]) == [1, 2]


def test_a_step_has_at_most_as_many_texts_as_it_may(models: dict[str, Path]) -> None:
    module = made(models["bert"], train="last", per_step=2).train()
    with Context().draws("one"):
        module.attend(torch.arange(5))
        one = module.told.tolist()
    with Context().draws("one"):
        module.attend(torch.arange(5))
    assert module.told.tolist() == one
    assert len(one) == 2


def test_memory_is_that_of_one_batch(models: dict[str, Path]) -> None:
    """What autograd keeps of a pass over 64 texts, two at a time, is hardly more than of one batch."""
    titles = [f"a text of some length about film {i}" for i in range(64)]
    asked = Bert.parse({"model": str(models["bert"]), "text": "{title}", "train": "full", "batch": 2})
    module = asked.build(text_made.given({"title": titles})).train()
    kept: dict[int, int] = {}

    def keep(x: torch.Tensor) -> torch.Tensor:
        kept[x.data_ptr()] = x.untyped_storage().nbytes()
        return x

    module.attend(torch.arange(64))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        module(torch.arange(64)).sum()
    inner = 64 * 40 * text_made.WIDTH * 4 * 10
    """At least ten inner states of that size would be kept of a plain pass."""
    assert sum(kept.values()) < inner / 10


class Told(Silent):
    """What was shown: title, total, and how far it came."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, float | None, float]] = []

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return Counted(title, total)

    def close(self, task: Task) -> None:
        assert isinstance(task, Counted)
        self.shown.append((task.title, task.total, task.done))


class Counted(Task):
    def __init__(self, title: str, total: float | None) -> None:
        self.title, self.total, self.done = title, total, 0.0

    def advance(self, steps: float = 1, **facts: object) -> None:
        self.done += steps


def test_reading_all_texts_again_shows_how_far_it_is(models: dict[str, Path]) -> None:
    """Once after a step, and not again while nothing has moved."""
    told = Told()
    asked = Bert.parse({"model": str(models["bert"]), "text": "{title}", "train": "last", "batch": 3})
    context = Context(threads=1, offline=True, progress=told)
    module = asked.build(text_made.given({"title": TITLES}, context=context))
    told.shown.clear()
    module.train().attend(torch.tensor([0]))
    for _ in range(2):
        module.attend(None)
    assert told.shown == [("reading item texts again", 4, 4)], "two nodes have one text"
