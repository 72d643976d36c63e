"""Sorting by packed keys gives the order of `np.lexsort`, and what goes with it says what it says."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.data import ordering
from recbox.data.ordering import compact, feed, first_of_runs, order_of

KEYS = {
    "few": lambda draw, n: draw.integers(0, 3, n),
    "any": lambda draw, n: draw.integers(-(2**63), 2**63 - 1, n),
    "far apart": lambda draw, n: draw.choice([-(2**63), 2**63 - 1, 0], n),
    "alike in front": lambda draw, n: draw.choice(2**50 + np.arange(3), n),
    "small": lambda draw, n: draw.integers(0, 2, n).astype(np.int8),
    "one": lambda draw, n: np.full(n, 7),
    "real": lambda draw, n: draw.integers(-2, 3, n).astype(np.float32),
}


@pytest.fixture(autouse=True, scope="module")
def few():
    """So few rows at a time that a test's are many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "CHUNK", 16)
        patch.setattr(ordering, "FEW", 3)
        yield


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(sorted(KEYS)), min_size=1, max_size=4), st.integers(1, 300), st.integers(0, 99)
)
def test_the_order_is_that_of_lexsort(kinds, n, seed):
    draw = np.random.default_rng(seed)
    keys = [KEYS[kind](draw, n) for kind in kinds]
    order, expected = order_of(*keys), np.lexsort(keys[::-1])
    assert order.dtype == np.int64 and order.tolist() == expected.tolist()
    rows = list(zip(*(key[expected].tolist() for key in keys), strict=True))
    assert first_of_runs(order, keys).tolist() == [i == 0 or rows[i] != rows[i - 1] for i in range(n)]


def test_rows_that_are_alike_stay_as_they_came_however_many():
    assert order_of(np.zeros(1000, np.int64)).tolist() == list(range(1000))
    assert order_of(np.zeros(0, np.int64)).tolist() == []


@given(st.lists(st.booleans(), max_size=200))
def test_compact_is_what_indexing_gives(kept):
    column, rows = np.arange(len(kept)) * 3, np.flatnonzero(kept)
    expected = column[rows].tolist()
    found = compact(column, rows)
    assert found.tolist() == expected and found.flags.writeable
    assert found.base is None or 2 * len(found) >= len(kept)


def test_a_digest_is_fed_the_bytes_in_order():
    order, column, digest = (
        np.random.default_rng(0).permutation(100),
        np.arange(100, dtype=np.int8),
        hashlib.md5(),
    )
    feed(digest.update, column, order, "<i8")
    assert digest.digest() == hashlib.md5(order.astype("<i8").tobytes()).digest()
