"""recbox itself, by the loop that `recbox run` trains with, and its ranking."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from .clock import Clock
from .protocol import Fitted, Work, main, placed

if TYPE_CHECKING:
    from recbox.api.reading import Job
    from recbox.context import Context

SAID = "the loop of `recbox run`, known negatives are rejected"


class Enough(Exception):
    """The clock is done."""


def fit(work: Work, clock: Clock) -> Fitted:
    """Its epochs, which end early: the loop tells its progress of each step, and the clock listens."""
    from recbox.evaluate import at_test, rank
    from recbox.recommender import build, build_graph
    from recbox.train import GraphCourse
    from recbox.train import fit as train_on

    job = job_of(work)
    recipe, train, context = job.recipe, job.dataset.take(job.split.train), job.context
    graph = build_graph(recipe.edge, train, context)
    course = GraphCourse(
        recipe, build(recipe, train, graph, context), graph, train, listening(context, clock)
    )
    with contextlib.suppress(Enough):
        train_on(course, None, stop=work.epochs)
    scorer, truth = course.scorer(), at_test(job.dataset, job.split)

    def vectors():
        both = zip(scorer.vectors(), (job.dataset.user, job.dataset.item), work.shape)
        return tuple(placed(rows.numpy(), nodes.ids, count) for rows, nodes, count in both)

    return Fitted(vectors, SAID, lambda: len(rank(scorer, truth, work.k, context).users))


def job_of(work: Work) -> Job:
    """The files, and the recipe of the bench over them; validation takes nothing: an epoch is the whole train
    part. Of `more` it takes `kernel`, `precision`, `propagation` and `fanout`."""
    from recbox.api.reading import read
    from recbox.api.setting import on_device, settle

    setting = settle(recipe(work), threads=work.threads, kernel=work.more["kernel"], offline=True)
    return read(setting, on_device(setting, "cpu"))


def recipe(work: Work) -> dict[str, Any]:
    """That of the bench, with the numbers of the work."""
    from recbox.bench.asked import RECIPE

    settings = {key: value for key, value in work.more.items() if key != "kernel"}
    return {
        **RECIPE,
        "seed": work.seed,
        "dim": work.dim,
        "data": {
            "source": {"use": "lightgcn", "folder": work.folder},
            "split": {"by": "given", "valid": 0.0},
        },
        "layer": [{"use": "lightgcn", "repeat": work.layers}],
        "objective": [{"use": "bpr"}, {"use": "l2", "weight": work.l2}],
        "train": {
            "epochs": work.epochs,
            "patience": None,
            "batch": work.batch,
            "optimizer": {"by": "adam", "lr": work.lr},
            **settings,
        },
    }


def listening(context: Context, clock: Clock) -> Context:
    """The context, with the clock as its progress."""
    from recbox.progress import Progress, Task

    class Ear(Progress, Task):
        def open(self, title: str, total: float | None, unit: str) -> Task:
            clock.begin()
            return self

        def advance(self, steps: float = 1, **facts: object) -> None:
            clock.tick()
            if clock.done:
                raise Enough

        def close(self, task: Task) -> None:
            return None

        def notice(self, message: str, level: str = "info") -> None:
            return None

    return context.with_(progress=Ear())


if __name__ == "__main__":
    main(fit, ("recbox-graph", "torch"))
