"""user-knn: by hand, and against a plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from classic_made import HAND, drawn, fitted, scores
from recbox_classic import UserKNN, _matrix

from recbox.plugin import NewUsers


def test_by_hand():
    """Items of each user: 2, 3, 2; in common 2 (users 0, 1), 1 (0, 2), 2 (1, 2). With k = 1 users 0 and 2
    listen to user 1 with 2/√6, and user 1, with a tie, to user 0."""
    s = 2 / 6**0.5
    expected = [[s, s, s, 0], [s, s, 0, 0], [s, s, s, 0]]
    assert scores(UserKNN(k=1), HAND) == pytest.approx(np.array(expected), abs=1e-6)


def test_jaccard_with_shrinkage_by_hand():
    """User 0: 2 / (2 + 3 - 2 + 1) = 1/2 with user 1, 1 / (2 + 2 - 1 + 1) = 1/4 with user 2."""
    found = scores(UserKNN(similarity="jaccard", shrinkage=1.0, k=2), HAND)
    assert found[0] == pytest.approx([0.5, 0.75, 0.75, 0])


@pytest.mark.parametrize("similarity", ["cosine", "jaccard"])
@pytest.mark.parametrize("shrinkage", [0.0, 2.5])
@pytest.mark.parametrize("k", [1, 5, 100])
def test_against_a_plain_loop(similarity, shrinkage, k):
    matrix = drawn()
    expected = np.zeros(matrix.shape)
    for u, mine in enumerate(matrix):
        found = []
        for v, theirs in enumerate(matrix):
            both, one, other = int(mine @ theirs), int(mine.sum()), int(theirs.sum())
            divisor = (one * other) ** 0.5 if similarity == "cosine" else one + other - both
            if v != u and both:
                found.append((-float(np.float32(both / (divisor + shrinkage))), v))
        for value, v in sorted(found)[:k]:
            expected[u] -= value * matrix[v]
    found = scores(UserKNN(similarity=similarity, shrinkage=shrinkage, k=k), matrix)
    assert np.allclose(found, expected, atol=1e-5)


def test_it_does_not_depend_on_its_blocks(monkeypatch):
    whole = scores(UserKNN(k=3), drawn())
    monkeypatch.setattr(_matrix, "ENTRIES", 60 * 7)
    assert (scores(UserKNN(k=3), drawn()) == whole).all()


def test_a_new_user_by_hand():
    """Items 0 and 2: one of them is in common with users 0 and 2, 1/√(2 · 2), and both with user 1, 2/√6."""
    new = NewUsers.of([[0, 2], []])
    nearest = fitted(UserKNN(k=1), HAND).new_users(new).block(np.arange(2)).numpy()
    s = 2 / 6**0.5
    assert nearest == pytest.approx(np.array([[s, s, s, 0], [0, 0, 0, 0]]), abs=1e-6)
    every = fitted(UserKNN(k=3), HAND).new_users(new).block(np.arange(2)).numpy()
    assert every[0] == pytest.approx(np.array([0.5 + s, 1 + s, 0.5 + s, 0]), abs=1e-6)


def test_a_twin_is_its_twins_neighbour():
    """Nobody is their own neighbour; a new user with the same items is."""
    new = fitted(UserKNN(k=1), HAND).new_users(NewUsers.of([[0, 1]])).block(np.arange(1)).numpy()
    assert new[0] == pytest.approx([1, 1, 0, 0], abs=1e-6)
