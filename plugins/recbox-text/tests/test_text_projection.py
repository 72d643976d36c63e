"""From given vectors to `dim` columns: fixed maps worked by hand, and maps that learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import text_made
import torch
from pydantic import ValidationError
from recbox_text import _fixed
from recbox_text._module import build
from recbox_text.bert import Bert
from recbox_text.vectors import Vectors

X = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32) @ np.diag([3, 2, 1, 1, 0.5, 0.1]).astype(
    np.float32
)


def made(dim: int, x: np.ndarray = X, **options: Any) -> Any:
    asked = Vectors.parse({"file": "x.parquet", "normalise": False, **options})
    spec = text_made.given({"title": ["t"] * len(x)}, dim=dim)
    return build(asked, x, spec, lambda table: x[: table.height])


def sizes(**options: Any) -> list[tuple[int, ...]]:
    return [tuple(v.shape) for v in made(4, **options).parameters()]


def rows(module: Any) -> np.ndarray:
    return module(torch.arange(50)).detach().numpy()


@pytest.mark.parametrize("dim", [6, 9])
def test_frozen_keeps_inner_products_where_there_are_columns_enough(dim: int) -> None:
    found = rows(made(dim, train="frozen"))
    assert found.shape == (50, dim)
    np.testing.assert_allclose(found @ found.T, X @ X.T, atol=1e-4)


def test_frozen_keeps_them_best_with_fewer() -> None:
    """Eckart and Young: the error is that of the singular values left out."""
    found = rows(made(3, train="frozen"))
    error = np.linalg.norm(found @ found.T - X @ X.T)
    left = np.linalg.svd(X, compute_uv=False)[3:] ** 2
    assert error == pytest.approx(np.linalg.norm(left), rel=1e-4)


def test_whitening_by_hand() -> None:
    """Two columns, 4 and 1 times as wide: both are ±1/√2 afterwards, the wider one first."""
    x = np.array([[1, 8], [-1, 8], [1, 0], [-1, 0]], np.float32)
    found = _fixed.whitened(x, 2)(x)
    np.testing.assert_allclose(np.abs(found), np.full((4, 2), 0.5**0.5), atol=1e-6)
    np.testing.assert_allclose(found[:, 0], [0.5**0.5] * 2 + [-(0.5**0.5)] * 2, atol=1e-6)


def test_whitened_columns_are_uncorrelated_and_rows_have_length_one_in_the_mean_square() -> None:
    found = _fixed.whitened(X + 5, 4)(X + 5).astype(np.float64)
    np.testing.assert_allclose(found.mean(0), np.zeros(4), atol=1e-6)
    np.testing.assert_allclose(found.T @ found / 50, np.eye(4) / 4, atol=1e-6)


def test_directions_without_variance_are_zeros() -> None:
    flat = np.ones((5, 3), np.float32)
    assert not _fixed.whitened(flat, 4)(flat).any()
    assert not _fixed.unit(np.zeros((2, 3), np.float32)).any()


def test_frozen_learns_nothing_and_a_projection_all_that_it_has() -> None:
    assert not list(made(4, train="frozen").parameters())
    sizes = {
        p: [tuple(v.shape) for v in made(4, projection=p).parameters()]
        for p in ("linear", "mlp", "whiten", "ridge")
    }
    assert sizes["linear"] == sizes["whiten"] == sizes["ridge"] == [(4, 6), (4,)]
    assert sizes["mlp"] == [(4, 6), (4,), (4, 4), (4,)]
    wide = [tuple(v.shape) for v in made(4, projection="mlp", hidden=7).parameters()]
    assert wide == [(7, 6), (7,), (4, 7), (4,)]


@pytest.mark.parametrize("projection", ["linear", "mlp", "whiten", "ridge"])
def test_a_projection_learns_what_it_is_shown(projection: str) -> None:
    """The loss of a target that a linear map of the vectors gives falls by nine tenths."""
    hidden = {"hidden": 32} if projection == "mlp" else {}
    module = made(4, projection=projection, **hidden)
    target = torch.tensor(X @ np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32))
    optimizer = torch.optim.Adam(module.parameters(), lr=0.05)
    losses = []
    for _ in range(300):
        loss = (module(torch.arange(50)) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.1 * losses[0]


def test_ridge_begins_as_the_regression_that_it_is_called_by() -> None:
    """Inner products are the hat matrix `C (CᵀC + l2 I)⁻¹ Cᵀ` of the centred vectors, but for a factor."""
    c = X - X.mean(0)
    hat = c @ np.linalg.solve(c.T @ c + 3 * np.eye(6), c.T)
    for way in ("projection", "frozen"):
        found = rows(made(6, projection="ridge", text_l2=3, train=way))
        np.testing.assert_allclose(found @ found.T, hat * 50 / np.trace(hat), atol=1e-4)


def test_ridge_takes_the_widest_directions_and_pads_further_columns() -> None:
    whole, few, more = (rows(made(dim, projection="ridge", text_l2=3)) for dim in (6, 2, 8))
    np.testing.assert_allclose(few / few[0, 0], whole[:, :2] / whole[0, 0], atol=1e-4)
    assert not more[:, 6:].any()
    assert np.square(few).sum(1).mean() == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize(
    ("said", "at"),
    [({"text_l2": 3}, "text_l2"), ({"projection": "ridge", "text_l2": 0}, "text_l2")],
)
def test_a_penalty_belongs_to_ridge(said: dict[str, Any], at: str) -> None:
    with pytest.raises(ValidationError, match=at):
        made(4, **said)


def test_ridge_is_refused_where_the_text_model_learns() -> None:
    asked = {"model": "package:recbox_text/tiny/bert", "text": "{title}", "projection": "ridge"}
    assert Bert.parse(asked).penalty == 10
    with pytest.raises(ValidationError, match="text model learns"):
        Bert.parse(asked | {"train": "full"})


def test_the_state_is_what_is_learned_alone() -> None:
    """An artifact or a checkpoint doesn't grow with the vectors."""
    assert set(made(4).state_dict()) == {"projection.weight", "projection.bias"}
