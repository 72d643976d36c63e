"""What a module asks of the loop: a learning rate of its own, and to be told which nodes a step is about."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from recbox.errors import PluginError
from recbox.recipe.blocks import Optimizer
from recbox.recommender.guard import check_module
from recbox.train import GraphCourse, fit
from recbox.train.optimizing import grouped, make_optimizer


class Scaled(nn.Module):
    """A weight, and a module within."""

    def __init__(self, lr: float | None = None, inner: nn.Module | None = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.lr, self.inner = lr, inner


def test_the_innermost_rate_counts():
    module = Scaled(None, Scaled(0.5, Scaled(None, Scaled(0.1))))
    inner = module.inner
    parts = {
        group["lr"]: (group["share"], [id(p) for p in group["params"]]) for group in grouped(module, 0.2)
    }
    assert parts == {
        0.2: (1.0, [id(module.weight)]),
        0.5: (2.5, [id(inner.weight), id(inner.inner.weight)]),
        0.1: (0.5, [id(inner.inner.inner.weight)]),
    }


def test_without_any_there_is_one_group():
    assert len(make_optimizer(Optimizer(), Scaled(None, Scaled())).param_groups) == 1


def test_a_step_of_sgd_is_the_rate_times_the_gradient():
    module = Scaled(None, Scaled(0.5))
    optimizer = make_optimizer(Optimizer(by="sgd", lr=0.2), module)
    (3 * module.weight + 2 * module.inner.weight).sum().backward()
    optimizer.step()
    assert module.weight.item() == pytest.approx(-0.6)
    assert module.inner.weight.item() == pytest.approx(-1.0)


def test_the_schedule_moves_all_in_proportion(prepare):
    """A step schedule that halves each epoch: of 0.05 and of 0.5, as the optimizer has it at each epoch."""
    schedule = {"by": "step", "every": 1, "gamma": 0.5}
    train = {"epochs": 3, "batch": 4096, "optimizer": {"lr": 0.05}, "schedule": schedule, "patience": None}
    recipe, recommender, *rest = prepare(train=train)
    recommender.encoder["item"].lr = 0.5
    seen = []
    step = torch.optim.Adam.step

    def looking(self, *args):
        seen.append(sorted(group["lr"] for group in self.param_groups))
        return step(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.Adam, "step", looking)
        fit(GraphCourse(recipe, recommender, *rest), None)
    assert seen == [pytest.approx([0.05 * f, 0.5 * f]) for f in (1, 0.5, 0.25)]


@pytest.mark.parametrize("lr", [0, -1.0, float("nan"), True, "fast"])
def test_a_rate_that_is_none_is_the_parts_fault(lr, prepare):
    part = prepare()[0].encoder["item"].part[0]
    with pytest.raises(PluginError, match="asks for a learning rate"):
        check_module(part, Scaled(None, Scaled(lr)))


class Told(nn.Module):
    """Keeps what it is told, and how often it is run."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner, self.told = inner, []

    def attend(self, nodes: torch.Tensor | None) -> None:
        self.told.append(None if nodes is None else nodes.tolist())

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled():
            self.told.append("pass")
        return self.inner(nodes)


@pytest.mark.parametrize("by", ["uniform", "hard", None])
def test_a_module_is_told_of_each_step_before_its_pass(by, prepare, validate):
    """Users, and items with negatives; of the look that chooses hard negatives nobody learns."""
    negative = {} if by is None else {"negative": {"by": by, "count": 2}}
    train = {"epochs": 2, "batch": 200, "patience": None, **negative}
    objective = [{"use": "softmax", "over": "in-batch"} if by is None else {"use": "bce"}]
    recipe, recommender, graph, world, context = prepare(train=train, objective=objective)
    told = {}
    for node, encoder in recommender.encoder.items():
        encoder.part[0] = told[node] = Told(encoder.part[0])
    course = GraphCourse(recipe, recommender, graph, world, context)
    batches = list(course.open(0).batches.epoch(0, context))
    fit(course, validate)
    user, item = told["user"].told, told["item"].told
    look = [[]] if by == "hard" else []
    sizes = [len(batch.user) for batch in batches]
    shape = ["nodes" if isinstance(x, list) and x else x for x in user]
    assert shape == [None, *([*look, "nodes", "pass"] * len(batches))] * 2
    users = [x for x in user if isinstance(x, list) and x]
    items = [x for x in item if isinstance(x, list) and x]
    assert users[: len(batches)] == [batch.user.tolist() for batch in batches]
    assert [len(x) for x in items[: len(batches)]] == [(1 if by is None else 3) * n for n in sizes]
    for row, batch in zip(items, batches):
        assert row[: len(batch.item)] == batch.item.tolist()
