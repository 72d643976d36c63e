"""Lists whose items aren't all alike."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recbox.errors import OptionError, UnsupportedError
from recbox.recommend import likeness
from recbox.recommend.likeness import spread

# Items 0 and 1 point one way, 2 another; 3 is between.
VECTORS = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])


@pytest.mark.parametrize(
    ("weight", "chosen"),
    [
        (0.0, [0, 1, 2]),
        # Relevance 1, 0.9, 0.5, 0. After item 0: 1 has 0.45 - 0.5, 2 has 0.25 - 0, 3 has 0 - 0.3. After 2:
        # 1 is as like 0 as before, -0.05, and 3 is like 2, 0 - 0.4.
        (0.5, [0, 2, 1]),
        (1.0, [0, 2, 3]),
    ],
)
def test_worked_by_hand(weight, chosen):
    score, item = np.array([[10.0, 9.0, 5.0, 0.0]]), np.array([[0, 1, 2, 3]])
    found, places = spread(score, item, VECTORS, 3, weight)
    assert places.tolist() == [chosen]
    assert found.tolist() == [[score[0, n] for n in chosen]]


def test_lists_end_where_candidates_do():
    score = np.array([[3.0, 2.0, -np.inf, -np.inf], [4.0, 3.0, 2.0, 1.0]])
    found, _ = spread(score, np.array([[0, 2, 1, 3]] * 2), VECTORS, 3, 0.5)
    assert (found > -np.inf).tolist() == [[True, True, False], [True] * 3]


def apart(fitted, lists) -> float:
    """How unlike the items of lists are, on average."""
    every = fitted.scorer.vectors()[1].numpy()
    every = every / np.linalg.norm(every, axis=1, keepdims=True)
    place = {item: n for n, item in enumerate(fitted.dataset.item.ids.to_list())}
    found = []
    for _, group in lists.group_by("user"):
        own = every[[place[item] for item in group["item"]]]
        found.append(1 - (own @ own.T)[np.triu_indices(len(own), 1)].mean())
    return float(np.mean(found))


def test_some_users_at_a_time_get_the_same(monkeypatch):
    draw = np.random.default_rng(0)
    vectors = torch.nn.functional.normalize(torch.from_numpy(draw.normal(size=(40, 4))).float(), dim=1)
    score = -np.sort(-draw.random((9, 20)), axis=1)
    item = np.stack([draw.permutation(40)[:20] for _ in range(9)])
    whole = spread(score, item, vectors, 5, 0.4)
    monkeypatch.setattr(likeness, "BYTES", 4 * 20 * 4 * 2)  # two of them
    for one, other in zip(whole, spread(score, item, vectors, 5, 0.4)):
        assert np.array_equal(one, other)


def test_more_diversity_gives_items_further_apart(vectors) -> None:
    lists = [vectors.recommend(k=8, diversity=weight) for weight in (0.0, 0.3, 0.7, 1.0)]
    far = [apart(vectors, one) for one in lists]
    assert far == sorted(far) and far[-1] > far[0] + 0.1
    assert lists[0].equals(vectors.recommend(k=8))
    assert all(
        one.height == lists[0].height and not one.select("user", "item").is_duplicated().any()
        for one in lists
    )
    firsts = [one.filter(one["rank"] == 1) for one in lists]
    assert all(one.equals(firsts[0]) for one in firsts)  # the best score is always the first


def test_who_else_is_asked_for_changes_nothing(vectors) -> None:
    everybody = vectors.recommend(k=5, diversity=0.5)
    for user in vectors.dataset.user.ids[:4]:
        assert vectors.recommend(user, 5, diversity=0.5).equals(everybody.filter(everybody["user"] == user))


def test_filters_hold_before_it(vectors) -> None:
    some = vectors.dataset.item.ids[:20].to_list()
    assert set(vectors.recommend(k=8, diversity=0.9, only=some)["item"]) <= set(some)


def test_what_can_not_be_is_told(vectors, fitted) -> None:
    with pytest.raises(OptionError, match=r"diversity is 1\.5"):
        vectors.recommend(1, 3, diversity=1.5)
    with pytest.raises(UnsupportedError, match="which items are alike"):
        fitted.recommend(1, 3, diversity=0.5)


def test_new_users_get_diverse_lists_too(vectors) -> None:
    """However many they are: what is alike is a matter of the items."""
    ids = vectors.dataset.item.ids.to_list()
    one = vectors.recommend(history=ids[:3], k=6, diversity=0.8)
    assert one.height == 6 and not one.equals(vectors.recommend(history=ids[:3], k=6))
    two = vectors.recommend(history={"new": ids[:3], "other": ids[3:9]}, k=6, diversity=0.8)
    assert two.filter(two["user"] == "new").equals(one)


def test_biases_of_either_side_say_nothing_of_likeness() -> None:
    """The columns of the head `rating`: the user's bias against ones, and ones against the item's."""
    draw = np.random.default_rng(0)
    users, items = (torch.from_numpy(draw.normal(size=(9, 4))).float() for _ in range(2))
    one = torch.ones(9, 1)

    class Rating:
        def vectors(self):
            return torch.cat([users, 3 * users[:, :1], one], 1), torch.cat([items, one, 5 * items[:, :1]], 1)

    found = likeness.likeness(Rating())
    assert torch.allclose(found, torch.nn.functional.normalize(items, dim=1))
