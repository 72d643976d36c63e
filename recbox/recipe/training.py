"""The blocks `objective` and `train`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from recbox.recipe.blocks import Formula, Training
from recbox.recipe.desk import Desk, Placed
from recbox.recipe.draft import StageDraft
from recbox.recipe.network import default_part, read_parts
from recbox.recipe.tree import Node, given

TERMS = ("supervised", "self-supervised")


def read_stages(desk: Desk, root: Node) -> list[StageDraft] | None:
    """The stages of training, each with its terms of the loss."""
    train, objective = given(root, "train"), given(root, "objective")
    stages = given(train, "stage") if train else None
    if train is None or stages is None:
        return _whole([_stage(desk, train, objective, root)])
    _alone(desk, train)
    nodes = desk.listed(stages, "`stage`")
    if nodes is None:
        return None
    if not nodes:
        desk.findings.add(stages.place, "training has at least one stage")
    if objective is not None and all("objective" in n.mapping for n in nodes):
        place = root.keys["objective"]
        desk.findings.add(place, "no stage uses this objective: each has its own", "remove it")
    return _whole([_stage(desk, n, given(n, "objective") or objective, root) for n in nodes])


def _whole(stages: Sequence[StageDraft | None]) -> list[StageDraft] | None:
    read = [s for s in stages if s is not None]
    return read if read and len(read) == len(stages) else None


def _alone(desk: Desk, train: Node) -> None:
    for name in train.mapping:
        if name != "stage":
            what = f"beside `stage`, `{name[:60]}` means nothing"
            desk.findings.add(train.keys[name], what, "write it in each stage")


def _stage(desk: Desk, node: Node | None, objective: Node | None, root: Node) -> StageDraft | None:
    staged = ("objective",) if node is not None and node is not given(root, "train") else ()
    training = desk.block(Training, node, "`train`" if not staged else "a stage", staged)
    terms = read_objective(desk, objective, root)
    if training is not None and node is not None:
        _unused(desk, training, node)
    return StageDraft(training, node, terms) if training and terms is not None else None


def read_objective(desk: Desk, node: Node | None, root: Node) -> list[Placed] | None:
    """The terms of the loss, as a list or as the formula of alpha; `bpr` where none is given."""
    if node is None:
        term = desk.part("objective", default_part("bpr", root))
        return [term] if term else None
    if isinstance(node.value, dict) and "use" not in node.value:
        return _formula(desk, node)
    terms = read_parts(desk, "objective", node, "`objective`")
    if terms is not None and not terms:
        desk.findings.add(node.place, "a loss has at least one term", "objective: [{use: bpr}]")
    return terms or None


def _formula(desk: Desk, node: Node) -> list[Placed] | None:
    """alpha · supervised + (1 - alpha) · self-supervised, as a list of weighted terms."""
    desk.mapping(node, "the formula of `objective`", ("alpha", *TERMS))
    alpha = node.mapping.get("alpha")
    formula = desk.value(Formula, alpha, "alpha", "`objective`") if alpha else None
    for name in ("alpha", *TERMS):
        if name not in node.mapping:
            desk.findings.add(node.place, f"the formula of `objective` needs `{name}`")
    sides = [read_parts(desk, "objective", node.mapping[n], f"`{n}`") for n in TERMS if n in node.mapping]
    if formula is None or len(sides) < len(TERMS) or any(side is None for side in sides):
        return None
    factors = (formula.alpha, 1 - formula.alpha)
    return [_scaled(p, factor) for side, factor in zip(sides, factors) for p in side or ()]


def _scaled(placed: Placed, factor: float) -> Placed:
    return replace(placed, part=replace(placed.part, weight=placed.part.weight * factor))


_FOR = (
    ("negative", "pool", ("hard",)),
    ("optimizer", "momentum", ("sgd",)),
    ("schedule", "every", ("step", "plateau")),
    ("schedule", "gamma", ("step", "plateau")),
)
"""Settings that mean something for some values of `by` alone."""


def _unused(desk: Desk, training: Training, node: Node) -> None:
    for block, name, users in _FOR:
        options = getattr(training, block)
        place = node.get(block, name)
        default = type(options).model_fields[name].default
        if place and options.by not in users and getattr(options, name) != default:
            what = f"`{name}` is for {' and '.join(users)}; `{options.by}` would not use it"
            desk.findings.add(place.place, what)
