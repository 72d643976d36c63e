"""ials: by hand, its normal equations, its loss, and what the regularisation does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from classic_made import HAND, drawn, fitted, scores
from recbox_classic import IALS, _least_squares
from recbox_classic._least_squares import Side
from scipy.sparse import csr_matrix

from recbox.plugin import NewUsers


def side(matrix: np.ndarray, unobserved: float, l2: float, nu: float) -> Side:
    return Side(csr_matrix(matrix.astype(np.float32)), unobserved, l2, nu)


def test_one_half_of_a_round_by_hand():
    """Items with vectors 1, 2, 0, 1 of one column; unobserved 1/2, l2 = 1, nu = 1: HᵀH / 2 = 3, the ridges
    are 2, 3, 2 interactions + 4 / 2. User 0: (1 + 4 + 3 + 4) x = 3; user 1: (5 + 3 + 5) x = 3; user 2:
    (4 + 3 + 4) x = 2."""
    item = torch.tensor([[1.0], [2.0], [0.0], [1.0]], dtype=torch.float64)
    found = side(HAND, 0.5, 1.0, 1.0).solve(item)
    assert found[:, 0].tolist() == pytest.approx([3 / 12, 3 / 13, 2 / 11])


@pytest.mark.parametrize("nu", [0.0, 0.5, 1.0])
def test_the_normal_equations_hold_for_each_node(nu):
    x, unobserved, l2 = drawn(), 0.2, 0.01
    other = torch.from_numpy(np.random.default_rng(1).normal(size=(25, 6)))
    found = side(x, unobserved, l2, nu).solve(other).numpy()
    h = other.numpy()
    for row, vector in zip(x, found):
        theirs = h[row > 0]
        ridge = l2 * (len(theirs) + unobserved * len(h)) ** nu
        matrix = theirs.T @ theirs + unobserved * h.T @ h + ridge * np.eye(6)
        assert matrix @ vector == pytest.approx(theirs.sum(0), abs=1e-9)


def loss(x: np.ndarray, user: np.ndarray, item: np.ndarray, unobserved: float, l2: float, nu: float) -> float:
    score, ridge = user @ item.T, 0.0
    for vectors, count, others in ((user, x.sum(1), x.shape[1]), (item, x.sum(0), x.shape[0])):
        ridge += float(((count + unobserved * others) ** nu * (vectors**2).sum(1)).sum())
    return float((((score - 1) ** 2) * x).sum() + unobserved * (score**2).sum() + l2 * ridge)


@pytest.mark.parametrize("nu", [0.0, 1.0])
def test_the_loss_falls_in_each_round_and_no_step_makes_it_smaller(nu):
    """Items are solved last: nothing that is done to an item's vector makes the paper's loss smaller."""
    x, rest = drawn(), {"unobserved": 0.2, "l2": 0.05, "nu": nu}
    found = []
    for rounds in (1, 2, 4, 8):
        user, item = (v.double().numpy() for v in fitted(IALS(dim=4, rounds=rounds, **rest), x).vectors())
        found.append(loss(x, user, item, **rest))
    assert found == sorted(found, reverse=True)
    draw = np.random.default_rng(2)
    for _ in range(20):
        assert loss(x, user, item + 0.01 * draw.normal(size=item.shape), **rest) > found[-1]


def test_a_table_of_one_column_by_hand():
    """One user with one item of one: with unobserved and l2 so small that they vanish, the score is 1; with
    unobserved 1 the best score lies between 0 and 1, where (s - 1)² + s² is least but for l2: 1/2."""
    one = np.array([[1]])
    assert scores(IALS(dim=1, unobserved=1e-6, l2=1e-6, rounds=200), one)[0, 0] == pytest.approx(1, abs=1e-3)
    assert scores(IALS(dim=1, unobserved=1.0, l2=1e-6, rounds=200), one)[0, 0] == pytest.approx(0.5, abs=1e-3)


def test_vectors_of_nobody_are_zero_and_scores_tell_the_kinds():
    x = drawn()
    user, item = fitted(IALS(dim=8, unobserved=0.1), x).vectors()
    assert user[-1].abs().max() == 0
    assert item[-1].abs().max() == 0
    found = scores(IALS(dim=8, unobserved=0.1), x)
    assert found[x == 1].mean() > found[x == 0].mean() + 0.3


def test_seeds_start_elsewhere_and_end_at_about_the_same_fit():
    x, rest = drawn(), {"unobserved": 0.2, "l2": 0.05, "nu": 1.0}
    found = []
    for seed in (0, 1):
        user, item = (v.double().numpy() for v in fitted(IALS(dim=4, rounds=60, **rest), x, seed).vectors())
        found.append((loss(x, user, item, **rest), user))
    assert found[0][0] == pytest.approx(found[1][0], rel=0.05)
    assert not np.allclose(found[0][1], found[1][1], atol=1e-3)


def test_it_does_not_depend_on_its_blocks(monkeypatch):
    whole = scores(IALS(dim=4), drawn())
    monkeypatch.setattr(_least_squares, "NUMBERS", 300)
    assert np.allclose(scores(IALS(dim=4), drawn()), whole, atol=1e-5)


def test_a_new_user_solves_their_own_least_squares():
    """The x of `(Σ_S v vᵀ + unobserved VᵀV + l2 (|S| + unobserved·items)^nu I) x = Σ_S v`."""
    model = IALS(dim=3, unobserved=0.2, l2=0.05, nu=0.5, rounds=4)
    scorer = fitted(model, drawn())
    item = scorer.item.double().numpy()
    for history in ([1, 4, 7], [3], []):
        mine = item[history]
        ridge = 0.05 * (len(history) + 0.2 * len(item)) ** 0.5
        matrix = mine.T @ mine + 0.2 * item.T @ item + ridge * np.eye(3)
        expected = item @ np.linalg.solve(matrix, mine.sum(0))
        found = scorer.new_users(NewUsers.of([history])).block(np.arange(1)).numpy()[0]
        assert found == pytest.approx(expected, abs=1e-5)


def test_a_twin_is_near_its_twin():
    """Known users were solved against the items of the round before: after many rounds, that is the same."""
    matrix = drawn()
    scorer = fitted(IALS(dim=4, rounds=200), matrix)
    histories = [np.flatnonzero(row) for row in matrix[:10]]
    found = scorer.new_users(NewUsers.of(histories)).block(np.arange(10)).numpy()
    assert np.allclose(found, scorer.block(np.arange(10)).numpy(), atol=1e-3)
