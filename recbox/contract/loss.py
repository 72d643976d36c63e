"""How the laws of objectives build a term of the loss and ask for its value and its gradient."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.law import broken, hold
from recbox.contract.learning import begin
from recbox.contract.toy_step import DIM, DRAWN, Toy, toy
from recbox.contract.world import world
from recbox.kernel import Graph
from recbox.plugin import Encoder, Objective, Spec
from recbox.registry import Registry


def inputs(case: Case, double: bool = False) -> Toy:
    return toy(counts(case)[-1], double=double).leaf()


def build(case: Case, context: Context, given: Toy) -> nn.Module:
    return _with(case, context, given, encoders(case, case.context, given.graph))


def _with(case: Case, context: Context, given: Toy, beside: dict[str, tuple[nn.Module, ...]]) -> nn.Module:
    nodes, train = len(given.vectors), world().train
    spec = Spec("", nodes, DIM, DIM, train, given.graph, context, "objective.0.0", beside)
    return objective(case).build(spec)


def encoders(case: Case, context: Context, around: Graph) -> dict[str, tuple[nn.Module, ...]]:
    """What a term that learns from an encoder asks for: one of items."""
    asked = objective(case).of_encoder
    if asked is None:
        return {"user": (), "item": ()}
    train = world().train
    options = {name: value for name, value in asked.items() if name != "use"}
    spec = Spec("item", len(train.item), 0, DIM, train, around, context, "encoder.item.0")
    own = Registry().load("encoder", asked["use"]).parse(options)
    assert isinstance(own, Encoder)  # noqa: S101
    return {"user": (), "item": (own.build(spec),)}


def call(module: nn.Module, given: Toy) -> Mapping[str, torch.Tensor]:
    return {"loss": loss_of(module, given)}


def objective(case: Case) -> Objective:
    assert isinstance(case.options, Objective)  # noqa: S101
    return case.options


def built(case: Case) -> nn.Module:
    return build(case, case.context, toy()).eval()


def built_beside(case: Case) -> tuple[nn.Module, nn.Module]:
    """A term that learns from an encoder, and that encoder's module."""
    context, given = case.context, toy()
    beside = encoders(case, context, given.graph)
    return _with(case, context, given, beside).eval(), beside["item"][0]


def counts(case: Case) -> tuple[int | None, ...]:
    """The numbers of negatives that a batch may come with; the last is the usual one. A term that asks for
    none may meet some, for another term may have asked."""
    declared = objective(case).negatives
    return {"none": (DRAWN, None), "all": (DRAWN, None), "one": (1,), "many": (1, DRAWN)}[declared]


def loss_of(module: nn.Module, given: Toy) -> torch.Tensor:
    """The value as in training: after `epoch`, with vectors that a gradient is asked of."""
    begin(module, 0)
    own = given if given.vectors.requires_grad else given.leaf()
    loss: torch.Tensor = module(own.step(module))
    return loss


def gradient_of(module: nn.Module, given: Toy) -> tuple[torch.Tensor, float]:
    """The gradient of the vectors, 0 where there is none, and the value."""
    own = given.leaf()
    loss = loss_of(module, own)
    if not loss.requires_grad:
        broken("the value carries no gradient")
    torch.autograd.backward(loss)
    gradient = own.vectors.grad
    return torch.zeros_like(own.vectors) if gradient is None else gradient, float(loss.detach())


def hold_finite(module: nn.Module, given: Toy, what: str) -> None:
    gradient, value = gradient_of(module, given)
    hold(bool(torch.isfinite(torch.tensor(value))), f"{what}: the value is {value}")
    hold(bool(torch.isfinite(gradient).all()), f"{what}: the gradient isn't finite")
