"""Files of events as people have them: public data sets, and three shops that are made."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Files:
    """events: of interactions. item: that describe items. epochs: at most, where all ways are cut short."""

    events: Sequence[Path]
    item: Sequence[Path] = ()
    epochs: int | None = None


def movielens(data: Path, folder: Path) -> Files:
    """100,000 ratings, with times."""
    rows = [line.split("\t") for line in (data / "ml-100k/u.data").read_text(encoding="utf-8").splitlines()]
    return Files([_csv(folder / "events.csv", ["user", "item", "rating", "time"], rows)])


def lastfm(data: Path, folder: Path) -> Files:
    """52,668 plays, in the data's own parts, without times."""
    return Files([data / "lastfm/train.tsv", data / "lastfm/test.tsv"])


def retailrocket(data: Path, folder: Path) -> Files:
    """9,551 purchases, beside views and carts."""
    return Files([data / f"retail-rocket/{name}.tsv" for name in ("view", "cart", "buy")])


def gowalla(data: Path, folder: Path) -> Files:
    """The training part of each twentieth user, without times; at most 20 epochs."""
    rows: list[list[str]] = []
    for line in (data / "gowalla/train.txt").read_text(encoding="utf-8").splitlines()[::20]:
        user, *items = line.split()
        rows += [[user, item] for item in items]
    return Files([_csv(folder / "events.csv", ["user", "item"], rows)], epochs=20)


KINDS = ("tea", "coffee", "bread", "cheese", "jam", "fruit", "soup", "wine")
SORTS = ("green", "black", "fine", "rustic", "sweet", "dark", "mild", "old")


def arriving(data: Path, folder: Path) -> Files:
    """A thousand products come in one after the other, with titles and kinds; people look at what is new."""
    draw = random.Random(1)
    products = [(f"P{n}", draw.randrange(8), draw.randrange(8)) for n in range(1200)]
    told = [
        [sku, f"{SORTS[sort]} {KINDS[kind]} from farm number {n % 37}", KINDS[kind]]
        for n, (sku, kind, sort) in enumerate(products)
    ]
    rows = []
    for n in range(20_000):
        user, there = int(800 * draw.random() ** 1.3), 200 + n * 1000 // 20_000
        likes = draw.random() < 0.9
        for _ in range(60):
            at = there - 1 - int(there * draw.random() ** 3)
            _, kind, sort = products[at]
            if not likes or (kind == user % 8 and sort // 2 == user // 8 % 4):
                break
        rows.append([f"c{user}", products[at][0], str(1_700_000_000 + n * 1500)])
    item = _csv(folder / "products.csv", ["sku", "title", "category"], told)
    return Files([_csv(folder / "events.csv", ["customer", "sku", "time"], rows)], [item])


def tiny(data: Path, folder: Path) -> Files:
    """80 people, 50 things, 900 rows."""
    draw = random.Random(2)
    rows = []
    for n in range(900):
        user = draw.randrange(80)
        kind = user % 5 if draw.random() < 0.8 else draw.randrange(5)
        item = 5 * int(10 * draw.random() ** 2) + kind
        rows.append([f"c{user}", f"P{item}", str(1_700_000_000 + n * 5000)])
    return Files([_csv(folder / "events.csv", ["customer", "sku", "time"], rows)])


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
    return Files([_csv(folder / "events.csv", ["customer", "sku", "time"], rows)])


def _csv(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(head)
        out.writerows(rows)
    return path


SHOPS: Mapping[str, Callable[[Path, Path], Files]] = {
    "movielens": movielens,
    "lastfm": lastfm,
    "retailrocket": retailrocket,
    "gowalla": gowalla,
    "arriving": arriving,
    "tiny": tiny,
    "repeats": repeats,
}
