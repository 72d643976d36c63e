"""The head of the model card: what model hubs read (Hugging Face's metadata, `model-index` with results)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from recbox.artifact import strict
from recbox.artifact.content import Content
from recbox.artifact.escaping import line
from recbox.evaluate import metric_title

TASK = "recommendation"


def head(content: Content) -> str:
    """YAML between two lines of dashes; each value is written as JSON, which is YAML. Nothing stands there
    that isn't known: no licence, for one."""
    values = figures(content)
    tags = [TASK, "collaborative-filtering", *["graph-neural-network"] * is_graph(content)]
    fields = {
        "library_name": "recbox",
        "tags": tags,
        "datasets": [line(content.dataset.name)],
        "metrics": sorted({name.partition("@")[0] for name in values}),
        **({"model-index": [_index(content, values)]} if values else {}),
    }
    lines = "\n".join(f"{key}: {json.dumps(strict.plain(value))}" for key, value in fields.items())
    return f"---\n{lines}\n---\n"


def figures(content: Content) -> dict[str, float]:
    """Test metrics; those of validation where nothing was tested."""
    return numbers(content.metrics.get("test") or content.metrics.get("valid"))


def numbers(found: Any) -> dict[str, float]:
    """The numbers of a mapping by name."""
    known = strict.plain(found) if isinstance(found, Mapping) else {}
    return {k: float(v) for k, v in known.items() if isinstance(v, int | float)}


def measured(content: Content) -> str:
    """The part of the data whose figures they are."""
    return "test" if content.metrics.get("test") else "validation"


def is_graph(content: Content) -> bool:
    return bool(content.scorer_head["kind"] == "graph")


def _index(content: Content, values: Mapping[str, float]) -> dict[str, Any]:
    data = content.dataset
    task = "Scoring of pairs" if "pairs" in content.metrics else "Top-k recommendation"
    split = {"data": data.fingerprint, "split": line(content.split.fingerprint)}
    result = {
        "task": {"type": TASK, "name": task},
        "dataset": {
            "type": line(data.name),
            "name": line(data.name),
            "split": measured(content),
            "args": {"fingerprint": split, "synthetic": data.synthetic},
        },
        "metrics": [_metric(name, value) for name, value in values.items()],
    }
    return {"name": line(content.name), "results": [result]}


def _metric(name: str, value: float) -> dict[str, Any]:
    label, _, k = name.partition("@")
    args = {"args": {"k": int(k)}} if k.isdecimal() else {}
    return {"type": line(label), "value": value, "name": line(metric_title(name)), **args}
