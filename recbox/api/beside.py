"""The methods beside which a ranking stands: an artifact's own and its baselines, or a recipe's baselines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recbox.api.ground import Ground

if TYPE_CHECKING:
    import numpy as np

    from recbox.evaluate import Truth

FACTS = ("options", "trials", "fit_s")


@dataclass(frozen=True, eq=False)
class Others:
    """Methods that recbox knows on the split. values, per_user: by name; per_user of those that have it.
    own: the artifact's method, if there is one. left_out: baselines, with the reason. facts: how each was
    chosen."""

    values: dict[str, dict[str, float]] = field(default_factory=dict)
    per_user: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    own: str = ""
    left_out: dict[str, str] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def document(self, part: str) -> dict[str, Any]:
        """`method`: the artifact's; `baseline`: as in `metrics.json`, with the values of this part."""
        rows = {name: self.facts.get(name, {}) | {part: v} for name, v in self.values.items()}
        gone = {name: {"left_out": reason} for name, reason in self.left_out.items()}
        method = {self.own: rows.pop(self.own)} if self.own else {}
        return {"method": method, "baseline": rows | gone}


def of_artifact(ground: Ground, truth: Truth, part: str) -> Others:
    """What `metrics.json` and `per-user.parquet` say. On validation there are no values of each user: the
    method that validation saw is perhaps not the one that is kept."""
    fitted = ground.fitted
    if fitted is None or part not in fitted.metrics:
        return Others()
    known = fitted.metrics.get("baseline", {})
    values = {name: entry[part] for name, entry in known.items() if entry.get(part)}
    own = _free(fitted.name, values)
    per_user = {own: _per_user(ground, truth)} if part == "test" else {}
    return Others(
        {own: fitted.metrics[part], **values},
        {name: found for name, found in per_user.items() if found},
        own,
        {name: entry["left_out"] for name, entry in known.items() if "left_out" in entry},
        {name: {k: v for k, v in entry.items() if k in FACTS} for name, entry in known.items()},
    )


def _per_user(ground: Ground, truth: Truth) -> dict[str, np.ndarray]:
    """The artifact's own values, if they are of the users that are judged, in the same order."""
    stored = ground.fitted.artifact.per_user if ground.fitted is not None else None
    users = ground.dataset.user.ids.gather(truth.users)
    if stored is None or not stored["user"].equals(users, check_names=False):
        return {}
    return {name: stored[name].to_numpy() for name in stored.columns if name != "user"}


def _free(name: str, taken: dict[str, Any]) -> str:
    return name if name not in taken else f"{name} (the artifact)"


def of_recipe(ground: Ground, part: str, baseline: bool) -> Others:
    """The recipe's baselines, tuned on validation and tested, unless they aren't wanted."""
    from recbox.evaluate import Baseline, baselines

    recipe = ground.recipe
    if not baseline or not recipe.baseline:
        return Others()
    found = baselines(
        recipe.baseline, ground.dataset, ground.split, ground.context, recipe.evaluate, recipe.metric
    )
    ran = {name: b for name, b in found.items() if isinstance(b, Baseline)}
    values = {name: b.test if part == "test" else b.valid for name, b in ran.items()}
    return Others(
        {name: v for name, v in values.items() if v},
        {name: b.per_user for name, b in ran.items()} if part == "test" else {},
        "",
        {name: b.reason for name, b in found.items() if not isinstance(b, Baseline)},
        {
            name: {"options": b.options, "trials": len(b.trials), "fit_s": round(b.fit_s, 3)}
            for name, b in ran.items()
        },
    )
