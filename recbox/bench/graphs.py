"""The graph to measure on: Gowalla's where its file is at hand, else a random one of that size."""

from __future__ import annotations

import numpy as np

from recbox.context import Context
from recbox.data.find import find, search_path
from recbox.graph import CSR, Layout, interaction_csr

FILE = "gowalla/train.txt"
NODES, EDGES, USERS = 70_839, 1_620_256, 29_858 / 70_839


def bench_graph(context: Context, nodes: int | None, edges: int | None) -> tuple[str, Layout, CSR]:
    """What it is (`gowalla` or `random`), its layout, its structure. A size asked for makes a random one."""
    folder = find([FILE], search_path(context.data_dir)) if nodes is None and edges is None else None
    if folder is not None:
        user, item = _read((folder / FILE).read_text())
        users, items, name = int(user.max()) + 1, int(item.max()) + 1, "gowalla"
    else:
        total = nodes or NODES
        users = max(1, round(total * USERS))
        items, name = max(1, total - users), "random"
        user, item = _random(context.random("bench"), users, items, (edges or EDGES) // 2)
    return name, Layout((("user", users), ("item", items))), interaction_csr(user, item, users, items)


def _read(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Lines of a user and the user's items."""
    lines = [np.array(line.split(), dtype=np.int64) for line in text.splitlines() if line.strip()]
    user = np.concatenate([np.full(len(line) - 1, line[0]) for line in lines])
    return user, np.concatenate([line[1:] for line in lines])


def _random(draw: np.random.Generator, users: int, items: int, pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Distinct pairs whose ends are drawn by a power law, as far as the graph has room for them."""
    pairs = min(pairs, users * items // 2)
    seen = np.zeros(0, dtype=np.int64)
    for _ in range(50):
        fresh = _skewed(draw, users, pairs) * items + _skewed(draw, items, pairs)
        seen = np.unique(np.concatenate([seen, fresh]))
        if len(seen) >= pairs:
            break
    seen = draw.permutation(seen)[:pairs]
    return seen // items, seen % items


def _skewed(draw: np.random.Generator, size: int, count: int) -> np.ndarray:
    """Numbers below `size`; rank r is drawn in proportion to (r + 10)^-0.8, ranks in random order."""
    share = np.cumsum((np.arange(size) + 10.0) ** -0.8)
    rank = np.searchsorted(share, draw.random(count) * share[-1])
    return np.random.default_rng(size).permutation(size)[np.minimum(rank, size - 1)]
