"""Shortlists: what is proven is the list that float32 gives, in any order of its sums."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.kernel import Shortlist, rounding, top_k

ITEMS = 4000
K = 3


@pytest.fixture(autouse=True)
def _any_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The method holds on processors where it isn't quick, too."""
    monkeypatch.setattr(rounding, "narrow_products", lambda: True)


def made(x: torch.Tensor, y: torch.Tensor, k: int = K, closed: torch.Tensor | None = None) -> Shortlist:
    found = Shortlist.of(x, y, k, closed)
    assert found is not None
    return found


def drawn(seed: int, n: int, width: int, kind: str) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(n, width, generator=draw)
    if kind == "few values":
        return x.round()
    if kind == "twice":
        return x[torch.randint(0, n // 2 + 1, (n,), generator=draw)]
    if kind == "zeros":
        return x * (torch.rand(n, 1, generator=draw) < 0.5)
    if kind in ("tiny", "large"):
        return x * 10.0 ** (-25 if kind == "tiny" else 15)
    if kind == "uneven":
        return x * 10 ** torch.randn(n, 1, generator=draw)
    if kind == "negative":
        return -x.abs()
    return x


KINDS = ["plain", "few values", "twice", "zeros", "tiny", "large", "uneven", "negative"]


@given(
    seed=st.integers(0, 2**31),
    width=st.sampled_from([1, 3, 16]),
    kinds=st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)),
    seen=st.sampled_from([0.0, 0.01, 0.5, 0.9995, 1.0]),
    shut=st.sampled_from([None, 0.2, 0.999]),
)
@settings(max_examples=60)
def test_what_is_proven_is_the_float32_list(seed, width, kinds, seen, shut) -> None:
    x, y = drawn(seed, 12, width, kinds[0]), drawn(seed + 1, ITEMS, width, kinds[1])
    draw = torch.Generator().manual_seed(seed)
    masked = torch.rand(12, ITEMS, generator=draw) < seen
    closed = None if shut is None else torch.rand(ITEMS, generator=draw) < shut
    items, proven = made(x, y, closed=closed).best(torch.arange(12), *masked.nonzero().T)
    for scores in (x @ y.T, (x[:, None] * y).sum(-1)):
        scores[masked] = -torch.inf
        if closed is not None:
            scores[:, closed] = -torch.inf
        value, best = top_k(scores, K)
        assert torch.equal(items[proven], best[proven])
        assert not value[proven].isneginf().any()


def test_most_lists_of_vectors_without_ties_are_proven() -> None:
    x, y = drawn(0, 200, 64, "plain"), drawn(1, ITEMS, 64, "plain")
    items, proven = made(x, y).best(torch.arange(200), *torch.zeros(2, 0, dtype=torch.int64))
    assert proven.float().mean() > 0.9
    assert torch.equal(items[proven], top_k(x @ y.T, K)[1][proven])


def test_ties_short_lists_and_scores_not_above_zero_are_not_proven() -> None:
    """User 0 is fine; 1 has two equal best items; 2 has seen all but two; 3 has no score above 0, 4 none but
    0; of user 5 two scores differ by less than float32 might make of them."""
    y = torch.zeros(ITEMS, 4)
    y[:40, 0] = 1 + torch.arange(40) / 10
    y[50:90, 1] = 1 + (torch.arange(40) / 10).clamp_max(3.8)
    y[100:140, 2] = 1 + torch.arange(40) / 10
    y[140, 2] = y[139, 2] * (1 + 2.0**-22)
    x = torch.tensor([[1.0, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]])
    seen = torch.arange(2, ITEMS)
    items, proven = made(x, y, 1).best(torch.arange(6), torch.full_like(seen, 2), seen)
    assert proven.tolist() == [True, False, False, False, False, False]
    assert items[0].item() == 39


def test_near_ties_past_the_end_of_the_shortlist_are_not_proven() -> None:
    """Items that bfloat16 can't tell apart: 500 of them don't fit the shortlist, ten do."""
    nobody = torch.zeros(2, 0, dtype=torch.int64)
    y, x = torch.full((ITEMS, 1), 0.25), torch.ones(1, 1)
    y[:500, 0] = 1 + torch.arange(500) * 1e-5
    assert not made(x, y).best(torch.tensor([0]), *nobody)[1].any()
    y[:490] = 0.25
    items, proven = made(x, y).best(torch.tensor([0]), *nobody)
    assert proven.all() and items.tolist() == [[499, 498, 497]]


def test_an_item_that_bfloat16_ranks_too_low_is_reckoned_with() -> None:
    """100.24 becomes 100, so that the best item, 100.24 - 99, looks like 1 and is left out of a shortlist in
    which 1.125 stands alone above many 1.0625."""
    y = torch.zeros(ITEMS, 2)
    y[:100, 0] = 1.0625
    y[5, 0], y[200] = 1.125, torch.tensor([100.24, -99.0])
    x, nobody = torch.ones(1, 2), torch.zeros(2, 0, dtype=torch.int64)
    assert not made(x, y, 1).best(torch.tensor([0]), *nobody)[1].any()
    y[200] = 0
    items, proven = made(x, y, 1).best(torch.tensor([0]), *nobody)
    assert proven.all() and items.tolist() == [[5]]


def test_there_is_none_where_it_is_no_gain_or_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = drawn(0, 5, 4, "plain"), drawn(1, ITEMS, 4, "plain")
    assert Shortlist.of(x, y, K) is not None
    assert Shortlist.of(x, y[:1000], K) is None and Shortlist.of(x, y, 1000) is None
    assert Shortlist.of(x.double(), y.double(), K) is None
    assert Shortlist.of(x, y * torch.inf, K) is None and Shortlist.of(x * torch.nan, y, K) is None
    torch.set_float32_matmul_precision("medium")
    try:
        assert Shortlist.of(x, y, K) is None
    finally:
        torch.set_float32_matmul_precision("highest")
    monkeypatch.setattr(rounding, "narrow_products", lambda: False)
    assert Shortlist.of(x, y, K) is None
