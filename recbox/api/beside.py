"""The methods beside which a ranking stands: an artifact's own and its baselines, or a recipe's baselines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recbox.api.ground import Ground

if TYPE_CHECKING:
    import numpy as np

    from recbox.evaluate import Held

FACTS = ("options", "trials", "fit_s")


@dataclass(frozen=True, eq=False)
class Others:
    """Methods that recbox knows on the split. values, per_user: by name; per_user of those that have it.
    own: the artifact's method, if there is one. left_out: baselines, with the reason. facts: how each was
    chosen. untested: why there is no test over users beside them, where there is none."""

    values: dict[str, dict[str, float]] = field(default_factory=dict)
    per_user: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    own: str = ""
    left_out: dict[str, str] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    untested: str = ""

    @property
    def chosen_here(self) -> bool:
        """Whether some of them had settings to choose from, which they did on validation."""
        return any(fact.get("trials", 1) > 1 for fact in self.facts.values())

    def document(self, part: str) -> dict[str, Any]:
        """`method`: the artifact's; `baseline`: as in `metrics.json`, with the values of this part."""
        rows = {name: self.facts.get(name, {}) | {part: v} for name, v in self.values.items()}
        gone = {name: {"left_out": reason} for name, reason in self.left_out.items()}
        method = {self.own: rows.pop(self.own)} if self.own else {}
        untested = {"untested": self.untested} if self.untested else {}
        return {"method": method, "baseline": rows | gone, **untested}


def of_artifact(ground: Ground, held: Held, part: str) -> Others:
    """What `metrics.json` says, and the method's values of each user: on test those of `per-user.parquet`, on
    validation the stored method is measured again, unless it was fitted on that part too."""
    fitted = ground.fitted
    if fitted is None or part not in fitted.metrics:
        return Others()
    known = fitted.metrics.get("baseline", {})
    values = {name: entry[part] for name, entry in known.items() if entry.get(part)}
    own = _free(fitted.name, values)
    per_user, untested = _on_test(ground, held) if part == "test" else _on_valid(ground, held)
    return Others(
        {own: fitted.metrics[part], **values},
        {own: per_user} if per_user else {},
        own,
        {name: entry["left_out"] for name, entry in known.items() if "left_out" in entry},
        {name: {k: v for k, v in entry.items() if k in FACTS} for name, entry in known.items()},
        untested,
    )


def _on_test(ground: Ground, held: Held) -> tuple[dict[str, np.ndarray], str]:
    """The artifact's own values, if they are of the users that are judged, in the same order."""
    stored = ground.fitted.artifact.per_user if ground.fitted is not None else None
    users = ground.dataset.user.ids.gather(held.users)
    if stored is None or not stored["user"].equals(users, check_names=False):
        return {}, "the artifact has no values of the users that are judged"
    return {name: stored[name].to_numpy() for name in stored.columns if name != "user"}, ""


def _on_valid(ground: Ground, held: Held) -> tuple[dict[str, np.ndarray], str]:
    """The stored method on validation: the one whose values `metrics.json` states."""
    from recbox.evaluate import judge_held

    recipe, fitted = ground.recipe, ground.fitted
    if fitted is None or recipe.evaluate.refit:
        why = "the artifact's method was fitted again on train and validation, and knows the validation part"
        return {}, why
    rules, meaning = recipe.evaluate, recipe.meaning
    found = judge_held(fitted.scorer, held, recipe.metric, rules, ground.context, meaning, fitted.name)
    return found.per_user, ""


def _free(name: str, taken: dict[str, Any]) -> str:
    return name if name not in taken else f"{name} (the artifact)"


def of_recipe(ground: Ground, part: str, baseline: bool) -> Others:
    """The recipe's baselines, tuned on validation, unless they aren't wanted. Judged by validation they leave
    the test part alone, and their values are a little too good: the best of their grid on that very part."""
    from recbox.api.training import fitter
    from recbox.evaluate import Baseline, baselines

    recipe = ground.recipe
    if not baseline or not recipe.baseline:
        return Others()
    found = baselines(
        recipe.baseline,
        ground.dataset,
        ground.split,
        ground.context,
        recipe.evaluate,
        recipe.metric,
        test=part == "test",
        fitter=fitter(recipe),
    )
    ran = {name: b for name, b in found.items() if isinstance(b, Baseline)}
    return Others(
        {name: b.judgement.values for name, b in ran.items()},
        {name: b.per_user for name, b in ran.items()},
        "",
        {name: b.reason for name, b in found.items() if not isinstance(b, Baseline)},
        {
            name: {"options": b.options, "trials": len(b.trials), "fit_s": round(b.fit_s, 3)}
            for name, b in ran.items()
        },
    )
