"""The loss of graph parts: the terms of a stage's objective, as they see a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial, reduce

import torch
from torch import nn

from recbox.context import Context
from recbox.data import Dataset
from recbox.errors import RecboxError, UnsupportedError
from recbox.kernel import Graph, View
from recbox.plugin import Batch, Embedding, Spec, Step
from recbox.recipe.fault import fault
from recbox.recipe.recipe import Part, Recipe
from recbox.recommender import (
    Recommender,
    ask_for_rows,
    check_module,
    check_term,
    foreign,
    watching,
)
from recbox.train.batches import Batches
from recbox.train.known import Known
from recbox.train.negative import hardest


class GraphLoss:
    """`module` holds the recommender and the terms, so that both are trained."""

    def __init__(
        self,
        recipe: Recipe,
        stage: int,
        recommender: Recommender,
        graph: Graph,
        train: Dataset,
        context: Context,
    ) -> None:
        self.recipe, self.number, self.recommender = recipe, stage, recommender
        self.graph, self.context = graph, context
        self.objective, self.training = recipe.stage[stage].objective, recipe.stage[stage].training
        ask_for_rows(list(recommender.encoder.values()), self.training.propagation == "sampled")
        known = Known.of(train)
        wanted = any(p.options.negatives in ("one", "many") for p in self.objective)
        by_features = any(part.options.inductive for part in recipe.encoder["item"].part)
        warm = self.training.sets_warm(by_features)
        self.batches = Batches(train, known, self.training, stage, wanted, warm)
        cold = self.batches.cold
        self.cold = None if cold is None else cold.to(context.device)
        self.known = known.to(context.device)
        self.popularity = self.batches.positive.to(context.device)
        self.proposal = self.batches.sampler.proposal(self.batches.positive).to(context.device)
        slots = [f"objective.{stage}.{i}" for i in range(len(self.objective))]
        place = Spec("", graph.nodes, recipe.dim, recipe.dim, train, graph, context)
        place = replace(place, encoder={n: tuple(e.part) for n, e in recommender.encoder.items()})
        specs = [replace(place, slot=slot) for slot in slots]
        built = (check_module(part, part.options.build(spec)) for part, spec in zip(self.objective, specs))
        self.each = nn.ModuleList(built)
        self.module = nn.ModuleDict({"recommender": recommender, "term": self.each}).to(context.device)
        self.labels = [p.label for p in self.objective]
        self.weights = [p.weight for p in self.objective]
        self.strangers = foreign(recipe, recommender)
        self.strangers += [(p, m) for p, m in zip(self.objective, self.each) if p.foreign]
        self.suspects = [part.origin for part, _ in self.strangers if part.origin is not None]
        self.picks = graph.device.type == "cpu" and all(part.options.sampled for part in self.objective)
        """Whether the batch's nodes, which are all that terms look at in the main view, are all that is asked
        for. On an accelerator a product takes less time than starting what picks rows."""
        self.fresh = True
        """No step has been done yet: the first is watched."""

    def begin(self, epoch: int) -> None:
        self.recommender.attend(None, None)
        for term in self.each:
            if hasattr(term, "epoch"):
                term.epoch(epoch)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """The first step, if there are parts that recbox didn't bring."""
        if not (self.fresh and self.strangers):
            yield
            return
        with watching(self.strangers, self.recipe, self.recommender, self.graph):
            yield
        self.fresh = False

    def terms(self, batch: Batch, epoch: int, number: int) -> torch.Tensor:
        step = self._step(batch, (self.number, epoch, number))
        return torch.stack([self._term(*pair, step) for pair in zip(self.objective, self.each)])

    def _term(self, part: Part, term: nn.Module, step: Step) -> torch.Tensor:
        value = term(step)
        return check_term(part, value, self.popularity.device) if part.foreign else value

    def faulty(self, bad: Sequence[int]) -> RecboxError | None:
        part = self.objective[bad[0]]
        if not part.foreign:
            return None
        return fault(part, "gives a loss that is not a finite number in the first step")

    def _step(self, batch: Batch, key: tuple[int, ...]) -> Step:
        """What the terms see of a batch; hard negatives are chosen by the model as it is."""
        full = self.training.propagation == "full"
        graph = self.graph.view(self._left_out(key)) if full else self.graph
        step = Step(
            batch=batch,
            graph=self.graph,
            offset=self.graph.layout.offset("item"),
            popularity=self.popularity,
            proposal=self.proposal,
            generator=self.context.generator("objective", *key),
            propagate=partial(self._embed, key, batch, graph),
            score_vectors=self.recommender.head,
            block_vectors=self.recommender.block,
            find_known=self.known.mask,
            cold=self.cold,
            prior=self.recommender.prior,
        )
        if self.training.negative.by == "hard" and batch.negative is not None:
            self.recommender.attend(batch.user[:0], batch.item[:0])  # nothing learns from this look
            step.batch = self._harder(step)
            step.propagate = partial(self._embed, key, step.batch, graph)
        self.recommender.attend(step.batch.user, step.batch.items)
        return step

    def _embed(self, key: tuple[int, ...], batch: Batch, graph: Graph, view: View | None) -> Embedding:
        """Vectors under a view; on a processor the main view has those of the batch's nodes alone, if no term
        needs more.

        graph: the step's own, without what is dropped."""
        if self.training.propagation == "sampled":
            return self._sampled(key, batch, view)
        propagate = self.training.propagation == "full"
        if view is not None:
            return self.recommender(self.graph, view, propagate=propagate)
        nodes = self._nodes(batch) if self.picks else None
        return self.recommender(graph, self._noise(key), propagate=propagate, nodes=nodes)

    def _sampled(self, key: tuple[int, ...], batch: Batch, view: View | None) -> Embedding:
        if view is not None:
            raise UnsupportedError(
                "a term of the loss asks for a view of the graph",
                where="train.propagation: sampled",
                instead="propagation: full",
            )
        fanout = self.training.fanouts(len(self.recommender.layer))
        stream = self.context.generator("neighbour", *key)
        return self.recommender.sampled(self.graph, self._nodes(batch), fanout, stream)

    def _nodes(self, batch: Batch) -> torch.Tensor:
        return torch.unique(torch.cat([batch.user, batch.items + self.graph.layout.offset("item")]))

    def _left_out(self, key: tuple[int, ...]) -> View:
        """The main view of a step: without some edges, and without all those of some items."""
        training, context, graph = self.training, self.context, self.graph
        keep, drop = None, None
        if training.edge_dropout:
            keep = graph.edge_dropout(training.edge_dropout, context.generator("edge", *key)).keep
        if training.item_dropout:
            drop = graph.node_dropout(training.item_dropout, context.generator("item", *key)).drop
            items = graph.layout.range("item")
            drop[: items.start] = False
            drop[items.stop :] = False
        return View(keep, drop)

    def _noise(self, key: tuple[int, ...]) -> View | None:
        """What terms with a method `disturb` add to a step's main view, each from a stream of its own."""
        adding = [
            partial(term.disturb, self.context.generator("noise", i, *key))
            for i, (term, weight) in enumerate(zip(self.each, self.weights))
            if weight and hasattr(term, "disturb")
        ]
        if not adding:
            return None
        return View(noise=lambda hop, x: reduce(lambda y, add: add(hop, y), adding, x))

    @torch.no_grad()
    def _harder(self, step: Step) -> Batch:
        batch = step.batch
        scores = step.score(batch.user[:, None], batch.negative)
        chosen = hardest(scores, batch.negative, self.training.negative.count)
        step.seen.clear()  # what was computed without gradients can't be learned from
        return Batch(batch.user, batch.item, batch.weight, chosen)
