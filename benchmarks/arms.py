"""What an idea brings to a method: `python benchmarks/arms.py SET --data-dir DIR --out DIR`

SET is a folder of `benchmarks/arms/`: recipes with what `recbox tune` searches, alike for all of them but for
what is an arm's own. Each is tuned with the same number of trials, judged on validation; then one `recbox
compare` trains the best of each with several seeds and looks at the test. The same command goes on where it
was stopped. It writes `SET.md` into `--results`, by default `--out`.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from output_block import machine, told
from searched import kept, recbox, searched

from recbox.comparison.words import number, p_value

ARMS = Path(__file__).resolve().parent / "arms"
SETS: dict[str, tuple[str, str]] = {
    "ssl": ("lightgcn", "MovieLens-100K, without and with each self-supervised term"),
    "lastfm": ("plain", "Last.FM, without and with friendships"),
    "retailrocket": ("buy", "Retail Rocket, purchases alone and with views and carts"),
    "knowledge": ("plain", "MovieLens-100K, without and with knowledge"),
}
"""By folder: the arm that the others are set beside, and a title."""
METRICS = ("ndcg@20", "recall@20")


def main() -> None:
    """Run what is missing, and write the page anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", choices=SETS)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="studies and runs, which are used again")
    parser.add_argument("--results", type=Path, help="where the page goes; default: --out")
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=[], metavar="ARM", help="beside the first")
    parser.add_argument("--no-test", action="store_true", help="tune, and end before anything is tested")
    asked = parser.parse_args()
    asked.told = told(parser, asked, "trials", "seeds", "threads", "only")
    folder = (asked.out / asked.set).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    data = str(asked.data_dir.absolute())
    shared = ["--threads", str(asked.threads), "--device", "cpu", "--data-dir", data]
    found = arms(asked.set, asked.only)
    best = {name: searched(folder, path, name, asked.trials, METRICS, shared) for name, path in found.items()}
    if asked.no_test:
        return
    metrics = [word for metric in METRICS for word in ("--metric", metric)]
    compare = ["compare", *map(str, best.values()), *metrics, "--seeds", str(asked.seeds)]
    compared = kept(recbox(folder, *compare, "--format", "json", *shared))
    tuned = {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in best}
    text = "\n".join(page(asked, compared, tuned)) + "\n"
    ((asked.results or asked.out) / f"{asked.set}.md").write_text(text, encoding="utf-8")
    print(text)


def arms(name: str, only: Sequence[str] = ()) -> dict[str, Path]:
    """The recipes of a set, the one that the others are set beside first."""
    first = SETS[name][0]
    paths = {path.stem: path for path in sorted((ARMS / name).glob("*.yaml")) if path.stem != "base"}
    return {first: paths.pop(first), **{n: p for n, p in paths.items() if not only or n in only}}


def page(asked: argparse.Namespace, found: dict[str, Any], tuned: dict[str, Any]) -> Iterator[str]:
    """The lines of the page."""
    first, title = SETS[asked.set]
    data = found["data"]
    yield f"# {title}\n"
    yield (
        f"`python benchmarks/arms.py {asked.set} --data-dir DIR --out DIR{asked.told}`, "
        f"{machine()}, {asked.threads} thread. {data['source']}, "
        f"{data['interactions']:,} interactions, split {data['split']['by']}. "
        f"{asked.trials} trials for each arm, chosen by NDCG@20 "
        f"on validation. The interval is of the difference on test, users and seeds included; p is Holm's "
        f"over all pairs and both metrics ({len(found['pair'])} tests).\n"
    )
    yield f"| arm | NDCG@20 | Recall@20 | NDCG@20 less {first}'s | p, Holm | verdict | valid | CPU s |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for method in found["method"]:
        own, name = tuned[method["name"]], method["name"]
        values = " | ".join(number(method["value"][metric]["mean"]) for metric in METRICS)
        yield (
            f"| {name} | {values} | {_beside(found, name, first)} | {number(own['valid'][METRICS[0]])} | "
            f"{own['cpu_s']:.0f} |"
        )
    yield "\nChosen on validation:\n"
    for name, own in tuned.items():
        yield f"- {name}: {', '.join(f'`{key}` {_plain(value)}' for key, value in own['chosen'].items())}"


def _beside(found: dict[str, Any], name: str, first: str) -> str:
    """Difference to the first arm, p and verdict."""
    for pair in found["pair"]:
        if pair["metric"] == METRICS[0] and {pair["one"], pair["other"]} == {name, first}:
            sign = 1 if pair["one"] == name else -1
            ends = sorted(sign * end for end in pair["interval"] or ())
            interval = " ({:+.4f} to {:+.4f})".format(*ends) if ends else ""
            said = f"{sign * pair['difference']:+.4f}{interval}"
            return f"{said} | {p_value(pair['holm']).removeprefix('= ')} | {pair['verdict']}"
    return "– | – | –"


def _plain(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else json.dumps(value)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
