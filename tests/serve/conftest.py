"""Artifacts to serve: a small shop, whose network reads features, and the same again, otherwise trained."""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recbox.api.load import Fitted, load
from recbox.api.run import run

sys.path.append(str(Path(__file__).parent))
from serving import Server, server

USERS, ITEMS = 40, 60
KINDS = ["tea", "jam", "bread"]


def shop(folder: Path) -> dict[str, Any]:
    """Files of a shop, and a recipe for them. Users are u0 …, items 100 …."""
    draw = random.Random(3)
    with (folder / "items.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "title", "kind", "price", "tags"])
        for n in range(ITEMS):
            tags = "|".join(sorted({f"t{n % 4}", f"t{n % 5}"}))
            rows.writerow([100 + n, f"{KINDS[n % 3].title()} no. {n}", KINDS[n % 3], 1 + n % 17, tags])
    with (folder / "events.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["user", "item", "time"])
        for n in range(700):
            user = draw.randrange(USERS)
            liked = user % 3 if draw.random() < 0.8 else draw.randrange(3)
            rows.writerow([f"u{user}", 100 + 3 * int((ITEMS // 3) * draw.random() ** 2) + liked, n])
    columns = {
        "title": {"type": "text", "role": "title"},
        "kind": {"type": "categorical"},
        "price": {"type": "numeric"},
        "tags": {"type": "multi", "separator": "|"},
    }
    return {
        "recbox": 1,
        "name": "shop",
        "dim": 8,
        "data": {
            "source": {
                "use": "table",
                "interaction": [{"path": str(folder / "events.csv"), "columns": {
                    "user": "user", "item": "item", "time": "time"}}],
                "item": [{"path": str(folder / "items.csv"), "id": "id", "columns": columns}],
            },
            "clean": {"duplicate": "last"},
            "split": {"by": "user-time", "valid": 0.1, "test": 0.1},
        },
        "encoder": {"item": {"fuse": "sum", "part": [{"use": "id"}, {"use": "feature", "columns": [
            "kind", "price", "tags"]}]}},
        "layer": [{"use": "lightgcn"}],
        "head": {"use": "dot"},
        "train": {"epochs": 3, "batch": 256},
        "evaluate": {"k": [5], "metric": ["ndcg"], "baseline": []},
    }  # fmt: skip


@pytest.fixture(scope="session")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def artifact(recipe: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(run(recipe, out=tmp_path_factory.mktemp("serve") / "shop").folder)


@pytest.fixture(scope="session")
def other(recipe: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another version of it."""
    return Path(run(recipe, seed=1, out=tmp_path_factory.mktemp("serve") / "other").folder)


@pytest.fixture(scope="session")
def ease(recipe: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A method without vectors, which scores no new items."""
    parts = ("encoder", "layer", "head", "train", "dim")
    plain = {key: value for key, value in recipe.items() if key not in parts}
    folder = tmp_path_factory.mktemp("serve") / "ease"
    return Path(run({**plain, "name": "ease", "model": {"use": "ease"}}, out=folder).folder)


@pytest.fixture(scope="session")
def fitted(artifact: Path) -> Fitted:
    return load(artifact)


@pytest.fixture(scope="session")
def served(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that tests share which leave users u0 to u19 without events, and known items available."""
    with server(artifact, tmp_path_factory.mktemp("served") / "events.db", workers=2) as found:
        yield found
