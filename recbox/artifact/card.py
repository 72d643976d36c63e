"""The model card: README.md with the head that model hubs read, and a short honest text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from recbox.artifact import strict
from recbox.artifact.content import Content
from recbox.evaluate import protocol

_BODY = """\
{head}
# {name}

{notices}{about}

{results}

## Use

```python
import recbox

recbox.load("path/to/this/folder").recommend(users=[{user}], k=10)
```

or `recbox recommend path/to/this/folder --user ID`. `recbox run recipe.yaml` trains it again.

## Limits

- It learned from {users:,} users and {items:,} items. New ones get lists where its method can make them
  (`recbox recommend --history`, `--new-item`), and teach it nothing.
- The figures hold for this data and this split. How well a list predicts what people did next says little
  about what they would do if they saw the list.
- What few people interacted with is seldom recommended; popular items are favoured.
- The folder holds the interactions that it was trained and judged with: share it only as you would them.
"""
_SYNTHETIC = "**The data is synthetic: the figures say nothing about any real data set.**\n\n"
_INTERRUPTED = "**The run was interrupted: this is its best epoch until then, and it was never tested.**\n\n"


def model_card(content: Content) -> str:
    """Markdown with a YAML head (written as JSON values, which are YAML)."""
    data = content.dataset
    return _BODY.format(
        head=_head(content),
        name=_text(content.name),
        notices=_SYNTHETIC * data.synthetic + _INTERRUPTED * (content.status == "interrupted"),
        about=_about(content),
        results=_results(content),
        user=_example(data.user.ids),
        users=len(data.user),
        items=len(data.item),
    )


def _head(content: Content) -> str:
    tags = ["recommendation", "collaborative-filtering", *["graph-neural-network"] * _is_graph(content)]
    head = {
        "library_name": "recbox",
        "tags": tags,
        "datasets": [_line(content.dataset.name)],
        "metrics": sorted({name.partition("@")[0] for name in _values(content)}),
    }
    lines = "\n".join(f"{key}: {json.dumps(value)}" for key, value in head.items())
    return f"---\n{lines}\n---\n"


def _is_graph(content: Content) -> bool:
    return bool(content.scorer_head["kind"] == "graph")


def _about(content: Content) -> str:
    data, split, facts = content.dataset, content.split, content.facts
    kind = "A graph recommender" if _is_graph(content) else f"`{_line(content.scorer_head['use'])}`"
    return (
        f"{kind}, trained with recbox on {_text(data.name)}: {len(data.user):,} users, "
        f"{len(data.item):,} items, {len(data.interaction):,} interactions ({len(split.train):,} to train, "
        f"{len(split.valid):,} to choose, {len(split.test):,} to test). Seed {facts.seed}, "
        f"{_text(facts.device)}, {facts.seconds:,.0f} s."
    )


def _results(content: Content) -> str:
    values = _values(content)
    if not values:
        return "## Results\n\nIt was not measured."
    part = "test" if content.metrics.get("test") else "validation"
    rows = "\n".join(f"| {_text(name)} | {value:.4f} |" for name, value in values.items())
    return (
        f"## Results\n\nOn the {part} part, {_protocol(content)}.\n\n"
        f"| metric | value |\n| --- | --- |\n{rows}\n\n"
        "How simple methods do on the same split stands in `metrics.json` and `report.html`."
    )


def _protocol(content: Content) -> str:
    if "pairs" not in content.metrics and "candidate" not in content.metrics:
        return "ranking all items that the user had not seen before"
    return _text(protocol(content.metrics, "test" if content.metrics.get("test") else "valid"))


def _values(content: Content) -> Mapping[str, float]:
    found = strict.plain(content.metrics.get("test") or content.metrics.get("valid") or {})
    return {k: float(v) for k, v in found.items() if isinstance(v, int | float)}


def _example(ids: Any) -> str:
    first = ids[0] if len(ids) else 1
    return str(first) if isinstance(first, int) else json.dumps(_line(first))


def _line(value: str) -> str:
    return "".join(c if c.isprintable() else " " for c in str(value))[:200]


def _text(value: str) -> str:
    """One line that Markdown and HTML take as text."""
    return re.sub(r"([\\`*_\[\]<>|&#])", r"\\\1", _line(value))
