"""A random ranking with everything that may be odd in one, and what a plain reading of the rules makes it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from recbox.data import Dataset, Interactions, Nodes
from recbox.evaluate import Truth

Row = tuple[Any, Any, float]
FORMATS = ("parquet", "csv", "tsv", "jsonl", "trec")


@dataclass
class Case:
    """Rows (user, item, score), data whose ids are numbers or text, inner pairs that are seen and held."""

    dataset: Dataset
    truth: Truth
    rows: list[Row]
    seen: set[tuple[int, int]]
    held: set[tuple[int, int]]
    expected: dict[int, list[int]] = field(default_factory=dict)
    """Each judged user's items (inner ids), best first, as long as they go."""
    count: Counter[str] = field(default_factory=Counter)

    @property
    def frame(self) -> pl.DataFrame:
        users, items, scores = zip(*self.rows, strict=True)
        return pl.DataFrame({"user": users, "item": items, "score": scores})

    def write(self, folder: Path, form: str) -> Path:
        path = folder / f"list.{form}"
        if form == "parquet":
            self.frame.write_parquet(path)
        elif form == "jsonl":
            self.frame.write_ndjson(path)
        elif form == "trec":
            lines = [f"{u} Q0 {i} {n}\t{s!r}  tag" for n, (u, i, s) in enumerate(self.rows)]
            path.write_text("\n".join([*lines, ""]))
        else:
            self.frame.write_csv(path, separator="\t" if form == "tsv" else ",")
        return path


def random_case(seed: int, k: int) -> Case:
    """Few scores, so that ties are everywhere; users and items that nobody knows; users without rows."""
    draw = np.random.default_rng(seed)
    users, items = int(draw.integers(3, 15)), int(draw.integers(3, 25))
    name = str if seed % 2 else int
    ids = [sorted(map(name, draw.choice(10_000, n, replace=False).tolist())) for n in (users, items)]
    every = [(u, i) for u in range(users) for i in range(items)]
    chance = draw.random(len(every))
    seen = {p for p, c in zip(every, chance) if c < 0.2}
    held = {p for p, c in zip(every, chance) if c > 0.75} | {every[-1]}
    seen -= held
    pairs = sorted(seen) + sorted(held)
    x = np.array(pairs)
    nodes = [Nodes(pl.DataFrame({"id": column})) for column in ids]
    data = Dataset("made", *nodes, Interactions(x[:, 0].copy(), x[:, 1].copy(), np.ones(len(x), np.float32)))
    old, new = np.arange(len(seen)), np.arange(len(seen), len(pairs))
    case = Case(data, Truth.of(data, new, old, old), [], seen, held)
    _fill(case, draw, [[*ids[0], name(10_001), name(10_002)], [*ids[1], name(10_003)]])
    _read(case, ids, k)
    return case


def _fill(case: Case, draw: np.random.Generator, ids: list[list[Any]]) -> None:
    """Some of all pairs, some of them twice, in any order; a fifth of the users have none."""
    known, silent = ids[0][0], set(draw.choice(ids[0][1:], max(1, len(ids[0]) // 5), replace=False).tolist())
    pairs = [(u, i) for u in ids[0] for i in ids[1] if u not in silent and draw.random() < 0.7]
    odd = ids[0][int(draw.integers(1, len(ids[0]) - 2))]  # who has a strange item alone
    pairs = [p for p in pairs if p[0] != odd] + [(odd, ids[1][-1]), (known, ids[1][0])]
    pairs += [p for p in pairs if draw.random() < 0.2]
    levels = [0.0, -0.0, 0.25, 1e-9, -3.5, 1e300, 0.1 + 0.2, 0.3]
    case.rows += [(u, i, levels[int(draw.integers(len(levels)))]) for u, i in pairs]
    draw.shuffle(case.rows)
    case.rows[:] = [(u, i, float(s)) for u, i, s in case.rows]


def _read(case: Case, ids: list[list[Any]], k: int) -> None:
    """The rules, one row after the other."""
    inner = [{x: n for n, x in enumerate(column)} for column in ids]
    judged = {u for u, _ in case.held}
    best: dict[tuple[int, int], float] = {}
    present = set()
    for user, item, score in case.rows:
        u, i = inner[0].get(user), inner[1].get(item)
        present |= {u}
        if u is None:
            case.count["unknown_user"] += 1
        elif i is None:
            case.count["unknown_item"] += 1
        elif u not in judged:
            case.count["not_judged"] += 1
        elif (u, i) in case.seen:
            case.count["seen"] += 1
        else:
            case.count["doubled"] += (u, i) in best
            best[u, i] = max(score, best.get((u, i), -np.inf))
    for u in sorted(judged):
        mine = sorted((-score, i) for (v, i), score in best.items() if v == u)
        case.expected[u] = [i for _, i in mine]
        case.count["beyond_k"] += max(len(mine) - k, 0)
        case.count["ranked"] += min(len(mine), k)
        case.count["users_absent"] += u not in present
        case.count["users_empty"] += u in present and not mine
        case.count["users_short"] += 0 < len(mine) < k
        near = [s for s, _ in mine]
        case.count["tied"] += sum(
            any(near[n] == near[m] for m in (n - 1, n + 1) if 0 <= m < len(near))
            for n in range(min(k, len(near)))
        )
