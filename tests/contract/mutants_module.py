"""Modules of several kinds, copies of built-ins, with one thing broken that every module must keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from mutant_kit import Mutant
from torch import nn

from recbox.layer.gcn import GCN
from recbox.plugin import Encoder, Head, Layer, Objective, Step
from recbox.plugin.init import linear, normal


def layer(make: Callable[[Any], nn.Module]) -> type[Layer]:
    class Broken(Layer):
        def build(self, spec: Any) -> nn.Module:
            return make(spec)

    return Broken


def encoder(make: Callable[[Any], nn.Module]) -> type[Encoder]:
    class Broken(Encoder):
        def build(self, spec: Any) -> nn.Module:
            return make(spec)

    return Broken


def head(make: Callable[[Any], nn.Module]) -> type[Head]:
    class Broken(Head):
        def build(self, spec: Any) -> nn.Module:
            return make(spec)

    return Broken


def objective(make: Callable[[Any], nn.Module]) -> type[Objective]:
    class Broken(Objective):
        def build(self, spec: Any) -> nn.Module:
            return make(spec)

    return Broken


class Pairs(nn.Module):
    """A head whose block follows its forward, which others fill in."""

    def block(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        return self(user[:, None], item[None])


class SingleScore(Pairs):
    def forward(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        return (user * item).sum(-1).float()


class SingleMatrix(nn.Module):
    """A matrix is made anew at each call, in float32 whatever comes in."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.rotation = torch.arange(spec.dim).roll(1).tolist()

    def forward(self, graph: Any, x: torch.Tensor) -> torch.Tensor:
        return graph.propagate(x, "sym") @ torch.eye(x.shape[1], device=x.device)[self.rotation]


class LooseTable(nn.Module):
    """A plain attribute holds what the module needs, so that it stays where it was made."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.table = torch.randn(spec.count, spec.dim, generator=spec.generator)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.table[nodes]


class MadeAnywhere(nn.Module):
    """A constant is made at each call, where the default device says."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.inner = GCN().build(spec)

    def forward(self, graph: Any, x: torch.Tensor) -> torch.Tensor:
        return self.inner(graph, x) * torch.full((x.shape[1],), 2.0)


class MaskMadeAnywhere(nn.Module):
    def forward(self, step: Step) -> torch.Tensor:
        scores = step.block(step.batch.user, step.batch.item)
        return torch.nn.functional.cross_entropy(scores, torch.arange(len(scores)))


class ForgottenSigns(nn.Module):
    """Drawn when it is made, and no part of the state."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.weight = normal(spec.count, spec.dim, 0.1, spec.generator)
        signs = torch.randn(spec.dim, generator=spec.context.generator("signs")).sign()
        self.register_buffer("signs", signs, persistent=False)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.weight[nodes] * self.signs


class ForgottenWeights(Pairs):
    """Weights in a list of python."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.weights = torch.rand(spec.width, generator=spec.generator).tolist()

    def forward(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        return (user * item * user.new_tensor(self.weights)).sum(-1)


class UnusedTransform(nn.Module):
    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.weight = linear(spec.width, spec.dim, spec.generator, bias=False)
        self.own = linear(spec.width, spec.dim, spec.generator, bias=False)

    def forward(self, graph: Any, x: torch.Tensor) -> torch.Tensor:
        return graph.propagate(self.weight(x), "sym") + x


class DetachedTransform(UnusedTransform):
    def forward(self, graph: Any, x: torch.Tensor) -> torch.Tensor:
        return graph.propagate(self.weight(x), "sym") + self.own(x).detach()


class DeadRelu(nn.Module):
    """Behind a ReLU that is always 0."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.weight = normal(spec.count, spec.dim, 0.1, spec.generator)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return (self.weight[nodes] - 100.0).relu() + self.weight.detach()[nodes]


class UnusedTemperature(nn.Module):
    """Its own parameter is read as a number of python."""

    def __init__(self) -> None:
        super().__init__()
        self.temperature = nn.Parameter(torch.tensor(0.5))

    def forward(self, step: Step) -> torch.Tensor:
        score = step.score(step.batch.user, step.batch.item) / self.temperature.item()
        return (score - step.batch.weight).square().mean()


class RootTemperature(UnusedTemperature):
    """The gradient of a root at 0."""

    def forward(self, step: Step) -> torch.Tensor:
        score = step.score(step.batch.user, step.batch.item) * (1 + (self.temperature - 0.5).square().sqrt())
        return (score - step.batch.weight).square().mean()


MUTANTS: tuple[Mutant, ...] = (
    Mutant("dtype-is-followed", "dot", "scores are float32", head(lambda spec: SingleScore())),
    Mutant("dtype-is-followed", "gcn", "a matrix in float32", layer(SingleMatrix)),
    Mutant("device-is-followed", "id", "a table that is no parameter", encoder(LooseTable)),
    Mutant("device-is-followed", "gcn", "a constant on the default device", layer(MadeAnywhere)),
    Mutant(
        "device-is-followed",
        "softmax",
        "targets on the default device",
        objective(lambda spec: MaskMadeAnywhere()),
    ),
    Mutant(
        "state-is-saved-and-loaded", "id", "drawn signs are no part of the state", encoder(ForgottenSigns)
    ),
    Mutant("state-is-saved-and-loaded", "dot", "weights in a list", head(ForgottenWeights)),
    Mutant("gradients-reach-every-parameter", "gcn", "a transform that isn't used", layer(UnusedTransform)),
    Mutant(
        "gradients-reach-every-parameter", "gcn", "a transform that is detached", layer(DetachedTransform)
    ),
    Mutant("gradients-reach-every-parameter", "id", "behind a ReLU that is always 0", encoder(DeadRelu)),
    Mutant(
        "gradients-reach-every-parameter",
        "mse",
        "a temperature read as a number",
        objective(lambda spec: UnusedTemperature()),
    ),
    Mutant(
        "gradients-reach-every-parameter",
        "mse",
        "the gradient of a root at 0",
        objective(lambda spec: RootTemperature()),
    ),
)
