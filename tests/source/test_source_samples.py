"""The samples of the built-in sources: they say all that is read, so that no law is skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from recbox.context import Context
from recbox.data import Tables
from recbox.plugin import Sample
from recbox.registry import Registry

NAMES = (
    *("table", "lightgcn", "recbole", "gowalla", "yelp2018", "amazon-book"),
    *("movielens-100k", "movielens-1m", "movielens-32m", "movielens-latest-small"),
)


def read(name: str, folder: Path) -> tuple[Sample, Tables]:
    sample = Registry().load("source", name).sample(folder)
    return sample, sample.options.read(Context(folder=folder, data_dir=(folder,), offline=True))


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_says_what_each_column_and_each_link_is(name: str, tmp_path: Path) -> None:
    sample, tables = read(name, tmp_path)
    assert {"weight", "time", "part", "behaviour"} & set(tables.interaction.columns) <= set(sample.columns)
    for node, columns in tables.columns.items():
        said = {key: set(row) for key, row in sample.features[node].items()}
        expected = {column.name for column in columns}
        assert said == dict.fromkeys(getattr(tables, node)["id"], expected)
    assert set(sample.links) == set(tables.relation)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_has_good_rows_and_bad_ones(name: str, tmp_path: Path) -> None:
    sample, tables = read(name, tmp_path)
    assert len(sample.interactions) >= 3
    assert len(sample.bad) >= 2
    assert len(set(sample.interactions)) == len(sample.interactions)
    assert tables.rows == len(sample.interactions) + len(sample.bad)
