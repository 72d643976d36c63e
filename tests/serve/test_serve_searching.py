"""A search among very many items gives the list that all their scores give, whatever a request says."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from whole import whole

from recbox.kernel import ByteTable, byte_table, top_k
from recbox.serve import searching
from recbox.serve.asked import Recommend
from recbox.serve.catalogue import Catalogue
from recbox.serve.looking import Looking, look
from recbox.serve.person import Person
from recbox.serve.version import Recent

COUNT, FRESH, WIDTH = 5000, 7, 6
KINDS = ["plain", "few values", "twice", "zeros", "large", "uneven", "same"]


@pytest.fixture(autouse=True, scope="module")
def _any_processor() -> Any:
    """Also on one that doesn't multiply bytes itself: these sums are too small to saturate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(byte_table, "byte_products", lambda: hasattr(torch, "_int_mm"))
        patch.setattr(byte_table, "CHUNK", 16 * byte_table.WIDTH)
        yield


def drawn(draw: torch.Generator, n: int, kind: str) -> torch.Tensor:
    x = torch.randn(n, WIDTH, generator=draw)
    if kind == "few values":
        return x.round()
    if kind == "twice":
        return x[torch.randint(0, n // 2 + 1, (n,), generator=draw)]
    if kind == "zeros":
        return x * (torch.rand(n, 1, generator=draw) < 0.7)
    if kind == "large":
        return x * 1e15
    if kind == "uneven":
        return x * torch.rand(n, 1, generator=draw) ** 2
    return torch.ones(n, WIDTH) if kind == "same" else x


def catalogue(seed: int, kind: str, closed: bool, fresh: bool) -> Catalogue:
    """With vectors alone: what else a catalogue is made of isn't asked for here."""
    draw = torch.Generator().manual_seed(seed)
    found = object.__new__(Catalogue)
    items = drawn(draw, COUNT, kind)
    found.version = SimpleNamespace(vectors=(items, items), bytes=ByteTable.of(items))
    found.fresh = SimpleNamespace(vectors=drawn(draw, FRESH, "plain") if fresh else None)
    n = COUNT + FRESH * fresh
    found.closed = torch.rand(n, generator=draw) < (0.3 if closed else 0.0)
    found.any_closed = closed
    found._masks, found._counted = Recent(10), Recent(10)
    share = torch.rand(n, generator=draw)
    found._fitting = lambda where: share < float(where)
    found.find = lambda id: int(id) if int(id) < n else -1
    found.ids = pl.Series(np.arange(n))
    return found


ids = st.lists(st.integers(0, COUNT + FRESH + 5), max_size=30)
boost = st.one_of(
    st.fixed_dictionaries({"items": ids, "by": st.sampled_from([-3.0, 0.1, 5.0, 1e9])}),
    st.fixed_dictionaries(
        {"where": st.sampled_from(["0.01", "0.3"]), "by": st.sampled_from([-2.0, 1.5, 1e9])}
    ),
)
wish = st.fixed_dictionaries(
    {"k": st.sampled_from([1, 3, 10, 200])},
    optional={
        "where": st.sampled_from(["0", "0.001", "0.05", "0.3", "0.99", "1"]),
        "exclude": ids,
        "only": st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=50),
        "boost": st.lists(boost, max_size=3),
        "seen": st.booleans(),
    },
)


@given(
    seed=st.integers(0, 2**31),
    kinds=st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)),
    closed=st.booleans(),
    fresh=st.booleans(),
    asked=wish,
)
@settings(max_examples=150, deadline=None)
def test_a_search_gives_the_list_of_all_scores(seed, kinds, closed, fresh, asked) -> None:
    items = catalogue(seed, kinds[0], closed, fresh)
    table = items.version.bytes
    if table is None:  # lengths too unlike
        return
    draw = torch.Generator().manual_seed(seed + 1)
    seen = torch.randint(0, COUNT, (40,), generator=draw).numpy()
    person = Person("u", seen, False, vector=drawn(draw, 3, kinds[1])[0])
    told = Recommend(user="u", **asked)
    wanted = whole(person, told, items)
    glance = table.glance(person.vector)
    seen_in_bytes = None if glance is None else look(table, glance)
    found = searching.lister(person, told, items, seen_in_bytes)(told.k)
    assert found[1].tolist() == wanted[1].tolist()
    assert found[0].tolist() == wanted[0].tolist()


def test_all_scores_are_those_of_float64_and_the_search_is_taken() -> None:
    """The list by hand, and that no request here falls back to all scores."""
    items = catalogue(3, "plain", closed=False, fresh=True)
    vector = torch.randn(WIDTH, generator=torch.Generator().manual_seed(4))
    every = torch.cat([items.version.vectors[1], items.fresh.vectors])
    exact = (every.double() @ vector.double()).float()
    value, index = top_k(exact[None], 10)
    glance = items.version.bytes.glance(vector)
    for asked, n in (({}, 10), ({"where": "0.01"}, 1), ({"where": "0.99"}, 1), ({"exclude": [1, 2]}, 1)):
        told = Recommend(user="u", **asked)
        told_wish = searching.Wish(items, told, np.zeros(0, np.int64))
        found = searching.Search(items, vector, look(items.version.bytes, glance), told_wish).best(10)
        assert found is not None and len(found[0]) == 10
        if n == 10:
            assert found[0].tolist() == value[0].tolist() and found[1].tolist() == index[0].tolist()


def test_who_asks_together_shares_a_reading_and_gets_what_one_alone_gets() -> None:
    """40 at once in three readings, one of them gone before its answer."""
    items = catalogue(5, "plain", closed=False, fresh=False)
    table = items.version.bytes
    looks = [table.glance(vector) for vector in torch.randn(40, WIDTH)]
    asked: list[int] = []
    counted = SimpleNamespace(maxima=lambda rows: asked.append(len(rows)) or table.maxima(rows))

    async def all_of_them() -> list[Any]:
        looking = Looking()
        waiting = [looking.look(counted, glance) for glance in looks]
        waiting[3].cancel()
        return await asyncio.gather(*waiting, return_exceptions=True)

    found = asyncio.run(all_of_them())
    assert asked == [16, 16, 8] and isinstance(found[3], asyncio.CancelledError)
    for at, (glance, one) in enumerate(zip(looks, found)):
        if at != 3:
            assert one.glance is glance and torch.equal(one.maxima, look(table, glance).maxima)
