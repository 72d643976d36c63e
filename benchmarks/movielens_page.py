"""The page of `movielens_table.py`: its JSON as Markdown."""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from typing import Any

from recbox.comparison.words import number, p_value
from recbox.context import memory_bytes
from recbox.evaluate import metric_title

GRAPH = ("lightgcn", "gcn", "gat")
REFERENCE = "ease"
PACKAGES = ("recbox-graph", "recbox-classic", "torch", "numpy", "scipy", "optuna")
PUBLISHED = {
    "user-time": {"popularity": (0.114, 0.096), "item-knn": (0.185, 0.177), "ease": (0.183, 0.176)},
    "user-random": {"popularity": (0.214, 0.170), "item-knn": (0.387, 0.321), "ease": (0.425, 0.346)},
}
"""NDCG@20 and Recall@20 that another program reached with the same options; it drew another random split."""
Found = dict[str, Any]


def page(document: Found, threads: int) -> str:
    """All of it; the same for the same JSON on the same machine."""
    splits = document["split"]
    parts = [_head(document, threads)]
    parts += [_split(document, name, found) for name, found in splits.items()]
    if any(found["known"] for found in splits.values()):
        parts.append(_known(splits))
    return "\n\n".join(parts) + "\n"


def _head(document: Found, threads: int) -> str:
    kernels = sorted({kernel for found in document["split"].values() for kernel in found["kernel"]})
    options = f"--trials {document['trials']} --seeds {document['seeds']}{_part(document)}"
    machine = [
        f"on {os.cpu_count()} cores with {memory_bytes() / 2**30:.0f} GiB",
        f"{threads} thread{'s' * (threads != 1)}",
        *(f"kernel {kernel}" for kernel in kernels),
        f"Python {sys.version.split()[0]}",
        *(f"{name} {version(name)}" for name in PACKAGES),
    ]
    return (
        "# Methods on MovieLens-100K\n\n"
        f"`python benchmarks/movielens_table.py --data-dir DIR --out DIR {options}`, {', '.join(machine)}. "
        f"{document['trials']} trials for each method that has something to tune, chosen by NDCG@20 on "
        f"validation; {document['seeds']} seeds where a method draws at random. What the columns mean, and "
        "how to repeat it: docs/reproducing.md."
    )


def _part(document: Found) -> str:
    """`--only` and `--split`, where not all methods or splits were asked for."""
    found = ""
    for name in ("only", "split"):
        asked = document.get("asked", {}).get(name)
        found += f" --{name} {' '.join(asked)}" if asked else ""
    return found


def _split(document: Found, split: str, found: Found) -> str:
    data, sizes = found["data"], found["data"]["split"]
    said = (
        f"## {split}\n\n{data['users']:,} users, {data['items']:,} items; "
        f"{sizes['train']:,} / {sizes['valid']:,} / {sizes['test']:,} interactions for train, validation and "
        f"test. Fingerprints: data `{data['fingerprint'][:12]}`, split `{sizes['fingerprint'][:12]}`. "
        f"The ledger of the test has {found['looks']} lines: one for each run of the table."
    )
    parts = [said, _means(found), _chosen(found)]
    if len(found["method"]) > 2:
        parts += [_leaders(found), *(_matrix(found, metric) for metric in _metrics(found))]
    return "\n\n".join([*parts, *_graph(found)])


def _metrics(found: Found) -> list[str]:
    return list(found["method"][0]["value"])


def _ranked(found: Found) -> list[Found]:
    main = _metrics(found)[0]
    return sorted(found["method"], key=lambda m: -m["value"][main]["mean"])


def _means(found: Found) -> str:
    """A row for each method, the best first."""
    metrics = _metrics(found)
    head = ["method", "seeds", *map(metric_title, metrics), f"less {REFERENCE}, {metric_title(metrics[0])}",
            "p, Holm", f"{metric_title(metrics[0])} on validation", "trials", "CPU s"]  # fmt: skip
    rows = []
    for method in _ranked(found):
        tuned = found["tuned"].get(method["name"])
        cells = [method["name"], str(method["seeds"]) if method["draws"] else "any"]
        cells += [_mean(method["value"][metric]) for metric in metrics]
        cells += _against(found, method["name"], metrics[0])
        cells += (
            [number(tuned["valid"][metrics[0]]), _counts(tuned["count"]), f"{tuned['cpu_s']:.0f}"]
            if tuned
            else ["", "nothing to tune", ""]
        )
        rows.append(cells)
    return table(head, rows)


def _mean(value: Found) -> str:
    text = number(value["mean"])
    if value["interval"] is not None:
        low, high = value["interval"]
        text += f" ± {(high - low) / 2:.4f}"
    return f"**{text}**" if value["best"] else text


def _against(found: Found, name: str, metric: str) -> list[str]:
    """The difference from EASE with its interval, and p."""
    pair = _pair(found, name, REFERENCE, metric)
    if pair is None:
        return ["", ""]
    sign = 1 if pair["one"] == name else -1
    text = number(sign * pair["difference"])
    if pair["interval"] is not None:
        low, high = sorted(sign * end for end in pair["interval"])
        text += f" ({number(low)} to {number(high)})"
    return [text, p_value(pair["holm"]).removeprefix("= ")]


def _pair(found: Found, one: str, other: str, metric: str) -> Found | None:
    return next(
        (x for x in found["pair"] if x["metric"] == metric and {x["one"], x["other"]} == {one, other}), None
    )


def _counts(count: dict[str, int]) -> str:
    """`20`, or `20 (7 pruned)`."""
    others = ", ".join(f"{n} {state}" for state, n in count.items() if state != "done")
    return f"{sum(count.values())} ({others})" if others else str(sum(count.values()))


def _chosen(found: Found) -> str:
    rows = [[m["name"], _said(found["tuned"][m["name"]]["chosen"])] for m in _ranked(found)
            if m["name"] in found["tuned"]]  # fmt: skip
    return table(["method", "chosen on validation"], rows) if rows else ""


def _said(settings: Found) -> str:
    return ", ".join(f"{path.removeprefix('model.')} {_value(value)}" for path, value in settings.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        rest = " ".join(f"{k} {_value(v)}" for k, v in value.items() if k != "use")
        return f"{value['use']}{f' ({rest})' if rest else ''}"
    if isinstance(value, float):
        return f"{value:.3g}"
    return value if isinstance(value, str) else json.dumps(value)


def _leaders(found: Found) -> str:
    """Who leads, and behind whom nobody is shown to be."""
    metric = _metrics(found)[0]
    first, *rest = (m["name"] for m in _ranked(found))
    level = [name for name in rest if _verdict(found, first, name, metric) == "not shown"]
    title = metric_title(metric)
    if not level:
        return f"{first} has the highest {title}, and the test bears it out against each of the others."
    return f"{first} has the highest {title}; it is not shown to be better than {', '.join(level)}."


def _verdict(found: Found, one: str, other: str, metric: str) -> str:
    pair = _pair(found, one, other, metric)
    return pair["verdict"] if pair else ""


def _matrix(found: Found, metric: str) -> str:
    """Of every two methods: whether the row's is really better, really worse, or neither is shown."""
    names = [m["name"] for m in _ranked(found)]
    rows = [[name, *(_sign(found, name, other, metric) for other in names)] for name in names]
    said = f"{metric_title(metric)}, {found['correction']['tests']} tests corrected together by Holm: + the "
    said += "row's method is really better than the column's, − really worse, · not shown, ? too few seeds."
    return f"{said}\n\n{table(['', *names], rows)}"


def _sign(found: Found, one: str, other: str, metric: str) -> str:
    if one == other:
        return ""
    pair = _pair(found, one, other, metric)
    if pair is None or pair["verdict"] != "real":
        return "?" if pair is None or pair["verdict"] == "too few seeds" else "·"
    return "+" if (pair["difference"] > 0) == (pair["one"] == one) else "−"


def _graph(found: Found) -> list[str]:
    """What the test says of the graph methods and EASE, in its own words."""
    pairs = [pair for name in GRAPH for metric in _metrics(found)
             if (pair := _pair(found, name, REFERENCE, metric)) is not None]  # fmt: skip
    if not pairs:
        return []
    return ["The graph methods beside EASE:", "\n".join(f"- {pair['sentence']}" for pair in pairs)]


def _known(splits: Found) -> str:
    """Beside figures of another program, for the same options."""
    rows = []
    for split, found in splits.items():
        for method, values in PUBLISHED[split].items():
            runs = [row for row in found["known"] if row["method"] == method]
            if runs:
                options = ", ".join(f"{k} {v}" for k, v in runs[0]["options"].items()) or "none"
                pairs = zip(_metrics(found), values)
                cells = [c for metric, value in pairs for c in (f"{value:.3f}", _spread(runs, metric))]
                rows.append([split, method, options, str(len(runs)), *cells])
    head = [
        "split",
        "method",
        "options",
        "splits drawn",
        "NDCG@20, there",
        "here",
        "Recall@20, there",
        "here",
    ]
    return (
        "## The same options in another program\n\nA random split is another one in another program, so "
        "that only `user-time` can agree to the last digit; of ten random splits, the range is given.\n\n"
        + table(head, rows)
    )


def _spread(runs: list[Found], metric: str) -> str:
    values = [run["test"][metric] for run in runs]
    return f"{values[0]:.4f}" if len(values) == 1 else f"{min(values):.4f} to {max(values):.4f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
