"""What a ranking is judged on: the split of an artifact, or the one that a recipe makes of its data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbox.errors import OptionError
from recbox.progress import SILENT

if TYPE_CHECKING:
    from recbox.api.load import Fitted
    from recbox.api.setting import Where
    from recbox.context import Context
    from recbox.data import Dataset, Split
    from recbox.evaluate import Held
    from recbox.progress import Progress
    from recbox.recipe.recipe import Recipe
    from recbox.registry import Registry

PARTS = ("test", "valid")


@dataclass(frozen=True, eq=False)
class Ground:
    """A recipe's data and split, with the recipe's rules of judging. fitted: the artifact that they are of;
    None where they were read for a recipe."""

    recipe: Recipe
    dataset: Dataset
    split: Split
    context: Context
    registry: Registry
    fitted: Fitted | None = None

    def truth(self, part: str) -> Held:
        """What is to be found in a part, and what is masked; an error where there is nothing to judge by."""
        from recbox.evaluate import Pairs, check_pairs, held_test, held_valid, nothing_new

        if part not in PARTS:
            raise OptionError(f"there is no part {part!r} to judge by", instead=" or ".join(PARTS))
        rules, data, split = self.recipe.evaluate, self.dataset, self.split
        if part == "test":
            found = held_test(data, split, rules)
        else:
            found = held_valid(data, split, rules, rules.gap)
        if not len(found.users):
            raise OptionError(
                f"there is nothing to judge by in the {part} part",
                why="no user has an item in it that is new to them",
                instead=nothing_new(rules) or "another part, or hold out more with data.split",
            )
        if isinstance(found, Pairs):
            check_pairs(found, self.recipe.metric)
        return found

    def data_document(self) -> dict[str, Any]:
        """As `metrics.json` has it."""
        from recbox.api.judging import data_document

        if self.fitted is not None:
            return dict(self.fitted.metrics["data"])
        return data_document(self.recipe, self.dataset, self.split)


def ground_of(
    target: Where, *, code: Iterable[str | Path] = (), progress: Progress = SILENT, **options: Any
) -> Ground:
    """An artifact's folder, or a recipe as for `recbox.run`.

    options: those of a recipe (`sets`, `data_dir`, `threads`, `memory`, `offline`). An `OptionError` where
    they are given for an artifact, in which all of it is settled.
    """
    if isinstance(target, str | Path) and Path(target).is_dir():
        return _of_folder(Path(target), code, progress, options)
    from recbox.api.blaming import blaming
    from recbox.api.reading import read
    from recbox.api.setting import on_device, settle

    setting = settle(target, code=code, progress=progress, **options)
    with blaming(setting.registry):
        job = read(setting, on_device(setting, "auto"))
    return Ground(setting.recipe, job.dataset, job.split, job.context, setting.registry)


def _of_folder(
    folder: Path, code: Iterable[str | Path], progress: Progress, options: dict[str, Any]
) -> Ground:
    from recbox.api.load import load
    from recbox.context import Context

    settled: Sequence[str] = [name for name in ("sets", "data_dir") if options.get(name)]
    if settled:
        flag = {"sets": "--set", "data_dir": "--data-dir"}[settled[0]]
        raise OptionError(
            f"{folder} is an artifact, and its data and split are settled",
            where=flag,
            instead=f"leave {flag} out, or name a recipe in place of the artifact",
        )
    limits = {k: v for k, v in (("threads", options.get("threads")),) if v is not None}
    return load(folder, code=code, context=Context(progress=progress, **limits)).ground()
