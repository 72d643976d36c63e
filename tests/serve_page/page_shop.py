"""What pages of the tests look at: EASE on a small shop, and on one whose ids and titles are hostile."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
from page_hostile import TEXTS

from recbox.artifact import write
from recbox.context import Context
from recbox.data import Column, Dataset, Interactions, Nodes, Split
from recbox.model.ease import EASE
from recbox.plugin import Spec

sys.path.append(str(Path(__file__).parents[1] / "artifact"))
from artifact_tiny import content

COLUMNS = (Column("title", "text", "title"), Column("genre", "categorical"), Column("price", "numeric"))
HUGE = 2**53 + 1
"""As a float it is another number."""
LONGEST = 200
"""Characters of an id here; servers bound them."""


def shop(folder: Path) -> Path:
    """Users 1 … 39 and HUGE, items 100 … 158 and HUGE; half of them are games, each 10th has no title."""
    ids = [*range(100, 159), HUGE]
    titles = [None if n % 10 == 3 else f"Thing {n}" for n in range(60)]
    genres = ["game" if n % 2 else "book" for n in range(60)]
    prices = [float(n) for n in range(60)]
    items = pl.DataFrame({"id": ids, "title": titles, "genre": genres, "price": prices})
    return _written(folder, "shop", pl.DataFrame({"id": [*range(1, 40), HUGE]}), items)


def hostile(folder: Path) -> Path:
    """Hundred users and hundred items; an item's title is another of the texts than its id."""
    order = sorted(range(100), key=lambda n: TEXTS[n][:LONGEST])
    ids = [TEXTS[n][:LONGEST] for n in order]
    titles = [TEXTS[(n + 50) % 100] for n in order]
    items = pl.DataFrame({"id": ids, "title": titles, "genre": titles, "price": [1.0] * 100})
    return _written(folder, TEXTS[0], pl.DataFrame({"id": ids}), items)


def _written(folder: Path, name: str, users: pl.DataFrame, items: pl.DataFrame) -> Path:
    draw = np.random.default_rng(5)
    pairs = np.sort(draw.choice(users.height * items.height, 8 * users.height, replace=False))
    times = draw.integers(10**9, 2 * 10**9, len(pairs))
    weight = np.ones(len(pairs), np.float32)
    interactions = Interactions(pairs // items.height, pairs % items.height, weight, time=times)
    data = Dataset(name, Nodes(users), Nodes(items, COLUMNS), interactions, facts={"rows": len(pairs)})
    split = Split(np.arange(len(pairs)), np.arange(0), np.arange(0), fingerprint="f" * 64)
    scorer = EASE(l2=2.0).fit(Spec("", 0, 0, 0, data.take(split.train), None, Context()))
    nothing = {"extra": {}, "per_user": {}, "users": np.arange(0)}
    return write(content(name="shop", dataset=data, split=split, scorer=scorer, **nothing), folder)
