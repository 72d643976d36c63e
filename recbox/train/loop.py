"""The loop: epochs of steps, validation, early stopping, checkpoints, Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn

from recbox.context import Context
from recbox.data import Dataset
from recbox.errors import RecboxError
from recbox.kernel import Graph
from recbox.plugin import Batch, Scorer, Spec, Step
from recbox.progress import Task
from recbox.recipe.blocks import Training
from recbox.recipe.recipe import Recipe
from recbox.recommender import GraphScorer, Recommender
from recbox.train.batches import Batches
from recbox.train.checkpoint import CheckpointFile
from recbox.train.known import Known
from recbox.train.negative import hardest
from recbox.train.optimizing import make_optimizer, rate
from recbox.train.state import State, copied, load_recommender, optimizer_tensors, restore_optimizer

SAVE_EVERY = 5.0
"""Seconds between checkpoints: the end of the first epoch, and then the first end after so long."""

Validate = Callable[[Scorer], dict[str, float]]


@dataclass(frozen=True)
class Fit:
    """What training gives: the recommender holds the best epoch's weights.

    history: a row an epoch: stage, epoch, loss, term, lr, seconds, and valid where it was validated.
    """

    history: list[dict[str, Any]]
    epochs: int
    """Epochs up to the best one in the last stage."""
    status: Literal["done", "interrupted"]


def fit(
    recipe: Recipe,
    recommender: Recommender,
    graph: Graph,
    train: Dataset,
    context: Context,
    validate: Validate | None,
    checkpoint: CheckpointFile | None = None,
    state: State | None = None,
    stop: int | None = None,
) -> Fit:
    """Train by the recipe's stages. validate: None trains all epochs and keeps the last.

    stop: end the last stage after so many epochs, its schedule unchanged. state: where an earlier run stood. Ctrl-C ends training with the best epoch so far, status `interrupted`;
    before the first validated epoch it goes on as KeyboardInterrupt.
    """
    trainer = Trainer(recipe, recommender, graph, train, context, validate, checkpoint, state or State())
    trainer.stop = stop
    try:
        trainer.run()
        status: Literal["done", "interrupted"] = "done"
    except KeyboardInterrupt:
        if not trainer.state.kept:
            raise
        status = "interrupted"
    trainer.keep_best()
    return Fit(trainer.state.history, trainer.state.best_epoch + 1, status)


class Trainer:
    """One recommender in training."""

    def __init__(
        self,
        recipe: Recipe,
        recommender: Recommender,
        graph: Graph,
        train: Dataset,
        context: Context,
        validate: Validate | None,
        checkpoint: CheckpointFile | None,
        state: State,
    ) -> None:
        self.recipe, self.recommender, self.graph, self.train = recipe, recommender, graph, train
        self.context, self.validate, self.checkpoint, self.state = context, validate, checkpoint, state
        self.known = Known.of(train)
        self.known_here = self.known.to(context.device)
        self.retrievable = bool(recipe.head and recipe.head.options.retrievable)
        self.saved = 0.0
        self.stop: int | None = None

    def run(self) -> None:
        """All stages that are left; each begins with the best weights of the one before."""
        self._stage()
        while self.state.stage + 1 < len(self.recipe.stage):
            done = self.state
            self.state = State(done.stage + 1, history=done.history, kept=done.kept, model=done.kept)
            self._stage()

    def _stage(self) -> None:
        training = self._open()
        last = self._last_epoch(training)
        with self.context.progress.task(self._title(), (last - self.state.epoch) * len(self.batches), "step") as task:
            while self.state.epoch < last and not self._patience_is_over(training):
                self._epoch(training, task)
                self._save()
        if self.validate is None:
            self.state.kept, self.state.best_epoch = copied(self.module), self.state.epoch - 1
        self._save(now=True)

    def keep_best(self) -> None:
        """Put the best epoch's weights into the recommender."""
        load_recommender(self.recommender, self.state.kept)
        self.recommender.eval()

    def _title(self) -> str:
        several = len(self.recipe.stage) > 1
        return f"train {self.state.stage + 1}/{len(self.recipe.stage)}" if several else "train"

    def _open(self) -> Training:
        stage = self.recipe.stage[self.state.stage]
        training = stage.training
        wanted = any(p.options.negatives in ("one", "many") for p in stage.objective)
        self.batches = Batches(self.train, self.known, training, self.state.stage, wanted)
        self.popularity = (self.batches.popularity / self.batches.popularity.sum()).to(self.context.device)
        self.proposal = self.batches.sampler.proposal(self.batches.popularity).to(self.context.device)
        if self.batches.undrawable:
            left = f"{self.batches.undrawable} interactions are left out of training: their users know every item"
            self.context.progress.notice(left, "warning")
        self.terms = nn.ModuleList(p.options.build(self._spec(i)) for i, p in enumerate(stage.objective))
        self.module = nn.ModuleDict({"recommender": self.recommender, "term": self.terms}).to(self.context.device)
        self.optimizer = make_optimizer(training.optimizer, self.module.parameters())
        if self.state.optimizer:
            self.module.load_state_dict(self.state.model)
            restore_optimizer(self.optimizer, self.state.optimizer)
        elif self.state.model:
            load_recommender(self.recommender, self.state.model)
        return training

    def _spec(self, i: int) -> Spec:
        width = self.recipe.dim
        slot = f"objective.{self.state.stage}.{i}"
        return Spec("", self.graph.nodes, width, width, self.train, self.graph, self.context, slot)

    def _last_epoch(self, training: Training) -> int:
        final = self.state.stage + 1 == len(self.recipe.stage)
        return self.stop if final and self.stop is not None else training.epochs

    def _patience_is_over(self, training: Training) -> bool:
        return training.patience is not None and self.state.waited >= training.patience

    def _epoch(self, training: Training, task: Task) -> None:
        state, start = self.state, time.perf_counter()
        lr = rate(training, state.epoch, state.drops)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.module.train()
        for term in self.terms:
            if hasattr(term, "epoch"):
                term.epoch(state.epoch)
        sums = torch.zeros(len(self.terms) + 1, dtype=torch.float64)
        for step, batch in enumerate(self.batches.epoch(state.epoch, self.context)):
            losses = self._step(batch, step, training)
            sums += losses * len(batch.user)
            task.advance(loss=float(losses[0]))
        means = (sums / max(1, len(self.batches.rows))).tolist()
        names = [p.label for p in self.recipe.stage[state.stage].objective]
        row = {"stage": state.stage, "epoch": state.epoch, "loss": means[0], "lr": lr}
        row["term"] = dict(zip(_unique(names), means[1:]))
        self._judge(training, row, task)
        state.history.append(row | {"seconds": round(time.perf_counter() - start, 4)})
        state.epoch += 1

    def _step(self, batch: Batch, number: int, training: Training) -> torch.Tensor:
        key = (self.state.stage, self.state.epoch, number)
        with self.context.draws("module", *key):
            step = self._make_step(batch, key, training.edge_dropout)
            if training.negative.by == "hard" and batch.negative is not None:
                step.batch = self._harder(step, training.negative.count)
            objective = self.recipe.stage[self.state.stage].objective
            terms = torch.stack([term(step) for term in self.terms])
            loss = (terms * terms.new_tensor([p.weight for p in objective])).sum()
            if not torch.isfinite(loss):
                raise self._diverged(number)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
        if training.clip is not None:
            nn.utils.clip_grad_norm_(self.module.parameters(), training.clip)
        self.optimizer.step()
        return torch.cat([loss.detach()[None], terms.detach()]).double().cpu()

    def _make_step(self, batch: Batch, key: tuple[int, ...], dropout: float) -> Step:
        graph = self.graph
        if dropout:
            graph = graph.view(graph.edge_dropout(dropout, self.context.generator("edge", *key)))
        return Step(
            batch=batch,
            graph=self.graph,
            offset=self.graph.layout.offset("item"),
            popularity=self.popularity,
            proposal=self.proposal,
            generator=self.context.generator("objective", *key),
            propagate=lambda view: self.recommender(graph if view is None else self.graph, view),
            score_vectors=self.recommender.head,
            block_vectors=self.recommender.head.block,
            find_known=self.known_here.mask,
        )

    @torch.no_grad()
    def _harder(self, step: Step, count: int) -> Batch:
        batch = step.batch
        scores = step.score(batch.user[:, None], batch.negative)
        return Batch(batch.user, batch.item, batch.weight, hardest(scores, batch.negative, count))

    def _judge(self, training: Training, row: dict[str, Any], task: Task) -> None:
        state, last = self.state, self.state.epoch + 1 == training.epochs
        if self.validate is None or not (last or (state.epoch + 1) % training.every == 0):
            return
        row["valid"] = self.validate(GraphScorer.of(self.recommender, self.graph, self.retrievable))
        value = row["valid"][self.recipe.evaluate.select]
        task.advance(0, **{self.recipe.evaluate.select: value})
        if state.best is None or value > state.best:
            state.best, state.best_epoch, state.waited, state.stale = value, state.epoch, 0, 0
            state.kept = copied(self.module)
            return
        state.waited += 1
        state.stale += 1
        if training.schedule.by == "plateau" and state.stale >= training.schedule.every:
            state.drops, state.stale = state.drops + 1, 0

    def _save(self, now: bool = False) -> None:
        if self.checkpoint is None or not (now or time.monotonic() - self.saved >= SAVE_EVERY):
            return
        self.state.model = copied(self.module)
        self.state.optimizer = optimizer_tensors(self.optimizer)
        self.checkpoint.save(self.state)
        self.saved = time.monotonic()

    def _diverged(self, number: int) -> RecboxError:
        return RecboxError(
            "the loss is not a finite number any more",
            where=f"train, epoch {self.state.epoch + 1}, step {number + 1}",
            why="training has diverged",
            instead="a lower train.optimizer.lr, train.clip: 1.0, or precision: fp32",
        )


def _unique(names: list[str]) -> list[str]:
    """A second `bpr` is `bpr-2`, so that each term has a line of its own in the history."""
    return [n if names[:i].count(n) == 0 else f"{n}-{names[:i].count(n) + 1}" for i, n in enumerate(names)]
