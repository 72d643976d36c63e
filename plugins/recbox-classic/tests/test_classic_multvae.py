"""multvae: likelihood, KL and its weight by hand; what is left out in training is there in scoring."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from classic_made import HAND, drawn, fitted, scores
from recbox_classic import MultVAE
from recbox_classic._autoencoder import Autoencoder, divergence, multinomial
from torch.distributions import Normal, kl_divergence

from recbox.context import Context
from recbox.plugin import Moment, UserBatch

SMALL = {"dim": 3, "hidden": 5}


def network(items: int = 4, **options: object) -> Autoencoder:
    return Autoencoder(items, MultVAE.parse({**SMALL, **options}), torch.Generator().manual_seed(1))


def batch(*histories: list[int]) -> UserBatch:
    counts = [len(h) for h in histories]
    items = torch.tensor([i for h in histories for i in h])
    return UserBatch(
        torch.arange(len(counts)), torch.tensor([0, *np.cumsum(counts)]), items, torch.ones(len(items))
    )


def moment(step: int = 0, steps: int = 1, seed: int = 0) -> Moment:
    return Moment(step // steps, step, steps, torch.Generator().manual_seed(seed))


def test_the_likelihood_by_hand() -> None:
    """Logits 0, ln 2, 0: chances 1/4, 1/2, 1/4. Items 0 and 1: ln 4 + ln 2, item 2: ln 4; their mean."""
    logits = torch.tensor([[0, math.log(2), 0], [0, math.log(2), 0]])
    x = torch.tensor([[1.0, 1, 0], [0, 0, 1]])
    assert float(multinomial(logits, x)) == pytest.approx((3 * math.log(2) + 2 * math.log(2)) / 2)


def test_kl_by_hand() -> None:
    """μ = (1, 0), σ² = (1, 4): ½ ((1 + 1 - 1 - 0) + (4 + 0 - 1 - ln 4))."""
    mean, logvar = torch.tensor([[1.0, 0]]), torch.tensor([[0, math.log(4)]])
    assert float(divergence(mean, logvar)) == pytest.approx(0.5 * (1 + 3 - math.log(4)))
    assert float(divergence(torch.zeros(2, 3), torch.zeros(2, 3))) == 0


def test_kl_is_that_of_torch() -> None:
    stream = torch.Generator().manual_seed(0)
    mean, logvar = torch.randn(5, 3, generator=stream), torch.randn(5, 3, generator=stream)
    theirs = kl_divergence(Normal(mean, (logvar / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
    assert float(divergence(mean, logvar)) == pytest.approx(float(theirs), rel=1e-5)


def test_the_weight_of_kl_rises_with_each_update() -> None:
    """cap 0.2 in 5 epochs of 4 updates: 0.01 more with each, up to 0.2."""
    rising = network(cap=0.2, anneal=5)
    found = [rising.beta(moment(step, 4)) for step in (0, 1, 10, 20, 100)]
    assert found == pytest.approx([0, 0.01, 0.1, 0.2, 0.2])
    assert network(cap=0.2, anneal=0).beta(moment(0, 4)) == 0.2


def test_the_loss_is_the_likelihood_and_kl_of_what_it_encodes() -> None:
    """In evaluation nothing is left out, and with noise of 0 the mean is decoded."""
    module, given = network(cap=0.5, anneal=0).eval(), batch([0, 2], [1])
    x = given.dense(4)
    mean, logvar = module.encode(x)
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(7))
    z = mean + noise * (logvar / 2).exp()
    expected = multinomial(module.decode(z), x) + 0.5 * divergence(mean, logvar)
    assert torch.equal(module(given, moment(seed=7)), expected)


def test_a_history_is_encoded_by_its_direction() -> None:
    """tanh(W x / ‖x‖ + b), then the next layer: twice the history is the same history."""
    module = network().eval()
    x = batch([0, 2]).dense(4)
    hidden = (module.inner[0].weight @ (x[0] / math.sqrt(2)) + module.inner[0].bias).tanh()
    expected = module.inner[1].weight @ hidden + module.inner[1].bias
    mean, logvar = module.encode(x)
    assert torch.allclose(torch.cat([mean, logvar], dim=1)[0], expected, atol=1e-6)
    assert torch.allclose(module.encode(2 * x)[0], mean, atol=1e-6)


def test_mult_dae_has_no_noise_and_no_kl() -> None:
    module, given = network(variational=False, dropout=0.0), batch([0, 2], [1])
    losses = {module(given, moment(seed=seed)).item() for seed in range(3)}
    assert len(losses) == 1
    x = given.dense(4)
    assert losses.pop() == pytest.approx(multinomial(module.decode(module.encode(x)[0]), x).item())


def test_dropout_is_for_training_alone() -> None:
    module, x = network(items=200, dropout=0.5), torch.ones(1, 200)
    with Context().draws("dropout"):
        one, other = module.train().encode(x)[0], module.encode(x)[0]
    assert not torch.equal(one, other)
    assert torch.equal(module.eval().encode(x)[0], module.encode(x)[0])


def test_no_hidden_layer_is_a_single_one_on_each_side() -> None:
    module = network(hidden=0)
    assert (len(module.inner), len(module.outer)) == (1, 1)
    assert module.outer[0].weight.shape == (4, 3)


def test_its_scores_are_log_chances_of_the_mean_of_whole_histories() -> None:
    found = fitted(MultVAE(**SMALL), HAND)
    with torch.no_grad():
        mean = found.network.encode(torch.from_numpy(HAND.astype(np.float32)))[0]
        expected = found.network.decode(mean).log_softmax(1)
    values = scores(MultVAE(**SMALL), HAND)
    assert np.allclose(values, expected.numpy(), atol=1e-6)
    assert np.allclose(np.exp(values).sum(1), 1, atol=1e-5)


def test_kl_draws_histories_together() -> None:
    """The larger its weight, the less the numbers in the middle differ between users."""
    spread = []
    for cap in (0.0, 5.0):
        scorer = fitted(MultVAE(dim=4, hidden=0, cap=cap, anneal=0), drawn())
        x = torch.from_numpy(drawn()[:-1].astype(np.float32))
        with torch.no_grad():
            spread.append(float(scorer.network.encode(x)[0].std(0).mean()))
    assert spread[1] < 0.5 * spread[0]
