"""The suite `step`: one training step of LightGCN with each kernel, beside the usual one over torch's COO."""

from __future__ import annotations

from typing import Any

from recbox.bench.asked import Asked
from recbox.bench.coo import CooLightGCN
from recbox.bench.figure import Figure, rows
from recbox.bench.timing import Call, take_turns
from recbox.bench.trainee import Trainee
from recbox.recipe.blocks import Training

REFERENCE = "torch-coo fp32"


def measure(asked: Asked) -> dict[str, Any]:
    """Each step draws its batch, learns from it and moves all parameters; all begin at the same vectors."""
    trained = trainees(asked)
    calls: dict[str, Call] = {name: one.step for name, one in trained.items()}
    calls[REFERENCE] = reference(asked, next(iter(trained.values()))).step
    timed = take_turns(calls, asked.repeat, asked.progress, "training steps")
    figures = [Figure(name, spent) for name, spent in timed.items()]
    return {"about": about(asked), "row": rows("training step", figures, REFERENCE)}


def trainees(asked: Asked) -> dict[str, Trainee]:
    """The engine's own stage on each kernel in each precision, with the first step of an epoch done."""
    made = {}
    for kernel in asked.kernels:
        for precision in ("fp32", "bf16"):
            context = asked.context.with_(kernel=kernel, precision=precision)
            one = made[f"{kernel} {precision}"] = Trainee(asked.setting.recipe, asked.train, context)
            one.opens()
    return made


def reference(asked: Asked, beside: Trainee) -> CooLightGCN:
    """With the same vectors, batch, rate and weight of the L2 as the engine's."""
    training, recipe = beside.stage.training, asked.setting.recipe
    return CooLightGCN(
        asked.train,
        beside.course.recommender.first().detach(),
        asked.context.generator("bench", 2),
        layers=len(beside.course.recommender.layer),
        batch=training.batch,
        lr=training.optimizer.lr,
        decay=recipe.stage[0].objective[1].weight,
    )


def about(asked: Asked) -> dict[str, Any]:
    """What is trained, for a document."""
    recipe = asked.setting.recipe
    training = recipe.stage[0].training
    layers = sum(layer.repeat for layer in recipe.layer)
    return {
        **asked.about,
        "method": "LightGCN, BPR and L2",
        "layers": layers,
        "batch": training.batch,
        **way(training, layers),
    }


def way(training: Training, layers: int) -> dict[str, str]:
    """How messages pass, for a document."""
    if training.propagation != "sampled":
        return {"propagation": training.propagation}
    return {"propagation": "sampled", "fanout": ", ".join(map(str, training.fanouts(layers)))}
