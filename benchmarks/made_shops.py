"""Files of events as shops have them: public data sets, and three that are made."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Files:
    files: Sequence[Path]
    item: Sequence[Path] = ()


def movielens(data: Path, folder: Path) -> Files:
    rows = [line.split("\t") for line in (data / "ml-100k/u.data").read_text().splitlines()]
    return Files([_csv(folder / "e.csv", ["user", "item", "rating", "time"], rows)])


def lastfm(data: Path, folder: Path) -> Files:
    return Files([data / "lastfm/train.tsv", data / "lastfm/test.tsv"])


def retailrocket(data: Path, folder: Path) -> Files:
    return Files([data / f"retail-rocket/{name}.tsv" for name in ("view", "cart", "buy")])


def gowalla(data: Path, folder: Path) -> Files:
    """The training part of every fourth user."""
    rows: list[list[str]] = []
    for line in (data / "gowalla/train.txt").read_text().splitlines()[::4]:
        user, *items = line.split()
        rows += [[user, item] for item in items]
    return Files([_csv(folder / "e.csv", ["user", "item"], rows)])


KINDS = ("tea", "coffee", "bread", "cheese", "jam", "fruit", "soup", "wine")
SORTS = ("green", "black", "fine", "rustic", "sweet", "dark", "mild", "old")


def cold(data: Path, folder: Path) -> Files:
    """Products come in all the year, with titles and a kind; people look at what is new."""
    draw = random.Random(1)
    products = [(f"P{n}", draw.randrange(8), draw.randrange(8)) for n in range(1200)]
    item = _csv(
        folder / "p.csv",
        ["sku", "title", "category"],
        [[sku, f"{SORTS[s]} {KINDS[k]} from farm number {n % 37}", KINDS[k]] for n, (sku, k, s) in enumerate(products)],
    )
    rows = []
    for n in range(20_000):
        user = int(800 * draw.random() ** 1.3)
        there = 200 + n * 1000 // 20_000
        likes = draw.random() < 0.9
        for _ in range(60):
            at = there - 1 - int(there * draw.random() ** 3)
            _, kind, sort = products[at]
            if not likes or (kind == user % 8 and sort // 2 == user // 8 % 4):
                break
        rows.append([f"c{user}", products[at][0], str(1_700_000_000 + n * 1500)])
    return Files([_csv(folder / "e.csv", ["customer", "sku", "time"], rows)], [item])


def tiny(data: Path, folder: Path) -> Files:
    """80 people, 50 things, 900 rows."""
    draw = random.Random(2)
    rows = []
    for n in range(900):
        user = draw.randrange(80)
        kind = user % 5 if draw.random() < 0.8 else draw.randrange(5)
        rows.append([f"c{user}", f"P{5 * int(10 * draw.random() ** 2) + kind}", str(1_700_000_000 + n * 5000)])
    return Files([_csv(folder / "e.csv", ["customer", "sku", "time"], rows)])


def repeats(data: Path, folder: Path) -> Files:
    """People buy what they bought: seven rows in ten are of things that they have."""
    draw = random.Random(3)
    had: dict[int, list[int]] = {}
    rows = []
    for n in range(40_000):
        user = int(1000 * draw.random() ** 1.5)
        own = had.setdefault(user, [])
        if own and draw.random() < 0.7:
            item = draw.choice(own)
        else:
            kind = user % 12 if draw.random() < 0.75 else draw.randrange(12)
            item = 12 * int(50 * draw.random() ** 2) + kind
            own.append(item)
        rows.append([f"c{user}", f"P{item}", str(1_700_000_000 + n * 700)])
    return Files([_csv(folder / "e.csv", ["customer", "sku", "time"], rows)])


def _csv(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(head)
        out.writerows(rows)
    return path


SHOPS: Mapping[str, Callable[[Path, Path], Files]] = {
    "movielens-100k": movielens, "lastfm": lastfm, "retail-rocket": retailrocket, "gowalla, a quarter": gowalla,
    "shop, new products": cold, "shop, tiny": tiny, "shop, repeats": repeats,
}  # fmt: skip
