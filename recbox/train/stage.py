"""One stage of training, opened: its batches, the terms of its loss, its optimizer, and a step of all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from recbox.context import Context
from recbox.data import Dataset
from recbox.errors import RecboxError
from recbox.kernel import Graph
from recbox.plugin import Batch, Spec, Step
from recbox.recipe.fault import fault
from recbox.recipe.recipe import Part, Recipe
from recbox.recommender import Recommender, check_module, check_term, foreign, watching
from recbox.registry.blame import suspected
from recbox.train.batches import Batches
from recbox.train.known import Known
from recbox.train.negative import hardest
from recbox.train.optimizing import make_optimizer
from recbox.train.state import State, load_recommender, restore_optimizer


class OpenStage:
    """Built anew for each stage; `module` holds the recommender and the terms, so that both are trained."""

    def __init__(
        self,
        recipe: Recipe,
        state: State,
        recommender: Recommender,
        graph: Graph,
        train: Dataset,
        context: Context,
    ) -> None:
        self.number, self.recommender, self.graph, self.context = state.stage, recommender, graph, context
        self.objective = recipe.stage[state.stage].objective
        self.training = recipe.stage[state.stage].training
        known = Known.of(train)
        wanted = any(p.options.negatives in ("one", "many") for p in self.objective)
        self.batches = Batches(train, known, self.training, state.stage, wanted)
        self.known = known.to(context.device)
        self.popularity = self.batches.positive.to(context.device)
        self.proposal = self.batches.sampler.proposal(self.batches.positive).to(context.device)
        slots = [f"objective.{state.stage}.{i}" for i in range(len(self.objective))]
        specs = [Spec("", graph.nodes, recipe.dim, recipe.dim, train, graph, context, slot) for slot in slots]
        built = (check_module(part, part.options.build(spec)) for part, spec in zip(self.objective, specs))
        self.terms = nn.ModuleList(built)
        self.module = nn.ModuleDict({"recommender": recommender, "term": self.terms}).to(context.device)
        self.optimizer = make_optimizer(self.training.optimizer, self.module.parameters())
        self._restore(state)
        self.recipe = recipe
        self.strangers = foreign(recipe, recommender)
        self.strangers += [(p, m) for p, m in zip(self.objective, self.terms) if p.foreign]
        self.fresh = True
        """No step has been done yet: the first is watched."""

    def _restore(self, state: State) -> None:
        if state.epoch > 0:
            self.module.load_state_dict(state.model)
            restore_optimizer(self.optimizer, state.optimizer)
        elif state.model:
            load_recommender(self.recommender, state.model)

    def begin(self, epoch: int, lr: float) -> None:
        """Into training mode, at this learning rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.module.train()
        for term in self.terms:
            if hasattr(term, "epoch"):
                term.epoch(epoch)

    def step(self, batch: Batch, epoch: int, number: int) -> torch.Tensor:
        """One update; float64 `[1 + terms]`: the loss, and each term before its weight."""
        key = (self.number, epoch, number)
        with self.context.draws("module", *key), self._watched():
            step = self._step(batch, key)
            terms = torch.stack([self._term(*pair, step) for pair in zip(self.objective, self.terms)])
            loss = (terms * terms.new_tensor([p.weight for p in self.objective])).sum()
            if not torch.isfinite(loss):
                raise self._diverged(terms, epoch, number)
            self.optimizer.zero_grad(set_to_none=True)
            self._backward(loss)
        if self.training.clip is not None:
            nn.utils.clip_grad_norm_(self.module.parameters(), self.training.clip)
        self.optimizer.step()
        return torch.cat([loss.detach()[None], terms.detach()]).double().cpu()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """The first step, if there are parts that recbox didn't bring."""
        if not (self.fresh and self.strangers):
            yield
            return
        with watching(self.strangers, self.recipe, self.recommender, self.graph):
            yield
        self.fresh = False

    def _term(self, part: Part, term: nn.Module, step: Step) -> torch.Tensor:
        value = term(step)
        return check_term(part, value, self.popularity.device) if part.foreign else value

    def _backward(self, loss: torch.Tensor) -> None:
        try:
            loss.backward()
        except RuntimeError as error:
            origins = [part.origin for part, _ in self.strangers if part.origin is not None]
            if found := suspected(error, origins, "the gradients can't be computed"):
                raise found from error
            raise

    def _diverged(self, terms: torch.Tensor, epoch: int, number: int) -> RecboxError:
        """Which term is to blame; in the very first step it is no matter of the learning rate."""
        bad = [p for p, finite in zip(self.objective, torch.isfinite(terms).tolist()) if not finite]
        if bad and bad[0].foreign and epoch == number == 0:
            return fault(bad[0], "gives a loss that is not a finite number in the first step")
        return _diverged(", ".join(p.label for p in bad), epoch, number)

    def _step(self, batch: Batch, key: tuple[int, ...]) -> Step:
        """What the terms see of a batch; hard negatives are chosen by the model as it is."""
        graph, dropout = self.graph, self.training.edge_dropout
        if dropout:
            graph = graph.view(graph.edge_dropout(dropout, self.context.generator("edge", *key)))
        step = Step(
            batch=batch,
            graph=self.graph,
            offset=self.graph.layout.offset("item"),
            popularity=self.popularity,
            proposal=self.proposal,
            generator=self.context.generator("objective", *key),
            propagate=lambda view: self.recommender(graph if view is None else self.graph, view),
            score_vectors=self.recommender.head,
            block_vectors=self.recommender.head.block,
            find_known=self.known.mask,
        )
        if self.training.negative.by == "hard" and batch.negative is not None:
            step.batch = self._harder(step)
        return step

    @torch.no_grad()
    def _harder(self, step: Step) -> Batch:
        batch = step.batch
        scores = step.score(batch.user[:, None], batch.negative)
        chosen = hardest(scores, batch.negative, self.training.negative.count)
        step.seen.clear()  # what was computed without gradients can't be learned from
        return Batch(batch.user, batch.item, batch.weight, chosen)


def _diverged(terms: str, epoch: int, number: int) -> RecboxError:
    return RecboxError(
        f"the loss is not a finite number any more{f': {terms}' if terms else ''}",
        where=f"train, epoch {epoch + 1}, step {number + 1}",
        why="training has diverged",
        instead="a lower train.optimizer.lr, train.clip: 1.0, or precision: fp32",
    )
