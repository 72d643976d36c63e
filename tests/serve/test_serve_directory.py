"""Ids as text: many are looked up as one is, and one as the data would write it."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.serve import directory
from recbox.serve.directory import Directory

WHOLE = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


@given(st.one_of(st.lists(WHOLE, unique=True), st.lists(TEXT, unique=True)), st.lists(TEXT), st.booleans())
def test_many_are_looked_up_as_one_is(ids, others, ordered):
    ids = sorted(ids) if ordered else ids
    whole = bool(ids) and isinstance(ids[0], int)
    found = Directory(pl.Series("id", ids, pl.Int64 if whole else pl.String))
    asked = [str(id) for id in ids] + others + ["", "007", "-0", "+1", "9" * 19, "9" * 30, "1.0", "²"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(directory, "FEW", 0)
        many = found.find_all(asked).tolist()
    assert many == [found.find(text) for text in asked]
    assert many[: len(ids)] == list(range(len(ids)))
    assert all(at < 0 or str(ids[at]) == text for text, at in zip(asked, many))
