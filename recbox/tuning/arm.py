"""What is searched: a recipe with its spaces, and each baseline of it as a recipe of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from recbox.api.setting import Setting, Where
from recbox.errors import OptionError
from recbox.recipe import load
from recbox.recipe.recipe import Part, Recipe, Space


@dataclass(frozen=True, eq=False)
class Arm:
    """One method that is searched. name: of its study. spaces: by path; none for a baseline with nothing to
    choose, which is tried once."""

    name: str
    kind: Literal["recipe", "baseline"]
    setting: Setting
    spaces: Mapping[str, Space]

    @property
    def recipe(self) -> Recipe:
        return self.setting.recipe

    @property
    def data_key(self) -> str:
        """The same for arms on the same data and split."""
        seed = self.recipe.seed if self.recipe.data.seed is None else self.recipe.data.seed
        return json.dumps([self.recipe.resolved["data"], seed, str(self.setting.context.folder)])


def arms(settings: Sequence[tuple[Where, Setting]], baseline: bool) -> list[Arm]:
    """The recipes, then each of their baselines once. An `OptionError` for one with nothing to search."""
    found: list[Arm] = []
    for where, setting in settings:
        spaces = _spaces(where, setting.recipe)
        found.append(Arm(_free(setting.recipe.name, found), "recipe", setting, spaces))
    seen: set[str] = set()
    for _, setting in settings if baseline else ():
        for part in setting.recipe.baseline:
            arm = _baseline(part, setting, found)
            plain = {n: v for n, v in arm.recipe.resolved.items() if n != "name"}
            key = json.dumps(plain, sort_keys=True, default=str)
            if key not in seen:
                found.append(arm)
            seen.add(key)
    return found


def _spaces(where: Where, recipe: Recipe) -> dict[str, Space]:
    """The recipe's `search`, or else the stated grid of its model."""
    if recipe.search:
        return recipe.search
    stated = {} if recipe.model is None else grid(recipe.model)
    if stated:
        return stated
    what = "there is nothing to search: the recipe has no `search`"
    if recipe.model is not None:
        what += f", and {recipe.model.label} states no grid for options that it leaves open"
    place = recipe.name if isinstance(where, Mapping) else str(where)
    raise OptionError(
        what, where=place, instead="search: {train.optimizer.lr: {by: log, low: 1e-4, high: 1e-2}}"
    )


def grid(part: Part) -> dict[str, Space]:
    """The stated grid of a model, without the options that are given."""
    given = part.options.model_fields_set
    stated: Mapping[str, Iterable[Any]] = getattr(part.options, "grid", {})
    return {f"model.{key}": Space(tuple(values)) for key, values in stated.items() if key not in given}


def _baseline(part: Part, setting: Setting, taken: Sequence[Arm]) -> Arm:
    """A baseline as a recipe: the same data and measure, its given options."""
    resolved = setting.recipe.resolved
    given = part.options.model_dump(mode="json", exclude_unset=True)
    plain = {name: resolved[name] for name in ("recbox", "seed", "data", "evaluate")}
    plain["evaluate"] = {**resolved["evaluate"], "baseline": []}
    plain |= {"name": part.label, "model": {"use": part.name, **given}}
    recipe = load(plain, registry=setting.registry, context=setting.context)
    return Arm(_free(part.label, taken), "baseline", replace(setting, recipe=recipe), grid(part))


def _free(name: str, taken: Iterable[Arm]) -> str:
    names = {arm.name for arm in taken}
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(names) + 3))) if n not in names)
