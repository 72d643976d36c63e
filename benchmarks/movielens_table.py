"""Twelve methods on MovieLens-100K, from raw files to the table, by recbox's own commands:

`python benchmarks/movielens_table.py --data-dir DIR --out DIR [--trials N] [--seeds N] [--only METHODS]`

For each split: `recbox tune` for every method of `benchmarks/movielens/` that has something to tune, all with
the same number of trials, judged on validation; then one `recbox compare` of the best recipes, which trains
them with several seeds and looks at the test. Last, `recbox run` of three methods whose figures are known.

The same command goes on where it was stopped, with what the studies and the finished runs hold. It writes
`movielens.md` and `movielens.json` into `--results`, by default `--out`. CPU seconds are of commands that
ended: what a killed one had used is not in them.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import movielens_page
from searched import kept, recbox, searched

RECIPES = Path(__file__).resolve().parent / "movielens"
METHODS = (
    "popularity", "item-knn", "user-knn", "rp3beta", "ease", "ials", "bpr-mf", "multvae", "lightgcn", "gcn",
    "slim", "gat",
)  # fmt: skip
"""The cheap ones first."""
UNTUNED = ("popularity",)
SPLITS = ("user-time", "user-random")
METRICS = ("ndcg@20", "recall@20")
KNOWN: dict[str, dict[str, Any]] = {
    "popularity": {},
    "item-knn": {"similarity": "cosine", "k": 200, "shrinkage": 0},
    "ease": {"l2": 500},
}
"""Options of the methods whose figures are known."""
DRAWS = 10
"""Random splits on which they are run: which one another program drew can't be known."""


def main() -> None:
    """Run what is missing, and write the page anew."""
    asked = _asked()
    asked.out.mkdir(parents=True, exist_ok=True)
    recipes = {split: _tuned(asked, split) for split in asked.split}
    if asked.no_test:
        return
    found = {split: _tested(asked, split, recipes[split]) for split in asked.split}
    part = {"only": list(asked.only)} if list(asked.only) != list(METHODS) else {}
    part |= {"split": list(asked.split)} if list(asked.split) != list(SPLITS) else {}
    document = {"format": 1, "trials": asked.trials, "seeds": asked.seeds, "split": found}
    text = json.dumps(document | ({"asked": part} if part else {}), indent=1)
    asked.results.mkdir(parents=True, exist_ok=True)
    (asked.results / "movielens.json").write_text(text + "\n", encoding="utf-8")
    page = movielens_page.page(json.loads(text), asked.threads)
    (asked.results / "movielens.md").write_text(page, encoding="utf-8")
    print(asked.results / "movielens.md")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, help="holds ml-100k/u.data; without it, recbox looks for it")
    parser.add_argument("--out", type=Path, required=True, help="studies and runs, which are used again")
    parser.add_argument("--results", type=Path, help="where the page goes; default: --out")
    parser.add_argument("--trials", type=int, default=15)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=METHODS, default=METHODS, metavar="METHOD")
    parser.add_argument("--split", nargs="+", choices=SPLITS, default=SPLITS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--no-test", action="store_true", help="tune, and end before anything is tested")
    asked = parser.parse_args()
    asked.only = [method for method in METHODS if method in asked.only]
    asked.out, asked.results = asked.out.absolute(), (asked.results or asked.out).absolute()
    asked.shared = ["--threads", str(asked.threads), "--device", "cpu"]
    if asked.data_dir:
        asked.shared += ["--data-dir", str(asked.data_dir.absolute())]
    return asked


def _tuned(asked: argparse.Namespace, split: str) -> dict[str, Path]:
    """By method, the recipe that goes to the test: the best on validation, or as it is."""
    folder = asked.out / split
    folder.mkdir(exist_ok=True)
    recipes = {method: _written(folder, split, method) for method in asked.only}
    for method in asked.only:
        if method not in UNTUNED:
            recipes[method] = searched(folder, recipes[method], method, asked.trials, METRICS, asked.shared)
    return recipes


def _written(folder: Path, split: str, method: str) -> Path:
    """The method's recipe on this split, as a file: `recbox compare` takes no `--set`."""
    base, path = RECIPES / f"{method.replace('-', '_')}.yaml", folder / f"{method}.yaml"
    path.write_text(f"extends: {json.dumps(str(base))}\ndata: {{split: {{by: {split}}}}}\n", encoding="utf-8")
    return path


def _tested(asked: argparse.Namespace, split: str, recipes: dict[str, Path]) -> dict[str, Any]:
    """The comparison of all, and the figures that are known; only here is the test looked at."""
    folder = asked.out / split
    metrics = [word for metric in METRICS for word in ("--metric", metric)]
    compare = ["compare", *map(str, recipes.values()), *metrics, "--seeds", str(asked.seeds)]
    compared = recbox(folder, *compare, "--format", "json", *asked.shared)
    looks = len((folder / "runs" / "ledger.jsonl").read_text(encoding="utf-8").splitlines())
    tuned = [method for method in asked.only if method not in UNTUNED]
    return {
        **kept(compared),
        "tuned": {m: json.loads((folder / f"{m}.json").read_text(encoding="utf-8")) for m in tuned},
        "looks": looks,
        "known": [row for m in asked.only if m in KNOWN for row in _known(asked, folder, split, m)],
    }


def _known(asked: argparse.Namespace, folder: Path, split: str, method: str) -> list[dict[str, Any]]:
    """Test figures with options that were fixed beforehand; random splits are drawn several times."""
    draws = DRAWS if split == "user-random" else 1
    sets = [word for key, value in KNOWN[method].items() for word in ("--set", f"model.{key}={value}")]
    rows = []
    for draw in range(draws):
        kept = folder / "known" / f"{method}-{draw}.json"
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            options = [*sets, "--set", f"data.seed={draw}", "--out", str(kept.with_suffix("")), "--json"]
            ran = recbox(folder, "run", str(folder / f"{method}.yaml"), *options, *asked.shared)
            kept.write_text(json.dumps(ran["test"]) + "\n", encoding="utf-8")
        test = json.loads(kept.read_text(encoding="utf-8"))
        rows.append({"method": method, "options": KNOWN[method], "draw": draw,
                     "test": {metric: test[metric] for metric in METRICS}})  # fmt: skip
    return rows


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
