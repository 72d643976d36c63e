"""The block `evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recbox.recipe.asking import ask, read
from recbox.recipe.blocks import Evaluate
from recbox.recipe.data import twice
from recbox.recipe.desk import Desk, Parts, Placed
from recbox.recipe.draft import JudgeDraft
from recbox.recipe.network import read_parts
from recbox.recipe.pairing import fitting
from recbox.recipe.tree import Node, given, planted

METRICS = ("recall", "ndcg", "mrr", "hit", "precision", "map", "coverage", "novelty", "gini")
CLICKS, WEIGHTS = ("auc", "gauc"), ("rmse", "mae")
Plain = str | dict[str, Any]
"""A part as a recipe would name it: a word, or a mapping with `use`."""
BASELINES = ("popularity", "item-knn", "ease")
LOT = "random"
"""Stands beside the simple methods where all candidates are cold, for most of them have no order there."""


def read_judge(desk: Desk, root: Node, encoder: Parts) -> JudgeDraft:
    """How methods are judged: by recbox's own usual metrics, beside the simple methods, by default. encoder:
    those of items, which may know simple methods that read the same."""
    node = given(root, "evaluate")
    evaluate = desk.block(Evaluate, node, "`evaluate`", ("metric", "baseline"))
    metrics, baselines = _defaults(evaluate)
    if BASELINES[-1] in baselines:  # they order items, as those that encoders know do
        baselines = (*baselines, *_reading(desk, encoder))
    metric = _list(desk, root, "metric", metrics)
    baseline = _list(desk, root, "baseline", baselines)
    known = list(read(metric))
    if evaluate and len(known) == len(metric) and fitting(desk, root, evaluate, known):
        evaluate = _selected(desk, root, evaluate, known)
    return JudgeDraft(evaluate, metric, baseline)


def _reading(desk: Desk, encoder: Parts) -> list[Any]:
    """What the first encoder names that knows simple methods."""
    for part in read(encoder):
        if found := ask(desk, part, "baselines", lambda o: list(o.baselines)):
            return found
    return []


def _defaults(evaluate: Evaluate | None) -> tuple[Sequence[Plain], Sequence[Plain]]:
    """Metrics and baselines of a recipe that names none, these as words or as mappings."""
    if evaluate is None or evaluate.by == "ranking":
        cold = evaluate is not None and evaluate.candidate == "cold"
        return METRICS, (LOT, *BASELINES) if cold else BASELINES
    if evaluate.positive is not None:
        rate: Plain = {"use": "click-rate", "positive": evaluate.positive}
        return CLICKS, (*BASELINES, rate)
    return (CLICKS, (*BASELINES, "click-rate")) if evaluate.negative is not None else (WEIGHTS, ("bias",))


def _list(desk: Desk, root: Node, name: str, default: Sequence[Plain]) -> Parts:
    evaluate = given(root, "evaluate")
    node = given(evaluate, name) if evaluate else None
    if node is None:
        node = planted(default, root.place)
    if name == "metric":
        uses = [n.mapping.get("use", n) for n in node.items]
        twice(desk, [(_label(use), use.place) for use in uses], name)
        return read_parts(desk, "metric", node, "`metric`", names=True)
    parts = read_parts(desk, "model", node, "`baseline`", names=True)
    twice(desk, [(_said(p), p.place) for p in parts if p is not None], name)
    return parts


def _label(node: Node) -> str:
    """The name that results are kept under: without a distribution."""
    return node.value.rpartition(":")[2] if isinstance(node.value, str) else ""


def _said(placed: Placed) -> str:
    """A baseline with the options that it is given: one may be tried with several."""
    given = placed.part.options.model_dump(mode="json", exclude_unset=True)
    return ", ".join([placed.part.label, *(f"{name}: {given[name]}" for name in sorted(given))])


def _selected(desk: Desk, root: Node, evaluate: Evaluate, metric: list[Placed]) -> Evaluate | None:
    """With `select` checked, or chosen where the recipe leaves it out."""
    _repeated(desk, root, evaluate)
    names = [m.part.label for m in metric if hasattr(m.part.options, "per_user")]
    known = [f"{name}@{k}" for name in names for k in evaluate.k]
    if evaluate.by == "pairs":
        known = names = [m.part.label for m in metric]
    node = root.get("evaluate", "select")
    if evaluate.select in known:
        return evaluate
    if node is None and names:
        name = "ndcg" if "ndcg" in names else names[0]
        chosen = name if evaluate.by == "pairs" else f"{name}@{max(evaluate.k)}"
        return evaluate.model_copy(update={"select": chosen})
    _unselectable(desk, node or root.get("evaluate", "metric") or root, evaluate, metric, known)
    return None


def _unselectable(desk: Desk, node: Node, evaluate: Evaluate, metric: list[Placed], known: list[str]) -> None:
    select = evaluate.select
    label, at, _ = select.partition("@")
    shown = [m.part.label for m in metric if hasattr(m.part.options, "per_list")]
    catalogue = [m.part.label for m in metric if hasattr(m.part.options, "catalogue")]
    if not known:
        what = "no metric of users is left to select by"
    elif evaluate.by == "pairs" and at and label in known:
        what = f"pairs are in no list, so `select` has no k: `{label}`"
    elif evaluate.by == "pairs":
        what = f"`select` is a metric of this recipe, not {select[:60]!r}"
    elif at and label in catalogue:
        what = f"`{label}` judges the whole catalogue, and can't select"
    elif at and label in shown:
        what = f"`{label}` judges what is shown, not what is found, and can't select"
    else:
        what = f"`select` is METRIC@K with a metric and a k of this recipe, not {select[:60]!r}"
    desk.findings.unknown(node.place, select, what, known)


def _repeated(desk: Desk, root: Node, evaluate: Evaluate) -> None:
    given_twice: tuple[tuple[str, tuple[object, ...]], ...] = (("k", evaluate.k), ("gap", evaluate.gap))
    for name, values in given_twice:
        node = root.get("evaluate", name)
        for index, value in enumerate(values):
            if node and value in values[:index]:
                desk.findings.add(node.items[index].place, f"{name} = {value} stands twice")
