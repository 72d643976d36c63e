"""Losses worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from recbox.objective._softmax import _CrossEntropy
from recbox.objective.bce import BCE
from recbox.objective.bpr import BPR
from recbox.objective.l2 import L2
from recbox.objective.mse import MSE
from recbox.objective.softmax import Softmax
from recbox.plugin import Batch

USER = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
ITEM = torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
# scores: user 0: 2, 0, 1; user 1: 0, 1, 1


def batch(negative: list[list[int]] | None) -> Batch:
    drawn = None if negative is None else torch.tensor(negative)
    return Batch(torch.tensor([0, 1]), torch.tensor([0, 1]), torch.tensor([3.0, 1.0]), drawn)


def sigma(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def value(objective, make_step, negative=None, known=((0, 0), (1, 1))) -> float:
    return objective.build(None)(make_step(USER, ITEM, batch(negative), known)).item()


def test_bpr_is_the_mean_over_pairs(make_step):
    expected = -(math.log(sigma(2 - 0)) + math.log(sigma(1 - 0))) / 2
    assert value(BPR(), make_step, [[1], [0]]) == pytest.approx(expected)


def test_bpr_with_several_negatives_averages_them(make_step):
    pairs = [2 - 0, 2 - 1, 1 - 0, 1 - 1]
    expected = -sum(math.log(sigma(d)) for d in pairs) / 4
    assert value(BPR(), make_step, [[1, 2], [0, 2]]) == pytest.approx(expected)


def test_bce_adds_positives_and_negatives(make_step):
    expected = -(math.log(sigma(2)) + math.log(sigma(1))) / 2 - (math.log(sigma(0)) + math.log(sigma(0))) / 2
    assert value(BCE(), make_step, [[1], [0]]) == pytest.approx(expected)


def test_bce_with_a_threshold_takes_clicks_from_the_weights(make_step):
    # scores 2 and 1, weights 3 and 1: the first is a click from 3 on, and both are from 1 on
    assert value(BCE(positive=3), make_step) == pytest.approx(-(math.log(sigma(2)) + math.log(sigma(-1))) / 2)
    assert value(BCE(positive=1), make_step) == pytest.approx(-(math.log(sigma(2)) + math.log(sigma(1))) / 2)
    assert (BCE().negatives, BCE(positive=3).negatives) == ("many", "none")


def test_mse_is_against_the_weight(make_step):
    assert value(MSE(), make_step) == pytest.approx(((2 - 3) ** 2 + (1 - 1) ** 2) / 2)


def test_l2_is_half_the_squared_norms_over_the_batch_size(make_step):
    # users 1 + 1, positives 4 + 1, negatives 1 + 4; a node that comes twice counts twice
    assert value(L2(), make_step, [[1], [0]]) == pytest.approx((1 + 1 + 4 + 1 + 1 + 4) / 2 / 2)
    assert value(L2(), make_step) == pytest.approx((1 + 1 + 4 + 1) / 2 / 2)


def test_softmax_over_all_leaves_out_the_users_other_items(make_step):
    expected = -(
        2 - math.log(math.exp(2) + math.exp(0) + math.exp(1)) + 1 - math.log(math.exp(0) + math.exp(1))
    )
    known = [(0, 0), (1, 1), (1, 2)]
    assert value(Softmax(), make_step, known=known) == pytest.approx(expected / 2)


def test_softmax_over_all_leaves_out_items_that_are_no_candidates(make_step):
    """Item 2 is cold: scores 2, 0 and 0, 1 are left."""
    step = make_step(USER, ITEM, batch(None), [(0, 0), (1, 1)])
    step.cold = torch.tensor([False, False, True])
    expected = -(2 - math.log(math.exp(2) + math.exp(0)) + 1 - math.log(math.exp(0) + math.exp(1))) / 2
    assert Softmax().build(None)(step).item() == pytest.approx(expected)
    assert step.excluded(torch.tensor([1, 0])).tolist() == [[False, True, True], [True, False, True]]
    assert step.excluded(torch.tensor([0]), torch.tensor([2, 1])).tolist() == [[True, False]]


def test_a_user_who_knows_all_candidates_adds_nothing(make_step):
    user, item = (x.clone().requires_grad_() for x in (USER, ITEM))
    step = make_step(user, item, batch(None), [(0, 0), (0, 1), (1, 1)])
    step.cold = torch.tensor([False, False, True])
    loss = Softmax().build(None)(step)
    loss.backward()
    assert loss.item() == pytest.approx(-(1 - math.log(math.exp(0) + math.exp(1))) / 2)
    assert not user.grad[0].any() and user.grad[1].any()
    assert torch.isfinite(item.grad).all() and not item.grad[2].any()


def test_softmax_temperature_divides_scores(make_step):
    expected = -(4 - math.log(math.exp(4) + math.exp(0) + math.exp(2)))
    expected += -(2 - math.log(math.exp(0) + math.exp(2) + math.exp(2)))
    assert value(Softmax(temperature=0.5), make_step) == pytest.approx(expected / 2)


def test_softmax_temperature_divides_scores_of_samples_and_of_the_batch_too(make_step):
    sampled = -(4 - math.log(math.exp(4) + math.exp(2)) + 2 - math.log(math.exp(2) + math.exp(2)))
    objective = Softmax(over="sampled", correct=False, temperature=0.5)
    assert value(objective, make_step, [[2], [2]]) == pytest.approx(sampled / 2)
    batch_alone = -(4 - math.log(math.exp(4) + math.exp(0)) + 2 - math.log(math.exp(0) + math.exp(2)))
    objective = Softmax(over="in-batch", correct=False, temperature=0.5)
    assert value(objective, make_step) == pytest.approx(batch_alone / 2)


def test_softmax_over_samples(make_step):
    expected = -(2 - math.log(math.exp(2) + math.exp(1)) + 1 - math.log(math.exp(1) + math.exp(1)))
    objective = Softmax(over="sampled", correct=False)
    assert value(objective, make_step, [[2], [2]]) == pytest.approx(expected / 2)


def test_softmax_in_batch_leaves_out_items_that_the_user_knows(make_step):
    plain = -(2 - math.log(math.exp(2) + math.exp(0)) + 1 - math.log(math.exp(0) + math.exp(1))) / 2
    assert value(Softmax(over="in-batch", correct=False), make_step) == pytest.approx(plain)
    alone = value(Softmax(over="in-batch"), make_step, known=[(0, 0), (0, 1), (1, 1), (1, 0)])
    assert alone == pytest.approx(0)


def test_log_q_divides_what_was_sampled_by_how_often_it_is_expected(make_step):
    step = make_step(USER, ITEM, batch([[2, 1], [2, 0]]))
    step.proposal = torch.tensor([0.5, 0.25, 0.25])
    # user 0: item 0 scores 2, drawn are 2 (score 1) and 1 (0)
    # user 1: item 1 scores 1, drawn are 2 (1) and 0 (0)
    first = math.exp(2) + math.exp(1) / (2 * 0.25) + math.exp(0) / (2 * 0.25)
    second = math.exp(1) + math.exp(1) / (2 * 0.25) + math.exp(0) / (2 * 0.5)
    expected = (math.log(first) - 2 + math.log(second) - 1) / 2
    assert Softmax(over="sampled").build(None)(step).item() == pytest.approx(expected)


def test_in_batch_each_item_stands_once_however_often_it_was_drawn(make_step):
    step = make_step(USER, ITEM, batch(None), known=[(0, 0), (1, 1)])
    step.popularity = torch.tensor([0.5, 0.25, 0.25])
    q = [1 - 0.5**2, 1 - 0.75**2]  # two draws
    first = math.exp(2) + math.exp(0) / q[1]
    second = math.exp(1) + math.exp(0) / q[0]
    expected = (math.log(first) - 2 + math.log(second) - 1) / 2
    assert Softmax(over="in-batch").build(None)(step).item() == pytest.approx(expected)


def test_the_corrected_sum_is_on_average_the_sum_over_all_items(make_step):
    draw = torch.Generator().manual_seed(0)
    user, item = torch.randn(1, 3, generator=draw), torch.randn(6, 3, generator=draw)
    chance = torch.tensor([0.0, 0.4, 0.3, 0.1, 0.1, 0.1])
    scores, module, sums = (user @ item.T)[0], Softmax(over="sampled").build(None), []
    zero = torch.zeros(1, dtype=torch.int64)
    for _ in range(3000):
        drawn = torch.multinomial(chance, 4, replacement=True, generator=draw)
        step = make_step(user, item, Batch(zero, zero, torch.ones(1), drawn[None]))
        step.proposal = chance
        sums.append(math.exp(module(step).item() + scores[0].item()))
    assert sum(sums) / len(sums) == pytest.approx(scores.exp().sum().item(), rel=0.03)


def test_a_batch_twice_over_has_the_same_loss(make_step):
    once = batch([[1], [0]])
    twice = Batch(*(torch.cat([t, t]) for t in (once.user, once.item, once.weight, once.negative)))
    for objective in (BPR(), BCE(), MSE(), L2(), Softmax(), Softmax(over="sampled")):
        module = objective.build(None)
        one, two = (module(make_step(USER, ITEM, b)).item() for b in (once, twice))
        assert one == pytest.approx(two), objective


@pytest.mark.parametrize("shifted", [None, "items", "pairs"])
def test_the_softmax_in_few_passes_is_torchs_own(shifted):
    draw = torch.Generator().manual_seed(2)
    scores = torch.randn(5, 7, dtype=torch.float64, generator=draw).requires_grad_()
    target, known = torch.randint(7, (5,), generator=draw), torch.rand(5, 7, generator=draw) < 0.3
    shift = {"items": torch.rand(7), "pairs": torch.rand(5, 7), None: None}[shifted]

    def own(x: torch.Tensor) -> torch.Tensor:
        return _CrossEntropy.apply(x, target, 0.3, shift, known)

    place = target[:, None]
    z = scores / 0.3 if shift is None else scores / 0.3 - shift.expand(5, 7).scatter(1, place, 0.0)
    other = cross_entropy(z.masked_fill(known.scatter(1, place, False), -torch.inf), target)
    torch.testing.assert_close(own(scores), other)
    torch.testing.assert_close(*(torch.autograd.grad(loss, scores)[0] for loss in (own(scores), other)))
    assert torch.autograd.gradcheck(own, scores)


def test_a_prior_is_part_of_the_scores_in_every_softmax(make_step):
    """As if each item had another column."""
    prior = torch.tensor([0.5, -1.0, 2.0])
    user, item = torch.cat([USER, torch.ones(len(USER), 1)], 1), torch.cat([ITEM, prior[:, None]], 1)
    for objective in (Softmax(), Softmax(over="in-batch"), Softmax(over="sampled")):
        step = make_step(USER, ITEM, batch([[2], [2]]), known=[(0, 0), (1, 1)])
        step.prior = prior
        wider = make_step(user, item, batch([[2], [2]]), known=[(0, 0), (1, 1)])
        module = objective.build(None)
        torch.testing.assert_close(module(step), module(wider))
