"""A method in training, a step at a time: what `recbox run` does between two validations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from recbox.bench.timing import Timed
from recbox.context import Context
from recbox.data import Dataset
from recbox.recipe.recipe import Recipe
from recbox.recommender import build, build_graph
from recbox.train import GraphCourse
from recbox.train.stage import OpenStage
from recbox.train.state import State


class Trainee:
    """Graph parts with parameters of their own. length: steps of an epoch."""

    def __init__(self, recipe: Recipe, train: Dataset, context: Context) -> None:
        graph = build_graph(recipe.edge, train, context)
        self.course = GraphCourse(recipe, build(recipe, train, graph, context), graph, train, context)
        self.stage, self.context = OpenStage(self.course, State()), context
        self.length = len(self.stage.loss.batches)
        self.epoch, self.number = -1, 0
        self.batches: Iterator[Any] = iter(())

    def opens(self) -> None:
        """What is done once an epoch, and its first step."""
        self.epoch, self.number = self.epoch + 1, 0
        self.stage.begin(self.epoch, self.stage.training.optimizer.lr)
        # Not ahead of the steps: what is drawn while others have their turn would be timed as nothing.
        self.batches = self.stage.loss.batches.epoch(self.epoch, self.context)
        self._learn(next(self.batches))

    def step(self) -> None:
        """The next step: its batch is drawn, and learned from. After an epoch's last one the next opens."""
        batch = next(self.batches, None)
        if batch is None:
            self.opens()
        else:
            self._learn(batch)

    def steps(self, count: int) -> None:
        """So many steps."""
        for _ in range(count):
            self.step()

    def epoch_of(self, opening: Timed, some: Timed, steps: int) -> Timed:
        """What a whole epoch takes: its opening, and as many steps as it has more, by what `steps` took."""
        rounds = zip(opening.rounds, some.rounds)
        return Timed(tuple(first + (self.length - 1) * more / steps for first, more in rounds))

    def _learn(self, batch: Any) -> torch.Tensor:
        losses = self.stage.step(batch, self.epoch, self.number)
        self.number += 1
        return losses
