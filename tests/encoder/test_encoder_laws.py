"""Features are what the columns say, worked out by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch

from recbox.context import Context
from recbox.data import Column, Dataset, Interactions, Nodes
from recbox.encoder.feature import Feature
from recbox.encoder.id import Id
from recbox.errors import DataError
from recbox.plugin import Spec

ITEMS = pl.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "kind": ["film", "series", None, "film"],
        "year": [1990.0, 2000.0, None, 2010.0],
        "genre": [["a", "b"], ["b"], [], None],
        "title": ["x", "y", "z", "w"],
    }
)
COLUMNS = (
    Column("kind", "categorical"),
    Column("year", "numeric"),
    Column("genre", "multi"),
    Column("title", "text", "title"),
)


def dataset(items: pl.DataFrame = ITEMS) -> Dataset:
    users = Nodes(pl.DataFrame({"id": [1]}))
    x = Interactions(np.array([0]), np.array([0]), np.ones(1, np.float32))
    return Dataset("t", users, Nodes(items, COLUMNS), x)


def build(encoder, seed=0, table=ITEMS):
    spec = Spec("item", 4, 0, 3, dataset(table), None, Context(seed=seed), "encoder.item.0")
    return encoder.build(spec)


@pytest.mark.parametrize("encoder", [Id(), Feature()], ids=["id", "feature"])
def test_another_seed_gives_other_first_values(encoder):
    one, other = (build(encoder, s)(torch.arange(4)) for s in (0, 1))
    assert not torch.equal(one, other)


@pytest.mark.parametrize("encoder", [Id(), Feature()], ids=["id", "feature"])
def test_the_state_is_what_is_learned_and_no_copy_of_the_data(encoder):
    module = build(encoder)
    assert set(module.state_dict()) == {name for name, _ in module.named_parameters()}


def test_a_table_of_all_nodes_in_order_is_not_copied():
    module = build(Id())
    assert module(torch.arange(4)) is module.weight
    assert torch.equal(module(torch.tensor([3, 2, 1, 0])), module.weight.flip(0))
    assert torch.equal(module(torch.tensor([2, 2])), module.weight[[2, 2]])


def test_a_category_is_one_vector():
    out = build(Feature(columns=("kind",)))(torch.arange(4))
    assert torch.equal(out[0], out[3])
    assert not torch.equal(out[0], out[1])
    assert not torch.equal(out[2], out[0])  # a missing value has a vector of its own


def test_several_categories_are_averaged():
    module = build(Feature(columns=("genre",)))
    out, weight = module(torch.arange(4)), module.columns[0].weight
    # categories in order: missing, a, b
    torch.testing.assert_close(out[0], (weight[1] + weight[2]) / 2)
    torch.testing.assert_close(out[1], weight[2])
    torch.testing.assert_close(out[2], weight[0])
    torch.testing.assert_close(out[3], weight[0])


def test_numbers_are_standardised_and_a_missing_one_has_its_own_vector():
    module = build(Feature(columns=("year",)))
    out, weight = module(torch.arange(4)), module.columns[0].weight
    torch.testing.assert_close(out[0], -weight[0] + weight[1])
    torch.testing.assert_close(out[1], weight[1], atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(out[2], weight[2])


def test_numbers_around_zero_are_standardised_too():
    """Of -1 and 1 the mean is 0 and the standard deviation √2."""
    table = ITEMS.with_columns(year=pl.Series([-1.0, 1.0, None, None]))
    module = build(Feature(columns=("year",)), table=table)
    out, weight = module(torch.arange(4)), module.columns[0].weight
    torch.testing.assert_close(out[1], weight[0] / 2**0.5 + weight[1])
    torch.testing.assert_close(out[0], -weight[0] / 2**0.5 + weight[1])


def test_columns_add_up():
    both = build(Feature(columns=("kind", "genre")))
    parts = sum(column(torch.arange(4)) for column in both.columns)
    torch.testing.assert_close(both(torch.arange(4)), parts)
    assert len(build(Feature()).columns) == 3  # the text column is not a feature


@pytest.mark.parametrize("column", ["title", "colour"])
def test_a_column_that_is_no_feature_is_refused(column):
    with pytest.raises(DataError, match=f"can't use the item column '{column}'") as seen:
        build(Feature(columns=("kind", column)))
    assert seen.value.where == "encoder.item"
    assert seen.value.instead == "columns of kind, year, genre"


def test_data_without_features_is_refused():
    spec = Spec("user", 1, 0, 3, dataset(), None, Context(), "encoder.user.0")
    with pytest.raises(DataError, match="the data has no user features") as seen:
        Feature().build(spec)
    assert seen.value.instead == "columns of another data set"
