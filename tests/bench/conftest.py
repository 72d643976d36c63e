"""A small MovieLens-100K for benchmarks that are run whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

USERS, ITEMS = 40, 30


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small `ml-100k`: two tastes, and some noise."""
    folder = tmp_path_factory.mktemp("data") / "ml-100k"
    folder.mkdir()
    draw = random.Random(0)
    rows = [
        f"{user}\t{item}\t4\t{draw.randrange(10**6)}\n"
        for user in range(1, USERS + 1)
        for item in range(1, ITEMS + 1)
        if draw.random() < (0.7 if item % 2 == user % 2 else 0.1)
    ]
    (folder / "u.data").write_text("".join(rows))
    flags, films, people = "|".join(["0"] * 19), range(1, ITEMS + 1), range(1, USERS + 1)
    (folder / "u.item").write_text("".join(f"{i}|Film {i} (1995)|d||u|{flags}\n" for i in films))
    (folder / "u.user").write_text("".join(f"{u}|24|M|writer|0\n" for u in people))
    return folder.parent
