"""A first look at bytes: what it says of a product is as far from it as it states, at most."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.kernel import ByteTable, byte_table
from recbox.kernel.byte_table import WIDTH

KINDS = st.sampled_from(["normal", "few values", "zeros", "tiny", "large", "one column"])


@pytest.fixture(autouse=True)
def _any_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without instructions for bytes the method is slow."""
    monkeypatch.setattr(byte_table, "byte_products", lambda: True)


def drawn(seed: int, n: int, width: int, kind: str) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(n, width, generator=draw)
    if kind == "few values":
        return x.round()
    if kind == "zeros":
        return x * (torch.rand(n, 1, generator=draw) < 0.7)
    if kind in ("tiny", "large"):
        return x * 10.0 ** (-20 if kind == "tiny" else 15)
    if kind == "one column":
        x[:, 0] *= 100
    return x


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), n=st.integers(1, 300), width=st.integers(1, 70), kind=KINDS, user=KINDS)
def test_no_product_is_farther_off_than_stated(seed: int, n: int, width: int, kind: str, user: str) -> None:
    items, vector = drawn(seed, n, width, kind), drawn(seed + 1, 1, width, user)[0]
    table = ByteTable.of(items)
    glance = None if table is None else table.glance(vector)
    if table is None or glance is None:
        return
    exact = items.double() @ vector.double()
    first = (table.table[:n].int() @ glance.row[0].int()).double() * glance.unit
    assert float((first - exact).abs().max()) <= glance.coarse
    assert float((table.products(torch.arange(n), glance) - exact).abs().max()) <= glance.error
    assert float(exact.abs().max()) <= glance.size * (1 + 1e-12)


@pytest.mark.parametrize("chunk", [64, 96, 2**18])
@pytest.mark.parametrize("n", [1, 31, 32, 33, 64, 65, 200])
def test_a_maximum_is_that_of_its_block(n: int, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks are apart and hold all items; whoever else is asked for, the maxima are the same."""
    monkeypatch.setattr(byte_table, "CHUNK", chunk)
    table = ByteTable.of(drawn(3, n, 16, "normal"))
    assert table is not None
    asked = [table.glance(v) for v in drawn(4, 5, 16, "normal")]
    found = table.maxima(asked)
    blocks = [table.items(torch.tensor([b])) for b in range(table.blocks)]
    assert sorted(torch.cat(blocks).tolist()) == list(range(n))
    assert torch.equal(table.items(torch.arange(table.blocks)).sort().values, torch.arange(n))
    for glance, maxima in zip(asked, found):
        assert torch.equal(table.maxima([glance])[0], maxima)
        for block, items in enumerate(blocks):
            own = table.table[items].int() @ glance.row[0].int()  # of padding, too, which is 0
            assert maxima[block] == max([*own.tolist(), *[0] * (WIDTH - len(items))])


def test_products_are_whole() -> None:
    """At the ends of what a byte holds no sum saturates."""
    if not torch.cpu.get_capabilities().get("avx512_vnni", False):
        pytest.skip("needs a processor that multiplies bytes (avx512_vnni)")
    for sign in (1, -1):
        items = torch.full((64, 300), 127, dtype=torch.int8)
        user = torch.full((300, 1), 127 * sign, dtype=torch.int8)
        assert (torch._int_mm(items, user) == sign * 127 * 127 * 300).all()


def test_where_bytes_tell_little_there_is_no_table() -> None:
    plain = drawn(0, 100, 8, "normal")
    assert ByteTable.of(plain) is not None
    assert ByteTable.of(plain[:, :1]) is None, "torch misreads a single column of bytes"
    assert ByteTable.of(plain[:0]) is None and ByteTable.of(plain * float("nan")) is None
    assert ByteTable.of(torch.cat([plain, plain[:1] * 1e6])) is None, "one is far longer than the others"
    assert ByteTable.of(plain).glance(torch.zeros(8)) is None
    assert ByteTable.of(plain).glance(torch.full((8,), float("inf"))) is None
