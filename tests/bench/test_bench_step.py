"""The step that recbox is compared with does the same as recbox's: the same loss, the same gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recbox.bench.asked import Asked
from recbox.bench.evaluate import K, measure, plain
from recbox.bench.step import REFERENCE, reference, trainees
from recbox.bench.step import measure as measure_step
from recbox.bench.timing import Timed
from recbox.evaluate import at_test, rank
from recbox.kernel.dgl_door import missing


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked(nodes=300, edges=3000, dim=8, repeat=2, threads=1)


def test_the_reference_has_the_engines_loss_and_gradients(asked: Asked) -> None:
    for name, one in trainees(asked).items():
        beside = reference(asked, one)
        batch = next(iter(one.stage.loss.batches.epoch(5, one.context)))
        losses = one.stage.loss.terms(batch, 5, 0)
        whole = (losses * torch.tensor(one.stage.loss.weights)).sum()
        its = beside.loss(batch.user, batch.item, batch.negative.squeeze(1))
        close = 1e-5 if "fp32" in name else 3e-3
        assert its.item() == pytest.approx(whole.item(), rel=close)
        one.stage.optimizer.zero_grad(set_to_none=True)
        whole.backward()
        its.backward()
        mine = torch.cat([p.grad for p in one.course.recommender.parameters()])
        assert beside.vectors.grad is not None
        error = (mine - beside.vectors.grad).norm() / beside.vectors.grad.norm()
        assert error < (1e-5 if "fp32" in name else 2e-2)


def test_its_negatives_are_items_that_the_user_has_not_and_it_learns(asked: Asked) -> None:
    beside = reference(asked, next(iter(trainees(asked).values())))
    user, item, negative = beside._sample()
    known = set(zip(asked.train.interaction.user.tolist(), asked.train.interaction.item.tolist()))
    assert set(zip(user.tolist(), item.tolist())) <= known
    bad = sum(pair in known for pair in zip(user.tolist(), negative.tolist()))
    assert bad <= 0.01 * len(user)
    losses = [float(beside.step()) for _ in range(40)]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def test_every_kernel_is_measured_in_both_precisions(asked: Asked) -> None:
    names = {row["name"] for row in measure_step(asked)["row"]}
    assert names == {f"{k} {p}" for k in asked.kernels for p in ("fp32", "bf16")} | {REFERENCE}
    assert missing() or "dgl fp32" in names


def test_an_epoch_is_its_opening_and_the_steps_it_has_more(asked: Asked) -> None:
    one = next(iter(trainees(asked).values()))
    one.length = 5
    assert one.epoch_of(Timed((10.0, 20.0)), Timed((4.0, 6.0)), steps=2) == Timed((18.0, 32.0))


def test_after_an_epochs_last_step_the_next_epoch_opens(asked: Asked) -> None:
    one = next(iter(trainees(asked).values()))
    assert (one.epoch, one.number) == (0, 1)
    one.steps(one.length)
    assert (one.epoch, one.number) == (1, 1)


def test_the_plain_ranking_is_the_exact_one(asked: Asked) -> None:
    scorer = next(iter(trainees(asked).values())).course.scorer()
    truth = at_test(asked.job.dataset, asked.job.split, refit=True)
    assert np.array_equal(plain(scorer, truth), rank(scorer, truth, K, asked.context).items)


def test_rankings_are_compared_list_by_list(asked: Asked) -> None:
    part = measure(asked)
    alike = {row["name"]: row["extra"]["same lists"] for row in part["row"]}
    assert alike["recbox"] == alike["torch, plain blocks"] == 1.0
    assert {row["better"] for row in part["row"]} == {"more"} and part["about"]["users"] > 0
