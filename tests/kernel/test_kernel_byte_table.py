"""A first look at vectors in bytes: no inner product is further from what it says than its bound."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.kernel import ByteTable, byte_table

KINDS = ["plain", "few values", "zeros", "tiny", "large", "columns"]


def drawn(seed: int, n: int, width: int, kind: str) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(n, width, generator=draw)
    if kind == "few values":
        return x.round()
    if kind == "zeros":
        return x * (torch.rand(n, 1, generator=draw) < 0.9)
    if kind in ("tiny", "large"):
        return x * 10.0 ** (-30 if kind == "tiny" else 15)
    return x * 10.0 ** torch.arange(width) if kind == "columns" else x


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several products and a shorter last one, on any processor: the sums here are too small to saturate."""
    monkeypatch.setattr(byte_table, "byte_products", lambda: hasattr(torch, "_int_mm"))
    monkeypatch.setattr(byte_table, "CHUNK", 4 * byte_table.WIDTH)


@given(
    seed=st.integers(0, 2**31),
    count=st.sampled_from([1, 63, 64, 65, 300, 700]),
    width=st.sampled_from([1, 2, 5]),
    kinds=st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)),
)
@settings(max_examples=100)
def test_no_product_is_further_away_than_the_bound(seed, count, width, kinds) -> None:
    items, users = drawn(seed, count, width, kinds[0]), drawn(seed + 1, 5, width, kinds[1])
    table = ByteTable.of(items)
    if table is None:  # lengths too unlike
        return
    looks = [found for user in users if (found := table.glance(user)) is not None]
    assert len(looks) >= 3 or kinds[1] in ("zeros", "few values")
    maxima = table.maxima(looks) if looks else []
    every = table.items(torch.arange(table.blocks))
    assert sorted(every.tolist()) == list(range(count))
    for user, look, best in zip([u for u in users if table.glance(u) is not None], looks, maxima):
        said = table.table[:count].int() @ look.row[0].int()
        exact = items.double() @ user.double()
        assert bool(((exact - look.unit * said.double()).abs() <= look.coarse).all())
        assert bool(((exact - table.products(torch.arange(count), look)).abs() <= look.error).all())
        assert bool((exact.abs() <= look.size * (1 + 1e-9)).all())
        for block in range(table.blocks):
            own = table.items(torch.tensor([block]))
            if len(own) == byte_table.WIDTH:
                assert int(best[block]) == int(said[own].max())
            elif len(own):  # padding's products are 0
                assert int(best[block]) == max(0, int(said[own].max()))


def test_vectors_that_bytes_say_nothing_of_have_none() -> None:
    """One is a million times as long as all others; one isn't finite; one is huge."""
    plain = torch.ones(100, 3)
    assert ByteTable.of(plain) is not None
    for value in (1e6, float("nan"), float("inf"), 1e30):
        other = plain.clone()
        other[7, 1] = value
        assert ByteTable.of(other) is None
    table = ByteTable.of(plain)
    assert all(table.glance(torch.full((3,), value)) is None for value in (0.0, float("nan"), 1e30))
