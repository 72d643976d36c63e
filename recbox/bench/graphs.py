"""Random interactions whose users and items are as unevenly busy as those of real data."""

from __future__ import annotations

import numpy as np
import polars as pl

from recbox.data import Tables
from recbox.data.ordering import distinct, pieces

NODES, EDGES, USERS = 70_839, 1_620_256, 29_858 / 70_839
"""Gowalla's training part: nodes, edges, and which share of the nodes are users."""
TEST = 0.25
"""Interactions held out, for each one that is trained on; Gowalla's published split has 0.27."""
PARTS = pl.Enum(["train", "test"])


def random_tables(draw: np.random.Generator, nodes: int, edges: int) -> Tables:
    """Users and items, `nodes` together; `edges // 2` interactions to train on, as far as the graph has room
    for them, and a quarter of that to test on."""
    users = min(max(1, round(nodes * USERS)), max(1, nodes - 1))
    items = max(1, nodes - users)
    user, item = _random(draw, users, items, round(edges // 2 * (1 + TEST)))
    trained = min(edges // 2, round(len(user) / (1 + TEST)))
    train, test = (pl.Series([name], dtype=PARTS) for name in PARTS.categories)
    part = train.new_from_index(0, trained).append(test.new_from_index(0, len(user) - trained))
    return Tables(
        "random",
        pl.DataFrame({"user": user, "item": item, "part": part}),
        user=pl.DataFrame({"id": np.arange(users)}),
        item=pl.DataFrame({"id": np.arange(items)}),
        rows=len(user),
        synthetic=True,
        origin="drawn by a power law",
    )


def _random(draw: np.random.Generator, users: int, items: int, pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Distinct pairs whose ends are drawn by a power law, as far as the graph has room for them."""
    pairs = min(pairs, users * items // 2)
    pair = np.zeros(0, dtype=np.int64)
    for _ in range(50):
        missing = pairs - len(pair)
        if not missing:
            break
        fresh = _skewed(draw, users, missing)
        fresh *= items
        fresh += _skewed(draw, items, missing)
        pair = np.concatenate([pair, fresh])
        pair.sort()
        pair = distinct(pair)
    draw.shuffle(pair)
    user = pair // items
    pair %= items
    return user, pair


def _skewed(draw: np.random.Generator, size: int, count: int) -> np.ndarray:
    """Numbers below `size`; rank r is drawn in proportion to (r + 10)^-0.8, ranks in random order."""
    share = np.cumsum((np.arange(size) + 10.0) ** -0.8)
    place, drawn = np.random.default_rng(size).permutation(size), np.empty(count, np.int64)
    for rows in pieces(count):
        rank = np.searchsorted(share, draw.random(rows.stop - rows.start) * share[-1])
        drawn[rows] = place[np.minimum(rank, size - 1)]
    return drawn
