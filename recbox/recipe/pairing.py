"""Whether rankings or pairs can be judged as `evaluate` says, and whether scores mean what metrics need."""

from __future__ import annotations

from collections.abc import Sequence

from recbox.recipe.asking import ask, read
from recbox.recipe.blocks import Evaluate
from recbox.recipe.desk import Desk, Placed
from recbox.recipe.draft import Draft
from recbox.recipe.recipe import Meaning, meaning_of
from recbox.recipe.tree import Node

RANKED = "recall, ndcg, mrr, hit, precision, map, coverage, novelty, gini, diversity, lift"
CLICKED = "auc, gauc, log-loss, calibration-error"
WEIGHED = "rmse, mae"
ALONE = {"ranking": ("positive", "negative"), "pairs": ("k", "candidate", "valid_users")}
"""What says something for the other way of judging alone."""
MEANT = {"order": "an order", "value": "weights", "probability": "probabilities"}
GIVES = {
    "value": "the objective mse, or the model bias",
    "probability": "the objective bce, or the model click-rate",
}


def fitting(desk: Desk, root: Node, evaluate: Evaluate, metric: Sequence[Placed]) -> bool:
    """Whether metrics and the rest of the block belong together; what doesn't is reported."""
    before = len(desk.findings.found)
    pairs = evaluate.by == "pairs"
    for name in ALONE["pairs" if pairs else "ranking"]:
        node = root.get("evaluate", name)
        if node is not None and node.value is not None:
            said = "pairs are in no list" if pairs else "rankings need no clicks and no negatives"
            other = "remove it" if pairs else "by: pairs, or remove it"
            desk.findings.add(node.place, f"{said}, so `{name}` means nothing", other)
    for one in metric:
        if pairs != _of_pairs(one):
            _other(desk, one, pairs)
        elif pairs:
            _target(desk, one, evaluate)
    if pairs and evaluate.positive is not None and evaluate.negative is not None:
        node = root.get("evaluate", "negative") or root
        what = (
            "`positive` makes clicks of weights, and `negative` of all held-out pairs: it is one or the other"
        )
        desk.findings.add(node.place, what, "remove one of the two")
    return len(desk.findings.found) == before


def _of_pairs(metric: Placed) -> bool:
    return hasattr(metric.part.options, "influence")


def _other(desk: Desk, metric: Placed, pairs: bool) -> None:
    name = metric.part.label
    if pairs:
        what = f"`{name}` judges rankings, and `by: pairs` makes none"
        desk.findings.add(metric.place, what, f"one of {WEIGHED}, {CLICKED}, or by: ranking")
    else:
        what = f"`{name}` judges pairs, and rankings are judged here"
        desk.findings.add(metric.place, what, f"one of {RANKED}, or by: pairs")


def _target(desk: Desk, metric: Placed, evaluate: Evaluate) -> None:
    """Weights to be near to, or clicks to be told from the rest."""
    name, clicks = metric.part.label, evaluate.positive is not None or evaluate.negative is not None
    if getattr(metric.part.options, "meaning", "") == "value":
        if evaluate.negative is not None:
            what = f"`{name}` judges weights, and a drawn negative has none"
            desk.findings.add(metric.place, what, f"one of {CLICKED}, or remove `negative`")
    elif not clicks:
        what = f"`{name}` judges clicks, and nothing says which pairs are none"
        way = "negative: {by: uniform, count: 1}, or positive: 4 (clicks are weights from 4 on)"
        desk.findings.add(metric.place, what, way)


def check_meaning(desk: Desk, draft: Draft) -> None:
    """Report metrics of pairs that the method's scores can't be measured by."""
    evaluate = draft.judge.evaluate
    terms = _method(desk, draft)
    if evaluate is None or evaluate.by == "ranking":
        return
    _of_baselines(desk, draft, evaluate)
    if not terms:
        return
    found = meaning_of([term.part for term in terms])
    for metric in read(draft.judge.metric):
        needs: Meaning = getattr(metric.part.options, "meaning", "order")
        if needs not in ("order", found):
            names = " and ".join(dict.fromkeys(term.part.label for term in terms))
            what = f"`{metric.part.label}` needs {MEANT[needs]}, and scores of {names} are {MEANT[found]}"
            desk.findings.add(metric.place, what, f"{GIVES[needs]}, or leave the metric out")
        elif needs == "probability":
            _of_what(desk, metric, evaluate, terms)


def _of_baselines(desk: Desk, draft: Draft, evaluate: Evaluate) -> None:
    """Those that give probabilities, where metrics need them."""
    needs = {getattr(metric.part.options, "meaning", "order") for metric in read(draft.judge.metric)}
    for one in read(draft.judge.baseline) if "probability" in needs else ():
        if getattr(one.part.options, "meaning", "order") == "probability":
            _of_what(desk, one, evaluate, [one])


def _method(desk: Desk, draft: Draft) -> list[Placed]:
    """The model, or the supervised terms of the last stage; none where one of them can't be told."""
    if draft.model is not None:
        return [draft.model]
    terms = draft.stage[-1].objective if draft.stage else []
    named = [t for t in read(terms) if t.part.weight > 0]
    answers = [ask(desk, t, "supervision", lambda o: bool(o.supervised)) for t in named]
    if None in terms or None in answers:
        return []
    return [term for term, answer in zip(named, answers) if answer]


def _of_what(desk: Desk, metric: Placed, evaluate: Evaluate, terms: Sequence[Placed]) -> None:
    """Probabilities have to be those of the clicks that are judged."""
    for term in terms:
        own = getattr(term.part.options, "positive", evaluate.positive)
        if own != evaluate.positive:
            learns = "of drawn negatives" if own is None else f"below {own:g}"
            judges = (
                "drawn negatives" if evaluate.positive is None else f"weights below {evaluate.positive:g}"
            )
            judge = "the recipe" if term is metric else f"`{metric.part.label}`"
            learner = f"{term.part.label} learns those {learns}"
            what = f"{judge} judges probabilities beside {judges}, and {learner}"
            said = "null" if evaluate.positive is None else f"{evaluate.positive:g}"
            desk.findings.add(metric.place, what, f"positive: {said} in {term.part.label}")
