"""Whether the course of training makes sense: its negatives, its precision, and what validation steers."""

from __future__ import annotations

from recbox.errors import PluginError
from recbox.recipe.asking import ask, read
from recbox.recipe.blocks import Negative
from recbox.recipe.desk import Desk, Placed
from recbox.recipe.draft import Draft, StageDraft
from recbox.recipe.sampling import check_sampling
from recbox.recipe.trained import DRAWING, is_trained
from recbox.recipe.tree import Node

KNOWN = ("none", "one", "many", "all")
"""What a part may say of its negatives."""


def check_course(desk: Desk, draft: Draft) -> None:
    """Report settings of training that contradict each other, or that nothing would use."""
    for stage in draft.stage:
        if draft.model is not None and is_trained(draft.model.part.options):
            _drawn(desk, draft.model, stage)
        else:
            _negatives(desk, stage)
    _precision(desk, draft)
    _propagation(desk, draft)
    check_sampling(desk, draft)
    _plateau(desk, draft)
    _refit(desk, draft)
    _watched(desk, draft)


def _negatives(desk: Desk, stage: StageDraft) -> None:
    negative = stage.training.negative if stage.training else Negative()
    node = stage.node.get("negative") if stage.node else None
    drawing, setting = False, False
    for term in read(stage.objective):
        wants = _wants(desk, term)
        drawing = drawing or wants is None or wants in DRAWING
        setting = (
            setting or drawing or ask(desk, term, "candidates", lambda o: bool(o.of_candidates)) is not False
        )
        if wants == "one" and negative.count != 1:
            what = f"the objective {term.part.label!r} takes one negative for each positive"
            place = node and node.get("count")
            desk.findings.add((place or term).place, f"{what}, not {negative.count}", "count: 1")
        corrects = ask(desk, term, "correction", lambda o: bool(o.corrects))
        if node and negative.by == "hard" and corrects and wants in DRAWING:
            what = (
                f"how probably a hard negative is drawn is not known, and {term.part.label!r} corrects for it"
            )
            by = node.get("by") or node
            desk.findings.add(by.place, what, f"`correct: false` in {term.part.label}, or by: uniform")
    if node and not drawing and None not in stage.objective and negative != Negative():
        desk.findings.add(
            node.place, "no objective draws negatives, so `negative` means nothing", "remove it"
        )
    _candidate(desk, stage, setting)


def _candidate(desk: Desk, stage: StageDraft, setting: bool) -> None:
    """setting: whether an objective sets something against items that `candidate` chooses."""
    node = stage.node.get("candidate") if stage.node else None
    warm = stage.training is not None and stage.training.candidate == "warm"
    if node and warm and not setting and None not in stage.objective:
        what = "no objective sets anything against drawn items or all, so `candidate` means nothing"
        desk.findings.add(node.place, what, "remove it")


def _drawn(desk: Desk, model: Placed, stage: StageDraft) -> None:
    """The negatives of a trained model."""
    wants = _wants(desk, model)
    negative = stage.training.negative if stage.training else Negative()
    place = (stage.node.get("negative") if stage.node else None) or model
    if wants == "one" and negative.count != 1:
        what = f"the model {model.part.label!r} takes one negative for each positive, not {negative.count}"
        desk.findings.add(place.place, what, "count: 1")
    if wants in DRAWING and negative.by == "hard":
        what = f"hard negatives are chosen by score, and the loss of {model.part.label!r} tells none"
        desk.findings.add(place.place, what, "by: uniform")


def _wants(desk: Desk, term: Placed) -> str | None:
    """What a part says of its negatives; another word than those is its author's mistake."""
    said = ask(desk, term, "negatives", lambda o: str(o.negatives))
    if said is None or said in KNOWN:
        return said
    origin = term.part.origin
    what = (
        f"`negatives` of the {term.part.kind} {term.part.label!r} is {said!r}, not one of {', '.join(KNOWN)}"
    )
    remedy = origin.remedy if origin else "mend the class"
    desk.findings.blame(term.place, PluginError(what, where=str(origin or ""), instead=remedy))
    return None


def _precision(desk: Desk, draft: Draft) -> None:
    """Weights, graph and draws are prepared once, for one precision."""
    stages = [(s.training.precision, s.node) for s in draft.stage if s.training]
    for precision, node in stages[1:]:
        if precision != stages[0][0] and node is not None:
            place = (node.get("precision") or node).place
            what = f"one precision a run: this stage has {precision}, the first has {stages[0][0]}"
            desk.findings.add(place, what, f"precision: {stages[0][0]}")


def _propagation(desk: Desk, draft: Draft) -> None:
    """Stages that pass no messages: there are some to pass, and the last stage passes them."""
    if draft.model is not None:
        return
    for stage in draft.stage:
        node = stage.node.get("propagation") if stage.node else None
        if node is None or stage.training is None or stage.training.propagation != "none":
            continue
        if not draft.layer:
            what = "there are no layers, so `propagation` means nothing"
            desk.findings.add(node.place, what, "remove it")
        elif stage is draft.stage[-1]:
            what = "the last stage would pass no messages, and the layers stand in no score"
            desk.findings.add(node.place, what, "propagation: full, a stage after this one, or `layer: []`")
        for name in ("edge_dropout", "item_dropout"):
            if getattr(stage.training, name):
                place = (stage.node.get(name) if stage.node else None) or node
                what = f"no messages are passed, so `{name}` means nothing"
                desk.findings.add(place.place, what, "remove it")


def _by_plateau(draft: Draft) -> list[Node]:
    """Where a stage asks for the schedule that follows validation."""
    stages = [s for s in draft.stage if s.training and s.training.schedule.by == "plateau"]
    stated = draft.model.node if draft.model else None
    asked = [(s.node.get("schedule", "by") if s.node else None) or stated for s in stages]
    return [node for node in asked if node is not None]


def _plateau(desk: Desk, draft: Draft) -> None:
    split = draft.data.split
    if split is None or split.valid > 0 or split.by == "given":
        return
    for node in _by_plateau(draft):
        what = "`plateau` follows validation, and `data.split.valid: 0` leaves none"
        desk.findings.add(node.place, what, "step, cosine or constant")


def _refit(desk: Desk, draft: Draft) -> None:
    """The second fit has no validation: it repeats a number of epochs, and can't repeat more than that."""
    node = draft.root.get("evaluate", "refit")
    if node is None or draft.judge.evaluate is None or not draft.judge.evaluate.refit:
        return
    course = "`refit` can't repeat exactly the course that validation chose"
    if len(draft.stage) > 1:
        desk.findings.add(node.place, f"{course} through {len(draft.stage)} stages", "refit: false")
    elif _by_plateau(draft):
        desk.findings.add(node.place, f"{course} where `schedule` is by plateau", "refit: false")


def _watched(desk: Desk, draft: Draft) -> None:
    node, split = draft.root.get("evaluate", "valid_users"), draft.data.split
    if node is None or node.value is None or split is None or split.valid > 0 or split.by == "given":
        return
    what = "`data.split.valid: 0` leaves no validation, so `valid_users` means nothing"
    desk.findings.add(node.place, what, "remove it")
