"""The block `train` beside a model that is trained: what the model states, and what the recipe says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from recbox.recipe.asking import ask
from recbox.recipe.blocks import Training
from recbox.recipe.desk import Desk, Placed
from recbox.recipe.draft import StageDraft
from recbox.recipe.tree import Node, given
from recbox.recipe.unused import unused
from recbox.registry.options import Options

DRAWING = ("one", "many")
"""What a part says of its negatives where it takes those of `train.negative`."""


def is_trained(options: Options) -> bool:
    """Whether the engine trains it: of the room above this one, it is `recbox.plugin.Trained`."""
    return getattr(type(options), "trained", False) is True


def idle(options: Any) -> dict[str, str]:
    """Names of `train` that mean nothing for a trained model, and why."""
    found = {
        "stage": "a model is trained in one stage",
        "edge_dropout": "a model has no graph",
        "item_dropout": "a model has no graph",
        "propagation": "a model has no graph",
        "fanout": "a model has no graph",
    }
    if options.rows == "user":
        found["recency"] = "its batches are of users with all of their interactions"
    if options.negatives not in DRAWING:
        found |= dict.fromkeys(("candidate", "negative"), "it draws no negatives")
    return found


def course_of(options: Any, said: Mapping[str, Any] | None = None) -> Training:
    """The settings that a model states in `course`, with what a recipe says laid over them."""
    return Training.parse(_laid(options.course, said or {}))


def _laid(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` on `base`; another `by` takes the settings of the old one away."""
    laid = dict(base)
    for name, value in over.items():
        old = base.get(name)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            same = value.get("by", old.get("by")) == old.get("by", value.get("by"))
            laid[name] = _laid(old, value) if same else value
        else:
            laid[name] = value
    return laid


def read_course(desk: Desk, root: Node, model: Placed) -> list[StageDraft]:
    """The one stage of a trained model."""
    node = given(root, "train")
    nothing = ask(desk, model, "course of training", idle)
    if nothing is None:
        return [StageDraft(None, node, [])]
    for name, why in nothing.items():
        if node is not None and name in node.mapping:
            what = f"`{name}` means nothing for the model {model.part.label!r}: {why}"
            desk.findings.add(node.keys[name], what, "remove it")
    sound = desk.block(Training, node, "`train`", tuple(nothing))
    if sound is None:
        return [StageDraft(None, node, [])]
    training = _course(desk, model, {} if node is None else node.without(nothing).plain())
    if training is not None and node is not None:
        unused(desk, training, node)
    return [StageDraft(training, node, [])]


def _course(desk: Desk, model: Placed, said: Mapping[str, Any]) -> Training | None:
    """With what the recipe says, which is right for itself: a mistake now is the author's."""
    try:
        return course_of(model.part.options, said)
    except (ValidationError, TypeError, ValueError, AttributeError) as error:
        owner = f"the `course` of the model {model.part.label!r} can't be read"
        desk.blame(model.place, owner, error, model.part.origin)
        return None
