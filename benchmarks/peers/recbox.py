"""recbox itself, by the loop that `recbox run` trains with, and its ranking."""

from __future__ import annotations

import contextlib

from peers.ground import Ground
from peers.protocol import Clock, Fitted, K, Work, main

SAID = "the loop of `recbox run`, known negatives are rejected; kernel {kernel}, precision {precision}"


class Enough(Exception):
    """The clock is done."""


def fit(work: Work, clock: Clock) -> Fitted:
    """Its epochs, which end early: the loop tells its progress of each step, and the clock listens."""
    from recbox.evaluate.ranking import rank
    from recbox.recommender import build, build_graph
    from recbox.train import GraphCourse
    from recbox.train import fit as train_on

    ground = Ground.of(work)
    recipe, train, context = ground.job.recipe, ground.train, ground.job.context
    graph = build_graph(recipe.edge, train, context)
    course = GraphCourse(recipe, build(recipe, train, graph, context), graph, train, listening(ground, clock))
    with contextlib.suppress(Enough):
        train_on(course, None, stop=work.epochs)
    scorer = course.scorer()

    def ranked() -> int:
        return len(rank(scorer, ground.truth, K, context).users)

    said = SAID.format(kernel=graph.kernel, precision=context.precision)
    return Fitted(lambda: ground.outer(*scorer.vectors()), said, ranked)


def listening(ground: Ground, clock: Clock):
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

    return ground.job.context.with_(progress=Ear())


if __name__ == "__main__":
    main(fit, ("recbox-graph", "torch"), kernel="auto", precision="auto")
