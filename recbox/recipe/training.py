"""The blocks `objective` and `train`."""

from __future__ import annotations

from dataclasses import replace

from recbox.recipe.blocks import Formula, Training
from recbox.recipe.desk import Desk, Parts, Placed
from recbox.recipe.draft import StageDraft
from recbox.recipe.network import default_part, read_parts
from recbox.recipe.tree import Node, given
from recbox.recipe.unused import unused

TERMS = ("supervised", "self-supervised")


def read_stages(desk: Desk, root: Node) -> list[StageDraft]:
    """The stages of training, each with its terms of the loss."""
    train, objective = given(root, "train"), given(root, "objective")
    stages = given(train, "stage") if train else None
    if train is None or stages is None:
        return [_stage(desk, train, objective, root)]
    _alone(desk, train)
    nodes = desk.listed(stages, "`stage`")
    if nodes is None:
        return []
    if not nodes:
        desk.findings.add(stages.place, "training has at least one stage")
    if objective is not None and all("objective" in n.mapping for n in nodes):
        place = root.keys["objective"]
        desk.findings.add(place, "no stage uses this objective: each has its own", "remove it")
    return [_stage(desk, n, given(n, "objective") or objective, root) for n in nodes]


def _alone(desk: Desk, train: Node) -> None:
    for name in train.mapping:
        if name != "stage":
            what = f"beside `stage`, `{name[:60]}` means nothing"
            desk.findings.add(train.keys[name], what, "write it in each stage")


def _stage(desk: Desk, node: Node | None, objective: Node | None, root: Node) -> StageDraft:
    staged = ("objective",) if node is not None and node is not given(root, "train") else ()
    training = desk.block(Training, node, "`train`" if not staged else "a stage", staged)
    terms = read_objective(desk, objective, root)
    if training is not None and node is not None:
        unused(desk, training, node)
    return StageDraft(training, node, terms)


def read_objective(desk: Desk, node: Node | None, root: Node) -> Parts:
    """The terms of the loss, as a list or as the formula of alpha; `bpr` where none is given."""
    if node is None:
        return [desk.part("objective", default_part("bpr", root))]
    if isinstance(node.value, dict) and "use" not in node.value:
        return _formula(desk, node)
    terms = read_parts(desk, "objective", node, "`objective`")
    if not terms:
        desk.findings.add(node.place, "a loss has at least one term", "objective: [{use: bpr}]")
    return terms


def _formula(desk: Desk, node: Node) -> Parts:
    """alpha · supervised + (1 - alpha) · self-supervised, as a list of weighted terms."""
    desk.mapping(node, "the formula of `objective`", ("alpha", *TERMS))
    alpha = node.mapping.get("alpha")
    formula = desk.value(Formula, alpha, "alpha", "`objective`") if alpha else None
    for name in ("alpha", *TERMS):
        if name not in node.mapping:
            desk.findings.add(node.place, f"the formula of `objective` needs `{name}`")
    share = formula.alpha if formula else 0.5
    read: Parts = []
    for name, factor in zip(TERMS, (share, 1 - share)):
        terms = (
            read_parts(desk, "objective", node.mapping[name], f"`{name}`") if name in node.mapping else [None]
        )
        read += [term and _scaled(term, factor) for term in terms]
    return read


def _scaled(placed: Placed, factor: float) -> Placed:
    return replace(placed, part=replace(placed.part, weight=placed.part.weight * factor))
