"""Whether a stage can be trained by blocks, `propagation: sampled`: its layers, its terms, its numbers."""

from __future__ import annotations

from recbox.recipe.asking import ask, read
from recbox.recipe.blocks import Training
from recbox.recipe.desk import Desk, Placed
from recbox.recipe.draft import Draft, StageDraft
from recbox.registry.options import differs

WAY = "propagation: full"


def check_sampling(desk: Desk, draft: Draft) -> None:
    """Report what needs the whole graph where a step sees blocks of it, and `fanout` where none are drawn."""
    for stage in draft.stage:
        training = stage.training
        if training is None or stage.node is None or draft.model is not None:
            continue
        if training.propagation != "sampled":
            _undrawn(desk, stage, training)
            continue
        for layer in read(draft.layer):
            _sampled(desk, layer, "passes messages over the whole graph")
        for term in read(stage.objective):
            _sampled(desk, term, "looks at more than the batch's nodes in the main view")
        _left_out(desk, stage, training)
        _listed(desk, draft, stage, training)


def _undrawn(desk: Desk, stage: StageDraft, training: Training) -> None:
    node = stage.node.get("fanout") if stage.node else None
    if node and differs(training, "fanout"):
        what = f"`fanout` is for sampled; `propagation: {training.propagation}` would not use it"
        desk.findings.add(node.place, what, "propagation: sampled, or remove it")


def _sampled(desk: Desk, placed: Placed, does: str) -> None:
    if ask(desk, placed, "sampling", lambda o: bool(o.sampled)) is False:
        what = f"{placed.part.label!r} {does}, and `propagation: sampled` has blocks of it"
        desk.findings.add(placed.place, what, WAY)


def _left_out(desk: Desk, stage: StageDraft, training: Training) -> None:
    """What is left out of the whole graph, once a step."""
    for name in ("edge_dropout", "item_dropout"):
        node = stage.node.get(name) if stage.node else None
        if node and getattr(training, name):
            what = f"`{name}` goes through all edges in each step, and `propagation: sampled` draws some"
            desk.findings.add(node.place, what, f"remove it, or {WAY}")


def _listed(desk: Desk, draft: Draft, stage: StageDraft, training: Training) -> None:
    """A list has a number for each hop."""
    node = stage.node.get("fanout") if stage.node else None
    if node is None or isinstance(training.fanout, int) or None in draft.layer:
        return
    hops = sum(layer.part.repeat for layer in read(draft.layer))
    if len(training.fanout) != hops:
        what = f"`fanout` has {len(training.fanout)} numbers, and there are {hops} hops"
        desk.findings.add(node.place, what, "a number for each hop, or one for all")
