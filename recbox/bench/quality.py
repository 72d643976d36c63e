"""The suite `quality`: recipes from raw files to test figures, beside published ones and the wall time."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recbox.api.reading import read
from recbox.api.setting import on_device, settle
from recbox.bench.asked import Asked
from recbox.bench.figure import Figure, rows
from recbox.bench.process import ended
from recbox.bench.timing import Timed

PUBLISHED: dict[str, dict[str, tuple[float, float]]] = {
    "gowalla": {
        "LightGCN, published": (0.1830, 0.1554),
        "GF-CF, published": (0.1849, 0.1518),
        "BSPM-EM, published": (0.1920, 0.1597),
        "ChebyCF, published": (0.1941, 0.1616),
    },
    "yelp2018": {
        "LightGCN, published": (0.0649, 0.0530),
        "GF-CF, published": (0.0697, 0.0571),
        "BSPM-EM, published": (0.0720, 0.0593),
    },
    "amazon-book": {
        "LightGCN, published": (0.0411, 0.0315),
        "GF-CF, published": (0.0710, 0.0584),
        "BSPM-EM, published": (0.0733, 0.0609),
    },
}
"""Recall@20 and NDCG@20 in the splits of LightGCN's paper, by source; the first is the reference."""


def measure(asked: Asked) -> dict[str, Any]:
    """Each recipe is run once in a process of its own: it trains, judges its baselines too, and saves."""
    found: list[dict[str, Any]] = []
    with asked.progress.task("recipes", len(asked.recipes), "recipe") as task:
        for recipe in asked.recipes:
            reading, (spent, metrics, peak) = _reading(asked, recipe), _run(asked, recipe)
            found += told(metrics, spent, reading, peak)
            task.advance()
    return {"about": {"recipes": ", ".join(asked.recipes)}, "row": found}


def told(metrics: Mapping[str, Any], spent: float, reading: float, peak: float) -> list[dict[str, Any]]:
    """Rows of a `metrics.json`: the wall time beside that of reading the data, and each test figure at 20
    beside what is published, or beside popularity. spent, reading: seconds; peak: MiB."""
    name, data = metrics["name"], metrics["data"]
    times = [
        Figure("raw files to artifact", Timed((spent,)), "s", extra={"MiB": peak}),
        Figure("reading and splitting the data", Timed((reading,)), "s"),
    ]
    found = rows(f"{name}, time", times, times[1].name)
    known = {} if data["synthetic"] else PUBLISHED.get(data["source"], {})
    for place, metric in enumerate(("recall@20", "ndcg@20")):
        if metric not in metrics["test"]:
            continue
        own = {"recbox": metrics["test"][metric]}
        tried = {n: b["test"][metric] for n, b in metrics["baseline"].items() if "test" in b}
        values = own | tried | {method: pair[place] for method, pair in known.items()}
        values = {n: value for n, value in values.items() if value > 0}
        against = next(iter(known), next((n for n in tried if n in values), "recbox"))
        figures = [Figure(n, Timed((value,)), "", more=True) for n, value in values.items()]
        found += rows(f"{name}, {metric} on test", figures, against) if "recbox" in values else []
    return found


def _reading(asked: Asked, recipe: str) -> float:
    """Seconds of reading and splitting the recipe's data in this process."""
    setting = settle(recipe, data_dir=asked.data_dir, threads=asked.threads, progress=asked.progress)
    context = on_device(setting, asked.device)
    began = time.perf_counter()
    read(setting, context)
    return time.perf_counter() - began


def _run(asked: Asked, recipe: str) -> tuple[float, dict[str, Any], float]:
    """Seconds, the metrics, and the peak in MiB of `recbox run`."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        ended(["-m", "recbox", "run", recipe, "--out", f"{folder}/run", *_options(asked)])
        spent = time.perf_counter() - began
        documents = [
            json.loads(Path(folder, "run", name).read_text(encoding="utf-8"))
            for name in ("metrics.json", "manifest.json")
        ]
    return spent, documents[0], documents[1]["run"]["peak_mib"]


def _options(asked: Asked) -> Sequence[str]:
    threads = () if asked.threads is None else ("--threads", str(asked.threads))
    folders = [part for folder in asked.data_dir for part in ("--data-dir", str(folder))]
    return [*threads, *folders, "--device", asked.device]
