"""Graph parts in training."""

from __future__ import annotations

from recbox.context import Context
from recbox.data import Dataset
from recbox.kernel import Graph
from recbox.plugin import Scorer
from recbox.recipe.recipe import Recipe
from recbox.recommender import GraphScorer, Recommender
from recbox.train.graph_loss import GraphLoss
from recbox.train.state import Tensors, load_recommender


class GraphCourse:
    """A recommender, trained over the graph by the recipe's objectives, in one stage or several."""

    def __init__(
        self, recipe: Recipe, recommender: Recommender, graph: Graph, train: Dataset, context: Context
    ) -> None:
        self.recipe, self.recommender, self.graph = recipe, recommender, graph
        self.train, self.context = train, context
        self.stages = [stage.training for stage in recipe.stage]
        self.select, self.lower_is_better = recipe.evaluate.select, recipe.lower_is_better
        self.propagate = True
        """Whether the stage that is open passes messages."""
        self.retrievable = bool(recipe.head and recipe.head.options.retrievable)

    def open(self, stage: int) -> GraphLoss:
        self.propagate = self.stages[stage].propagation != "none"
        loss = GraphLoss(self.recipe, stage, self.recommender, self.graph, self.train, self.context)
        asked = self.recipe.data.split.by == "cold-item" or self.recipe.evaluate.candidate == "cold"
        if asked and self.stages[stage].candidate == "all":
            said = "training sets positives against cold items, which are to be found: see `candidate: warm`"
            self.context.progress.notice(said, "warning")
        return loss

    def scorer(self) -> Scorer:
        return GraphScorer.of(self.recommender, self.graph, self.retrievable, propagate=self.propagate)

    def scores_at_last(self, stage: int) -> bool:
        return (self.stages[stage].propagation == "none") == (self.stages[-1].propagation == "none")

    def restore(self, tensors: Tensors) -> None:
        load_recommender(self.recommender, tensors)

    def end(self) -> None:
        self.recommender.eval()
