"""Fitting the recipe's method: the graph parts in the training loop, or a model as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from recbox.api.reading import Job
from recbox.context import Context
from recbox.data import Dataset, Split
from recbox.evaluate import fit_model
from recbox.kernel import Graph
from recbox.plugin import Scorer
from recbox.recipe.recipe import Recipe
from recbox.recommender import GraphScorer, Recommender, build, build_graph, inspect
from recbox.train import CheckpointFile, Fit, Follow, GraphCourse, fit

Validate = Callable[[Scorer], dict[str, float]]


@dataclass(frozen=True)
class Method:
    """A fitted method. head: how its scorer is loaded again. extra: tensors for the artifact besides it."""

    scorer: Scorer
    head: dict[str, Any]
    seconds: float
    kernel: str
    status: str = "done"
    history: list[dict[str, Any]] = field(default_factory=list)
    extra: dict[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    valid: dict[str, float] = field(default_factory=dict)
    """Validation metrics of the method as it was fitted on train alone."""


def fit_method(
    job: Job,
    validate: Validate | None,
    checkpoint: CheckpointFile | None,
    resume: bool,
    follow: Follow | None = None,
) -> Method:
    """Fit on train, choose on validation, and with `refit` fit once more on both.

    follow: told of each epoch that has a row in the history; a refit has none.
    """
    start = time.perf_counter()
    if job.recipe.model is not None:
        method = _fit_model(job, validate)
    else:
        method = _fit_graph(job, validate, checkpoint, resume, follow)
    return replace(method, seconds=time.perf_counter() - start)


def _fit_model(job: Job, validate: Validate | None) -> Method:
    part = job.recipe.model
    scorer = fit_model(part, job.dataset.take(job.split.train), job.context).scorer
    valid = {} if validate is None else validate(scorer)
    if job.recipe.evaluate.refit:
        scorer = fit_model(part, job.dataset.take(_both(job.split)), job.context).scorer
    return Method(scorer, _again("model", part.name, part.options.values()), 0.0, "none", valid=valid)


def _fit_graph(
    job: Job,
    validate: Validate | None,
    checkpoint: CheckpointFile | None,
    resume: bool,
    follow: Follow | None,
) -> Method:
    recipe, context = job.recipe, job.context
    train = job.dataset.take(job.split.train)
    graph = build_graph(recipe.edge, train, context)
    recommender = build(recipe, train, graph, context)
    inspect(recipe, recommender, graph, context)
    state = checkpoint.load() if checkpoint is not None and resume else None
    if resume and state is None:
        context.progress.notice("nothing to resume: the run begins anew", "warning")
    course = GraphCourse(recipe, recommender, graph, train, context)
    result = fit(course, validate, checkpoint, state, follow=follow)
    if recipe.evaluate.refit and result.status == "done":
        again = _fit_again(recipe, result.epochs, job.dataset.take(_both(job.split)), context)
        if again is None:
            result = replace(result, status="interrupted")
        else:
            recommender, graph = again
    return _as_method(recipe, recommender, graph, result)


def _fit_again(
    recipe: Recipe, epochs: int, both: Dataset, context: Context
) -> tuple[Recommender, Graph] | None:
    """On train and validation, as many epochs as validation found best; None where Ctrl-C ended it."""
    context.progress.notice(f"fit again on train and validation, for {epochs} epochs")
    graph = build_graph(recipe.edge, both, context)
    recommender = build(recipe, both, graph, context)
    try:
        course = GraphCourse(recipe, recommender, graph, both, context)
        done = fit(course, None, stop=epochs).status == "done"
    except KeyboardInterrupt:
        done = False
    return (recommender, graph) if done else None


def _as_method(recipe: Recipe, recommender: Recommender, graph: Graph, result: Fit) -> Method:
    head = recipe.head
    scorer = GraphScorer.of(recommender, graph, head.options.retrievable)
    with torch.no_grad():
        first = recommender.first()
    users = recommender.counts[0]
    extra = {
        "weights": {k: v.detach().cpu().numpy() for k, v in recommender.state_dict().items()},
        "layer0": {"user": first[:users].cpu().numpy(), "item": first[users:].cpu().numpy()},
    }
    return Method(
        scorer,
        _again("graph", head.name, head.options.values()),
        0.0,
        graph.kernel,
        result.status,
        result.history,
        extra,
        result.valid,
    )


def _again(kind: str, name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "use": name, "options": options}


def _both(split: Split) -> np.ndarray:
    """Rows of train and validation."""
    return np.sort(np.concatenate([split.train, split.valid]))
