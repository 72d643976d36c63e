"""Fitting the recipe's method: graph parts or a trained model in the loop, or a model at one go."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from recbox.api.reading import Job
from recbox.api.training import model_course
from recbox.api.weighing import weighed
from recbox.context import Context
from recbox.data import Dataset, Split
from recbox.evaluate import Validation, fit_model
from recbox.kernel import Graph
from recbox.plugin import Scorer
from recbox.recipe.edge import stored
from recbox.recipe.recipe import Recipe
from recbox.recommender import build, build_graph, inspect
from recbox.train import CheckpointFile, Fit, Follow, GraphCourse, ModelCourse, fit

if TYPE_CHECKING:
    from recbox.api.nightly import Warm


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
    validate: Validation | None,
    checkpoint: CheckpointFile | None,
    resume: bool,
    follow: Follow | None = None,
) -> Method:
    """Fit on train, choose on validation, and with `refit` fit once more on both.

    follow: told of each epoch that has a row in the history; a refit has none.
    """
    start = time.perf_counter()
    if not job.recipe.stage:
        method = _fit_model(job, validate)
    else:
        method = _fit_course(job, validate, checkpoint, resume, follow)
    return replace(method, seconds=time.perf_counter() - start)


def _fit_model(job: Job, validate: Validation | None) -> Method:
    part = job.recipe.model
    scorer = fit_model(part, job.dataset.take(job.split.train), job.context).scorer
    valid = {} if validate is None else validate.once(scorer)
    if job.recipe.evaluate.refit:
        scorer = fit_model(part, job.dataset.take(_both(job.split)), job.context).scorer
    return Method(scorer, _again("model", part.name, part.options.values()), 0.0, "none", valid=valid)


def _fit_course(
    job: Job,
    validate: Validation | None,
    checkpoint: CheckpointFile | None,
    resume: bool,
    follow: Follow | None,
) -> Method:
    recipe, context = job.recipe, job.context
    course = opened(recipe, job.dataset.take(job.split.train), context, job.warm)
    state = checkpoint.load() if checkpoint is not None and resume else None
    if resume and state is None:
        context.progress.notice("nothing to resume: the run begins anew", "warning")
    watch = None if validate is None else validate.watch
    result = fit(course, watch, checkpoint, state, follow=follow)
    if validate is not None:
        result = _reported(validate, course, result)
    if recipe.evaluate.refit and result.status == "done":
        again = _fit_again(job, result.epochs)
        if again is None:
            result = replace(result, status="interrupted")
        else:
            course = again
    return as_method(course, result)


def _reported(validate: Validation, course: GraphCourse | ModelCourse, result: Fit) -> Fit:
    """With what is reported of validation; nothing where Ctrl-C came before all of it was judged."""
    try:
        return replace(result, valid=validate.end(course.scorer, result.valid))
    except KeyboardInterrupt:
        return replace(result, valid={}, status="interrupted")


def opened(
    recipe: Recipe, train: Dataset, context: Context, warm: Warm | None = None
) -> GraphCourse | ModelCourse:
    """What is to be trained, with its first values; an error where it can't be. warm: whose weights take the
    place of these."""
    if recipe.model is not None:
        return model_course(
            recipe.model,
            train,
            context,
            recipe.evaluate.select,
            recipe.lower_is_better,
            recipe.stage[0].training,
        )
    graph = build_graph(recipe.edge, train, context, recipe.vectors)
    recommender = build(recipe, train, graph, context)
    inspect(recipe, recommender, graph, context)
    if warm is not None:
        warm.begin(recommender, train, context)
    return GraphCourse(recipe, recommender, graph, train, context)


def _fit_again(job: Job, epochs: int) -> GraphCourse | ModelCourse | None:
    """On train and validation, as many epochs as validation found best; None where Ctrl-C ended it."""
    job.context.progress.notice(f"fit again on train and validation, for {epochs} epochs")
    course = opened(job.recipe, job.dataset.take(_both(job.split)), job.context, job.warm)
    try:
        done = fit(course, None, stop=epochs).status == "done"
    except KeyboardInterrupt:
        done = False
    return course if done else None


def as_method(course: GraphCourse | ModelCourse, result: Fit) -> Method:
    """What was trained, as it is now."""
    scorer = course.scorer()
    if isinstance(course, ModelCourse):
        part, kernel, extra = course.part, "none", {}
    else:
        part, kernel = course.recipe.head, course.graph.kernel
        extra = _tensors(course) | weighed(course)
    kind = "model" if isinstance(course, ModelCourse) else "graph"
    again = _again(kind, part.name, part.options.values())
    return Method(scorer, again, 0.0, kernel, result.status, result.history, extra, result.valid)


@torch.no_grad()
def _tensors(course: GraphCourse) -> dict[str, Mapping[str, np.ndarray]]:
    """All weights, the first vectors, which are what features and ids say of nodes, and the structure of edge
    types that the interactions of an artifact don't give."""
    recommender, others = course.recommender, _others(course.graph, course.recipe)
    first, layout = recommender.first(), course.graph.layout
    return {
        "weights": {k: v.detach().cpu().numpy() for k, v in recommender.state_dict().items()},
        "layer0": {type: first[layout.range(type)].cpu().numpy() for type, _ in layout.counts},
        **({"graph": others} if others else {}),
    }


def _others(graph: Graph, recipe: Recipe) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for key, name in stored(recipe.edge).items():
        own = graph[key]
        arrays = {"indptr": own.indptr, "indices": own.indices, "weight": own.weight}
        arrays |= {f"edge.{what}": array for what, array in own.edge.items()}
        found |= {f"{name}.{what}": a.cpu().numpy() for what, a in arrays.items() if a is not None}
    return found


def _again(kind: str, name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "use": name, "options": options}


def _both(split: Split) -> np.ndarray:
    """Rows of train and validation."""
    return np.sort(np.concatenate([split.train, split.valid]))
