"""What the report shows of a method beside its figures, by its lists and vectors."""

from __future__ import annotations

from recbox.data import Dataset, Split
from recbox.evaluate import Held, Judgement
from recbox.plugin import Scorer
from recbox.recipe.recipe import Recipe
from recbox.recommend.likeness import likeness
from recbox.report import Portrait, portray


def portrait(
    recipe: Recipe, dataset: Dataset, split: Split, held: Held, found: Judgement | None, scorer: Scorer
) -> Portrait:
    """Of a scorer and its judgement on the test part, with what was kept in it; None: it wasn't tested."""
    vectors = likeness(scorer)
    items = None if vectors is None else vectors.cpu().numpy()
    return portray(dataset, split, held, found, recipe.metric, recipe.evaluate, items)
