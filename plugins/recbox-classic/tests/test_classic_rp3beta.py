"""rp3beta: by hand, and against dense matrices."""

from __future__ import annotations

import numpy as np
import pytest
from classic_made import HAND, drawn, right, scores
from recbox_classic import RP3beta, _matrix


def test_the_walk_by_hand():
    """Interactions of users: 2, 3, 2; of items: 2, 3, 2, 0. From item 0 one goes to users 0 and 1 with 1/2
    each, on to item 1 with 1/2 and 1/3, to item 2 with 0 and 1/3: 5/12 and 1/6. From item 1 with 1/3 to each
    user, to item 0 with 1/2, 1/3 and 0: 5/18, and so to item 2. From item 2 as from item 0."""
    expected = [[0, 5 / 12, 1 / 6, 0], [5 / 18, 0, 5 / 18, 0], [1 / 6, 5 / 12, 0, 0], [0, 0, 0, 0]]
    assert right(RP3beta(alpha=1.0, beta=0.0), HAND) == pytest.approx(np.array(expected), abs=1e-6)


def test_beta_divides_by_the_popularity_and_k_keeps_the_largest():
    """beta = 1: item 1 by 3, items 0 and 2 by 2: from item 0, 5/36 to item 1 and 1/12 to item 2. With k = 1
    item 1, which leads to both others with 5/36, keeps the lower id."""
    model = RP3beta(alpha=1.0, beta=1.0, k=1)
    expected = [[0, 5 / 36, 0, 0], [5 / 36, 0, 0, 0], [0, 5 / 36, 0, 0], [0, 0, 0, 0]]
    assert right(model, HAND) == pytest.approx(np.array(expected), abs=1e-6)
    assert scores(model, HAND)[1] == pytest.approx([5 / 36, 10 / 36, 0, 0], abs=1e-6)


@pytest.mark.parametrize(("alpha", "beta", "k"), [(1.0, 0.0, 100), (0.6, 0.4, 100), (1.4, 0.8, 4)])
def test_against_dense_matrices(alpha, beta, k):
    x = drawn().astype(float)
    user, item = (np.maximum(x.sum(axis), 1) for axis in (1, 0))
    walk = (x / item).T ** alpha @ (x / user[:, None]) ** alpha / item**beta
    np.fill_diagonal(walk, 0)
    walk = walk.astype(np.float32)
    for row in walk:
        row[np.lexsort((np.arange(len(row)), -row))[k:]] = 0
    assert np.allclose(right(RP3beta(alpha=alpha, beta=beta, k=k), drawn()), walk, atol=1e-6)
    assert np.allclose(scores(RP3beta(alpha=alpha, beta=beta, k=k), drawn()), x @ walk, atol=1e-5)


def test_all_three_steps_are_the_cube_of_the_walk():
    """With the first step put back, alpha = 1, beta = 0 and the way back to the same item, scores are the
    probabilities of the third step: what is not there is the walk that comes back to its first item."""
    x = drawn()[:-1, :-1].astype(float)
    to_item, to_user = x / x.sum(1, keepdims=True), (x / x.sum(0)).T
    back = np.diag(np.diag(to_user @ to_item))
    expected = to_item @ (to_user @ to_item - back)
    found = scores(RP3beta(alpha=1.0, beta=0.0, k=100), x.astype(int)) / x.sum(1, keepdims=True)
    assert np.allclose(found, expected, atol=1e-6)


def test_it_does_not_depend_on_its_blocks(monkeypatch):
    whole = scores(RP3beta(k=3), drawn())
    monkeypatch.setattr(_matrix, "ENTRIES", 25 * 4)
    assert (scores(RP3beta(k=3), drawn()) == whole).all()
