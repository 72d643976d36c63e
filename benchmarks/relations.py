"""What edges between nodes that go together, or are alike, cost: `python benchmarks/relations.py [NODES]`.

Made data: interactions with popular items; 384 numbers a node in 500 clusters, as texts have them; genres and
a year. Seconds are of the CPU, over all threads; the memory is what the rows themselves don't take.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recbox.data import Column
from recbox.data.dataset import Nodes
from recbox.data.described import described
from recbox.graph.approximate import approximate
from recbox.graph.nearest import nearest
from recbox.graph.together import together

K = 10


def interactions(items: int, draw: np.random.Generator) -> csr_matrix:
    """Ones `[items / 4, items]`, twenty for each item, more of them with low numbers."""
    users, count = items // 4, 20 * items
    ends = draw.integers(0, users, count), (items * draw.random(count) ** 2).astype(np.int64)
    found = csr_matrix((np.ones(count, np.float32), ends), shape=(users, items))
    found.data[:] = 1
    return found


def texts(n: int, draw: np.random.Generator) -> np.ndarray:
    centre = draw.standard_normal((500, 384))
    x = centre[draw.integers(0, 500, n)] + draw.standard_normal((n, 384))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def features(n: int, draw: np.random.Generator) -> csr_matrix:
    genre = [[str(g) for g in draw.choice(20, draw.integers(1, 4), replace=False)] for _ in range(n)]
    table = pl.DataFrame({"id": range(n), "genre": genre, "year": draw.integers(1950, 2000, n)})
    return described(Nodes(table, (Column("genre", "multi"), Column("year", "numeric"))), ())


def measured(what: str, make: Callable[[], Any]) -> None:
    tracemalloc.start()
    start = time.process_time()
    found = make()
    seconds, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    recall = f"  recall {found.recall:.3f}" if hasattr(found, "recall") else ""
    print(f"{what:24}{seconds:8.1f} s{peak / 2**20:8.0f} MiB{recall}", flush=True)


def main(n: int) -> None:
    draw = np.random.default_rng(0)
    having, x, y = interactions(n, draw), texts(n, draw), features(n, draw)
    print(f"{n:,} nodes, {K} neighbours")
    measured("co-occurrence", lambda: together(having, K, "cosine"))
    for name, rows in (("texts", x), ("genres and years", y)):
        measured(f"{name}, exact", lambda rows=rows: nearest(rows, K))
        measured(f"{name}, faiss", lambda rows=rows: approximate(rows, K))


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["20000"])[0]))
