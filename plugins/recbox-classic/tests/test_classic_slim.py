"""slim: by hand, the conditions of a minimum, and both solvers against each other and against EASE."""

from __future__ import annotations

import numpy as np
import pytest
from classic_made import HAND, drawn, right, scores
from recbox_classic import SLIM, _descent

BOTH = ["elastic-net", "admm"]


@pytest.mark.parametrize("by", BOTH)
def test_by_hand(by):
    """Two items, both of one user, l1 = 1/2, l2 = 1: w minimises ½(1 - w)² + ½w² + ½w, so w = 1/4."""
    found = right(SLIM(by=by, l1=0.5, l2=1.0), np.array([[1, 1]]))
    assert found == pytest.approx(np.array([[0, 0.25], [0.25, 0]]), abs=2e-4)


@pytest.mark.parametrize("by", BOTH)
def test_three_users_and_four_items_by_hand(by):
    """G = [[2, 2, 1], [2, 3, 2], [1, 2, 2]] without item 3. l1 = 1, l2 = 1. To predict item 0 from items 1
    and 2: (4 w1 + 2 w2 = 2 - 1) and (2 w1 + 3 w2 = 1 - 1) would have w2 < 0, so w2 = 0 and w1 = 1/4. To
    predict item 1: (3 w0 + w2 = 1), (w0 + 3 w2 = 1), so w0 = w2 = 1/4. Item 2 is as item 0."""
    w = 0.25
    expected = [[0, w, 0, 0], [w, 0, w, 0], [0, w, 0, 0], [0, 0, 0, 0]]
    model = SLIM(by=by, l1=1.0, l2=1.0)
    assert right(model, HAND) == pytest.approx(np.array(expected), abs=5e-4)
    assert scores(model, HAND)[0] == pytest.approx([w, w, w, 0], abs=1e-3)


@pytest.mark.parametrize("nonnegative", [True, False])
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 5.0), (1.0, 2.0), (4.0, 20.0)])
def test_no_weight_can_get_better(nonnegative, l1, l2):
    """The conditions of Karush, Kuhn and Tucker, in float64: the slope is 0 at a weight that is not 0, and
    can't be walked down from one that is."""
    x = drawn().astype(float)
    weight = right(SLIM(l1=l1, l2=l2, nonnegative=nonnegative), drawn()).astype(float)
    slope = x.T @ x - (x.T @ x) @ weight - l2 * weight
    rest, zero = ~np.eye(len(weight), dtype=bool), weight == 0
    scale = np.diag(x.T @ x)[:, None] + l2
    assert (np.abs(slope - l1 * np.sign(weight)) / scale)[rest & ~zero].max() < 2e-4
    above = slope if nonnegative else np.abs(slope)
    assert ((above - l1) / scale)[rest & zero].max(initial=0) < 2e-4
    assert weight[~rest].tolist() == [0] * len(weight)
    assert weight.min() >= 0 or not nonnegative


@pytest.mark.parametrize("nonnegative", [True, False])
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 5.0), (1.0, 2.0), (4.0, 20.0)])
def test_both_solvers_agree(nonnegative, l1, l2):
    one, other = (
        right(SLIM(by=by, l1=l1, l2=l2, nonnegative=nonnegative, rounds=2000), drawn()) for by in BOTH
    )
    assert np.abs(one - other).max() < 2e-3
    assert np.abs(one).max() > 0.05


@pytest.mark.parametrize("by", BOTH)
@pytest.mark.parametrize("l2", [2.0, 30.0])
def test_without_l1_and_signs_it_is_ease(by, l2):
    """Steck 2019, equation 8: another closed form of the same problem."""
    x = drawn().astype(float)
    inverse = np.linalg.inv(x.T @ x + l2 * np.eye(x.shape[1]))
    ease = np.eye(len(inverse)) - inverse / np.diag(inverse)
    found = right(SLIM(by=by, l1=0.0, l2=l2, nonnegative=False, rounds=2000), drawn())
    assert np.abs(found - ease).max() < 1e-3


def test_an_item_with_too_few_users_in_common_has_no_weight():
    """What the option's help says, for weights that are not negative."""
    x = drawn()
    weight = right(SLIM(l1=6.0, l2=1.0), x)
    assert (weight > 0).any()
    assert (weight[x.T @ x <= 6] == 0).all()


@pytest.mark.parametrize(("name", "value"), [("COLUMNS", 7), ("COORDINATES", 3), ("NUMBERS", 500)])
def test_it_does_not_depend_on_its_blocks(monkeypatch, name, value):
    whole = right(SLIM(l1=1.0, l2=2.0), drawn())
    monkeypatch.setattr(_descent, name, value)
    assert np.allclose(right(SLIM(l1=1.0, l2=2.0), drawn()), whole, atol=3e-4)


@pytest.mark.parametrize("by", BOTH)
def test_rounds_are_a_limit(by):
    one, many = (right(SLIM(by=by, l1=1.0, l2=2.0, rounds=n), drawn()) for n in (1, 2000))
    assert np.abs(one - many).max() > 0.01
