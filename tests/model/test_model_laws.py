"""What every model keeps: states load bit for bit, fits repeat, blocks agree; closed forms worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recbox.context import Context
from recbox.data.dataset import Dataset, Interactions, Nodes
from recbox.model import item_knn
from recbox.model.bias import Bias
from recbox.model.click_rate import ClickRate
from recbox.model.ease import EASE
from recbox.model.item_knn import ItemKNN
from recbox.model.popularity import Popularity
from recbox.plugin import Model, Scorer, Spec
from recbox.plugin.sparse import history

MODELS = [Popularity(), ItemKNN(k=3), ItemKNN(similarity="jaccard", k=3, shrinkage=1.5), EASE(l2=2.0)]


def made(user: list[int], item: list[int], users: int, items: int) -> Dataset:
    import polars as pl

    x = Interactions(np.array(user, np.int64), np.array(item, np.int64), np.full(len(user), 3.0, np.float32))
    nodes = [Nodes(pl.DataFrame({"id": np.arange(n)})) for n in (users, items)]
    return Dataset("made", nodes[0], nodes[1], x)


def fitted(model: Model, data: Dataset, seed: int = 0) -> Scorer:
    context = Context(seed=seed)
    return model.fit(Spec(node="", count=0, width=0, dim=0, train=data, graph=None, context=context))


@pytest.fixture(scope="module")
def random() -> Dataset:
    draw = np.random.default_rng(0)
    pairs = np.argwhere(draw.random((50, 23)) < np.linspace(0.02, 0.5, 23))
    pairs = draw.permutation(pairs)
    return made(pairs[:, 0].tolist(), pairs[:, 1].tolist(), 53, 24)


def dense(data: Dataset) -> np.ndarray:
    x = np.zeros((len(data.user), len(data.item)))
    x[data.interaction.user, data.interaction.item] = 1
    return x


def ids(model: Model) -> str:
    return f"{type(model).__name__}-{getattr(model, 'similarity', '')}"


@pytest.mark.parametrize("model", MODELS, ids=ids)
def test_a_loaded_state_scores_the_same_bit_for_bit(model, random):
    scorer = fitted(model, random)
    arrays, json = scorer.state()
    again = type(model)().load({key: value.copy() for key, value in arrays.items()}, dict(json))
    users = np.array([3, 0, 52, 3])
    assert all(isinstance(a, np.ndarray) for a in arrays.values())
    assert again.shape == scorer.shape == (53, 24)
    assert (again.block(users) == scorer.block(users)).all()


@pytest.mark.parametrize("model", MODELS, ids=ids)
def test_fits_repeat_bit_for_bit_whatever_the_order_of_rows(model, random):
    rows = np.random.default_rng(1).permutation(len(random.interaction))
    users = np.arange(53)
    assert (fitted(model, random).block(users) == fitted(model, random.take(rows)).block(users)).all()


@pytest.mark.parametrize("model", MODELS, ids=ids)
def test_what_says_that_it_draws_nothing_is_the_same_with_every_seed(model, random):
    users = np.arange(53)
    assert not type(model).draws
    assert (fitted(model, random, seed=1).block(users) == fitted(model, random, seed=2).block(users)).all()


@pytest.mark.parametrize("model", MODELS, ids=ids)
def test_blocks_pairs_and_vectors_agree(model, random):
    scorer = fitted(model, random)
    users, items = np.array([4, 9, 9, 50]), np.array([0, 22, 1, 23])
    block = scorer.block(users)
    assert block.shape == (4, 24)
    assert str(block.dtype) == "torch.float32"
    assert (scorer.score(users, items) == block[np.arange(4), items]).all()
    if (vectors := scorer.vectors()) is not None:
        user, item = vectors
        assert np.allclose(user[users] @ item.T, block, atol=1e-5)


@pytest.mark.parametrize("model", MODELS, ids=ids)
def test_a_block_may_be_written_to(model, random):
    """Masking in place must not reach into the model."""
    scorer = fitted(model, random)
    users = np.array([1, 2])
    before = scorer.block(users).clone()
    scorer.block(users).fill_(-1.0)
    assert (scorer.block(users) == before).all()


@pytest.mark.parametrize("model", MODELS, ids=ids)
def test_a_user_without_history_and_an_item_nobody_has_stay_finite(model, random):
    block = fitted(model, random).block(np.array([52]))
    assert block.isfinite().all()
    assert block[0, 23] == 0


def test_several_behaviours_of_a_pair_count_once():
    data = made([0, 0, 0, 1], [1, 1, 0, 1], 2, 3)
    assert history(data).toarray().tolist() == [[1, 1, 0], [0, 1, 0]]
    assert fitted(Popularity(), data).block(np.array([0])).tolist() == [[1, 2, 0]]


@pytest.mark.parametrize("shrinkage", [0.0, 2.5])
@pytest.mark.parametrize("similarity", ["cosine", "jaccard"])
@pytest.mark.parametrize("k", [1, 4, 100])
def test_item_knn_against_a_dense_loop(random, similarity, shrinkage, k):
    x = dense(random)
    common, count, n = x.T @ x, x.sum(axis=0), x.shape[1]
    expected = np.zeros((n, n))
    for i in range(n):
        if similarity == "cosine":
            divisor = np.sqrt(count[i] * count) + shrinkage
        else:
            divisor = count[i] + count - common[i] + shrinkage
        value = np.divide(common[i], divisor, out=np.zeros(n), where=common[i] > 0).astype(np.float32)
        value[i] = 0
        nearest = np.lexsort((np.arange(n), -value))[:k]
        expected[nearest, i] = value[nearest]
    scorer = fitted(ItemKNN(similarity=similarity, shrinkage=shrinkage, k=k), random)
    assert np.allclose(scorer.block(np.arange(53)).numpy(), x @ expected, atol=1e-5)


def test_item_knn_worked_by_hand():
    """Items 0 and 1 share one user of 2 and 1: cosine 1/√2; item 2 shares one of 2 and 2 with item 0: 1/2."""
    data = made([0, 0, 1, 1, 2], [0, 1, 0, 2, 2], 3, 3)
    score = fitted(ItemKNN(k=1), data).block(np.array([0, 2])).numpy()
    assert score == pytest.approx(np.array([[2**-0.5, 2**-0.5, 0.5], [0.0, 0.0, 0.0]]), abs=1e-6)


def test_item_knn_does_not_depend_on_its_blocks(random, monkeypatch):
    users = np.arange(53)
    whole = fitted(ItemKNN(k=3), random).block(users)
    monkeypatch.setattr("recbox.model.item_knn._ENTRIES", 24 * 5)
    assert (fitted(ItemKNN(k=3), random).block(users) == whole).all()


@pytest.mark.parametrize("l2", [0.5, 30.0])
def test_ease_is_the_constrained_ridge_solution(random, l2):
    """Each column solves its own ridge regression on the other items (the problem, not the closed form)."""
    x, n = dense(random), len(random.item)
    scorer = fitted(EASE(l2=l2), random)
    weight = scorer.state()[0]["weight"]
    for j in range(n):
        rest = np.delete(np.arange(n), j)
        gram = x[:, rest].T @ x[:, rest] + l2 * np.eye(n - 1)
        assert weight[rest, j] == pytest.approx(np.linalg.solve(gram, x[:, rest].T @ x[:, j]), abs=1e-6)
        assert weight[j, j] == 0
    assert np.allclose(scorer.block(np.arange(53)).numpy(), x @ weight, atol=1e-5)


def test_ease_by_hand():
    """Two items, both of one user, l2 = 1: P = inverse of [[2, 1], [1, 2]], so B = [[0, 1/2], [1/2, 0]]."""
    weight = fitted(EASE(l2=1.0), made([0, 0], [0, 1], 1, 2)).state()[0]["weight"]
    assert weight == pytest.approx(np.array([[0, 0.5], [0.5, 0]]), abs=1e-7)


def test_ease_is_solved_in_double_precision():
    """Three items, each of all users but one: b = (n - 2) / (2n - 3 + l2) for each pair. In float32 the
    third digit is right and the fifth is not."""
    n, l2 = 2000, 0.001
    pairs = [(user, item) for user in range(n) for item in range(3) if user != item]
    weight = fitted(EASE(l2=l2), made([u for u, _ in pairs], [i for _, i in pairs], n, 3)).state()[0][
        "weight"
    ]
    b = (n - 2) / (2 * n - 3 + l2)
    assert weight == pytest.approx(np.array([[0, b, b], [b, 0, b], [b, b, 0]]), abs=1e-6)


def test_ease_does_not_depend_on_its_blocks(random, monkeypatch):
    whole = fitted(EASE(), random).state()[0]["weight"]
    monkeypatch.setattr("recbox.plugin.sparse.ROWS", 5)
    assert (fitted(EASE(), random).state()[0]["weight"] == whole).all()


@pytest.mark.parametrize("model", MODELS[1:], ids=ids)
def test_a_damaged_state_is_refused_not_read_past_its_arrays(model, random):
    arrays, json = fitted(model, random).state()
    arrays["history.indices"] = arrays["history.indices"].copy()
    arrays["history.indices"][0] = 10_000
    with pytest.raises(ValueError, match="indices"):
        model.load(arrays, json)


def test_needs_grow_and_ease_on_gowalla_is_too_long_for_a_baseline():
    gowalla = (29_858, 40_981, 810_128)
    assert EASE().need(*gowalla).seconds > 60
    assert EASE().need(*gowalla).memory > 3 * 8 * 40_981**2
    assert EASE().need(943, 1682, 70_012).seconds < 5
    for model in MODELS[:3]:
        assert model.need(*gowalla).seconds < 60
        assert model.need(*gowalla).memory < 2 * 2**30


@pytest.mark.parametrize("cls", [Popularity, ItemKNN, EASE])
def test_the_grid_is_made_of_valid_options(cls):
    for key, values in cls.grid.items():
        for value in values:
            assert cls.parse({key: value}).values()[key] == value


def test_eases_need_is_the_square_of_the_items_in_memory_and_the_cube_in_time():
    """By hand: the Gram matrix and its factor are of 8 bytes a cell, B and what LAPACK works in of 4."""
    assert EASE().need(1, 10, 0).memory == 10 * 10 * (8 + 8 + 4 + 4)
    assert EASE().need(1, 2000, 0).memory == 4 * EASE().need(1, 1000, 0).memory
    assert EASE().need(1, 2000, 0).seconds == pytest.approx(8 * EASE().need(1, 1000, 0).seconds)


def test_item_knns_need_is_the_squares_of_histories():
    """Twice the interactions of as many users are four times the pairs in a history, twice the users half of
    them; what is sorted is no more than all pairs of items."""

    def seconds(users: int, items: int, interactions: int) -> float:
        return ItemKNN().need(users, items, interactions).seconds

    assert seconds(10, 10**6, 2000) == pytest.approx(4 * seconds(10, 10**6, 1000))
    assert seconds(2, 10**6, 1000) == pytest.approx(seconds(1, 10**6, 1000) / 2)
    assert seconds(0, 10**6, 1000) == seconds(1, 10**6, 1000)
    sorted_pairs = [seconds(10, items, 10**6) for items in (100, 200, 400)]
    assert sorted_pairs[2] - sorted_pairs[1] == pytest.approx(4 * (sorted_pairs[1] - sorted_pairs[0]))
    assert ItemKNN().need(1, 1, 1).memory > 16 * item_knn._ENTRIES  # an index and a value of 8 bytes each


def test_a_history_is_packed_without_its_ones_and_in_types_of_fixed_size():
    arrays, _ = fitted(ItemKNN(k=1), made([0, 0, 1], [0, 1, 0], 2, 2)).state()
    assert {name: str(a.dtype) for name, a in arrays.items()} == {
        "history.indptr": "int64",
        "history.indices": "int32",
        "similarity.indptr": "int64",
        "similarity.indices": "int32",
        "similarity.data": "float32",
    }


def rated(weights: list[tuple[int, int, float]]) -> Dataset:
    user, item, weight = (list(column) for column in zip(*weights))
    data = made(user, item, max(user) + 2, max(item) + 2)
    data.interaction.weight[:] = weight
    return data


def test_bias_is_the_mean_and_damped_offsets_worked_by_hand() -> None:
    """Mean 3. Item 0 has 5 and 4, so (2 + 1) / (2 + 1) = 1; item 1 has 1 and 2, (-2 - 1) / 3 = -1. User 0 is
    left with 1 and -1, user 1 with 0 and 0; the last user and item have nothing."""
    data = rated([(0, 0, 5.0), (0, 1, 1.0), (1, 0, 4.0), (1, 1, 2.0)])
    scores = fitted(Bias(item_damping=1, user_damping=2), data).block(np.arange(3)).numpy()
    assert scores == pytest.approx(np.tile([4, 2, 3], (3, 1)))
    data = rated([(0, 0, 5.0), (0, 1, 5.0), (1, 0, 1.0), (1, 1, 1.0)])
    scores = fitted(Bias(item_damping=1, user_damping=2), data).block(np.arange(3)).numpy()
    assert scores == pytest.approx(np.tile([[4], [2], [3]], (1, 3)))  # (2 + 2) / (2 + 2) = 1
    assert fitted(Bias(user=False, item=False), data).block(np.arange(3)).numpy() == pytest.approx(3.0)


def test_the_click_rate_beside_items_drawn_evenly() -> None:
    """n = 3, 1, 0 of 4: beside draws of 4/3 each, one of two more of the mean share."""
    data = made([0, 1, 2, 0], [0, 0, 0, 1], 4, 3)
    share = np.array([(3 + 1) / (3 + 4 / 3 + 2), (1 + 1) / (1 + 4 / 3 + 2), 1 / (4 / 3 + 2)])
    scores = fitted(ClickRate(item_damping=2), data).block(np.arange(4)).numpy()
    assert scores == pytest.approx(np.tile(np.log(share / (1 - share)), (4, 1)), abs=1e-6)


def test_the_click_rate_of_weights() -> None:
    data = rated([(0, 0, 5.0), (0, 1, 4.0), (1, 0, 4.0), (1, 1, 1.0)])
    model = ClickRate(positive=4, item_damping=2, user_damping=4)
    mean = (3 + 0.5) / (4 + 1)
    item = (np.array([2, 1, 0]) + 2 * mean) / (np.array([2, 2, 0]) + 2)
    user = (np.array([2, 1, 0]) + 4 * mean) / (np.array([2, 2, 0]) + 4)
    odds = np.log(item / (1 - item))[None] + np.log(user / (1 - user))[:, None] - np.log(mean / (1 - mean))
    assert fitted(model, data).block(np.arange(3)).numpy() == pytest.approx(odds, abs=1e-6)
    every = fitted(ClickRate(positive=0), data).block(np.arange(3))
    none = fitted(ClickRate(positive=9), data).block(np.arange(3))
    assert every.isfinite().all() and none.isfinite().all() and every.min() > 0 > none.max()


def test_bias_scores_pairs_as_its_blocks() -> None:
    data = rated([(0, 0, 5.0), (0, 1, 1.0), (1, 0, 4.0), (2, 1, 2.0)])
    scorer, users, items = fitted(Bias(), data), np.array([0, 3, 2]), np.array([2, 1, 0])
    assert (scorer.score(users, items) == scorer.block(users)[[0, 1, 2], items]).all()
