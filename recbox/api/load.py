"""`recbox.load`: an artifact, ready to recommend and to be measured again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbox.api.blaming import blaming
from recbox.api.elsewhere import Elsewhere
from recbox.api.explaining import Explaining
from recbox.api.recommending import Recommending
from recbox.api.showing import line, table
from recbox.api.telling import Telling
from recbox.api.updating import Updating, check_figures
from recbox.context import Context
from recbox.errors import OptionError

if TYPE_CHECKING:
    import polars as pl

    from recbox.api.ground import Ground
    from recbox.api.outside import Judged
    from recbox.artifact import Artifact
    from recbox.data import Dataset
    from recbox.plugin import Scorer
    from recbox.registry import Registry


def load(folder: str | Path, *, code: Iterable[str | Path] = (), context: Context | None = None) -> Fitted:
    """Open and check the artifact in `folder`; an `ArtifactError` says what is wrong with it.

    code: files of plugins that the recipe used with `--code`. An artifact itself never brings code.
    """
    from recbox.artifact import open_artifact
    from recbox.registry import Registry

    if not isinstance(folder, str | Path):
        raise OptionError(f"{folder!r} is no folder", instead="the path of an artifact, as in 'runs/first'")
    registry = Registry(Path(c) for c in code)
    return Fitted(open_artifact(Path(folder), registry), registry, context or Context())


class Fitted(Explaining, Recommending, Telling, Elsewhere, Updating):
    """A fitted recommender with the data that it was fitted on and judged by."""

    def __init__(
        self, artifact: Artifact, registry: Registry, context: Context, items: pl.DataFrame | None = None
    ) -> None:
        self.artifact, self._registry, self._context, self._items = artifact, registry, context, items
        self.touches: dict[str, Any] = {}
        """What the ledger says after `evaluate`: index and hash of its line, `times`, `recipes`."""

    @property
    def folder(self) -> Path:
        return self.artifact.path

    @property
    def name(self) -> str:
        return self.artifact.name

    @property
    def metrics(self) -> dict[str, Any]:
        """The document `metrics.json`."""
        return self.artifact.metrics

    @property
    def recipe(self) -> str:
        """The recipe's text, with everything resolved."""
        return self.artifact.recipe

    @property
    def dataset(self) -> Dataset:
        """Users, items and all interactions."""
        return self.artifact.dataset

    @property
    def scorer(self) -> Scorer:
        """The fitted method: `score(users, items)` and `block(users)` by inner ids; new items come last."""
        with blaming(self._registry):
            known = self.artifact.scorer
            return known if self._items is None else known.with_items(self._items)

    def with_items(self, items: object) -> Fitted:
        """The same, with new items among the candidates of `recommend` and in `scorer`; nothing is fitted.

        items: a CSV, TSV, JSON lines or Parquet file, a frame of polars or pandas, or a mapping of columns:
        a column `id` and every feature column of the data's items (the title may be left out), empty where a
        value is not known; in text, `|` stands between the categories of a list. Each call takes all new
        items. An `UnsupportedError` where the method can't score items that weren't there in training.
        """
        from recbox.recommend import new_items

        again = Fitted(
            self.artifact, self._registry, self._context, new_items(items, self.artifact.dataset.item)
        )
        _ = again.scorer
        return again

    def evaluate(self) -> dict[str, float]:
        """The test metrics, measured again from what is stored, as the recipe says.

        That the test part was looked at again goes into the ledger beside the artifact; `touches` says how
        often it was. An `ArtifactError` for an interrupted run: it may go on, and test is looked at once; and
        for an artifact that was updated: it was told of what came after the test part.
        """
        self._measurable()
        from recbox.artifact import require

        require(self.artifact.manifest.plugin, self._registry, str(self.folder / "manifest.json"))
        with blaming(self._registry):
            return self._measured()

    def _measured(self) -> dict[str, float]:
        from recbox.api.touching import touched
        from recbox.evaluate import held_test, judge_held
        from recbox.recipe import load as load_recipe

        recipe = load_recipe(self.folder / "recipe.yaml", registry=self._registry, context=self._context)
        rules = recipe.evaluate
        held = held_test(self.dataset, self.artifact.split, rules)
        values = judge_held(
            self.scorer, held, recipe.metric, rules, self._context, recipe.meaning, self.name
        ).values
        found = self.artifact.manifest
        prints, value = (found.data.fingerprint, found.split.fingerprint), values[recipe.evaluate.select]
        self.touches = touched(self.folder, "eval", recipe, prints, value, self._context.progress)
        return values

    def judge(
        self,
        ranking: object,
        *,
        part: str = "test",
        format: str = "auto",
        columns: Mapping[str, str] | None = None,
    ) -> Judged:
        """Judge somebody else's ranking as this artifact's method was: metrics, masking, users, ties.

        ranking: a file (Parquet, CSV, TSV, JSON lines, a TREC run) or a frame of polars or pandas, with user,
        item, and score or rank. part: `test` or `valid`. columns: other names of these columns. A
        `DataError` for rows that are none, and where no user or no item is the data's; what else is odd is
        counted in `oddities`.
        """
        from recbox.api.outside import hear
        from recbox.outside import listing

        return hear(self.ground(), [listing(ranking, format, columns)], part).rankings[0]

    def ground(self) -> Ground:
        """What rankings are judged on: the data and split, and the recipe's rules. An `ArtifactError` for an
        artifact that was updated."""
        from recbox.api.ground import Ground
        from recbox.artifact import require
        from recbox.recipe import load as load_recipe

        check_figures(self.artifact)
        require(self.artifact.manifest.plugin, self._registry, str(self.folder / "manifest.json"))
        with blaming(self._registry):
            recipe = load_recipe(self.folder / "recipe.yaml", registry=self._registry, context=self._context)
        return Ground(recipe, self.dataset, self.artifact.split, self._context, self._registry, self)

    def some_user(self) -> int | str:
        """The id of a user with a usual number of interactions, for an example."""
        import numpy as np

        count = np.bincount(self.dataset.interaction.user, minlength=len(self.dataset.user))
        usual = np.argsort(count, kind="stable")[len(count) // 2]
        return self.dataset.user.ids[int(usual)]

    __repr__, _repr_html_ = line, table
