"""The model card: README.md as model hubs show it, a head for machines and a short honest text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from recbox.artifact.cardhead import figures, head, is_graph, measured, numbers
from recbox.artifact.content import Content
from recbox.artifact.escaping import line, text
from recbox.data import Nodes
from recbox.evaluate import metric_title, protocol

_BODY = """\
{head}
# {name}

{notices}{about}

## Use

```console
$ recbox recommend path/to/this/folder --user ID
$ recbox run path/to/this/folder/recipe.yaml
```

The second trains it again. In Python:

```python
import recbox

recbox.load("path/to/this/folder").recommend(users=[{user}], k=10)
```

## Data

{data}

## Training

{training}

## Results

{results}

## Limits

{limits}

## Time and machine

{cost}

## Files

{files}
"""
_SYNTHETIC = "**The data is synthetic: the figures say nothing about any real data set.**\n\n"
_UPDATED = (
    "**It was updated since it was trained and tested: the figures below are those of {parent}, and not of "
    "this state.**\n\n"
)
_FORGOTTEN = (
    "**Users were forgotten in it. Its weights were trained with their interactions, too: what is learned "
    "from many isn't taken out of it again. `recbox run recipe.yaml` without them is the way to be rid of "
    "that.**\n\n"
)
_FITTED_AGAIN = "**Users were forgotten in it, and the method was fitted again without them.**\n\n"
_INTERRUPTED = "**The run was interrupted: this is its best epoch until then, and it was never tested.**\n\n"
_LIMITS = (
    "The figures hold for this data and this split. How well a list predicts what people did next says "
    "little about what they would do if they saw the list.",
    "What few people interacted with is seldom recommended; popular items are favoured. `report.html` says "
    "how much.",
    "The folder holds the interactions that it was trained and judged with: share it only as you would them.",
)
SHOWN = 40
"""Columns that are named."""
FILES = {
    "README.md": "this card",
    "attention.safetensors": "what each edge weighs",
    "combine.safetensors": "what each hop weighs for each node",
    "fusion.safetensors": "what each part of an encoder weighs for each node",
    "graph.safetensors": "edges that the interactions don't give",
    "history.jsonl": "a line for each epoch",
    "interaction.safetensors": "the interactions of train, validation and test, by inner ids",
    "knowledge.safetensors": "the triples of the knowledge graph",
    "layer0.safetensors": "the vectors that the encoders give",
    "manifest.json": "versions, conditions, and the SHA-256 of every file",
    "metrics.json": "all figures",
    "node/entity.parquet": "ids of entities",
    "node/item.parquet": "ids, titles and features of items",
    "node/user.parquet": "ids and features of users",
    "per-user.parquet": "each user's test values",
    "recipe.yaml": "what was run, every default written out",
    "report.html": "a page to read",
    "scorer.safetensors": "what scoring needs",
    "weights.safetensors": "all parameters",
}
"""What the files of an artifact are."""


def model_card(content: Content, files: Iterable[str]) -> str:
    """Markdown with a YAML head. files: the names of all others in the folder, but the manifest's."""
    data = content.dataset
    return _BODY.format(
        head=head(content),
        name=text(content.name),
        notices=_notices(content),
        about=_about(content),
        user=_example(data.user.ids),
        data=_data(content),
        training=_training(content),
        results=_results(content),
        limits=_limits(content),
        cost=_cost(content),
        files=_files({*files, "README.md", "manifest.json"}),
    )


def _notices(content: Content) -> str:
    updated = content.updated or {}
    said = _UPDATED.format(parent=text(_trained(content))) if updated else ""
    told = content.metrics.get("updated") or {}
    kept = _FORGOTTEN if told.get("remembers") else _FITTED_AGAIN
    forgotten = kept if updated.get("forgotten") else ""
    made = _SYNTHETIC * content.dataset.synthetic + _INTERRUPTED * (content.status == "interrupted")
    return made + said + forgotten


def _trained(content: Content) -> str:
    """The version whose figures these are."""
    told = content.metrics.get("updated")
    return str(told.get("trained")) if isinstance(told, Mapping) else "the version that was trained"


def _about(content: Content) -> str:
    data, said = content.dataset, content.metrics.get("sentence")
    kind = "A graph recommender" if is_graph(content) else f"`{line(content.scorer_head['use'])}`"
    first = f"{kind}, trained with recbox on {text(data.name)} to recommend items to users."
    return f"{first} {text(said)}" if said else first


def _data(content: Content) -> str:
    data, split = content.dataset, content.split
    sizes = (
        f"{text(data.name)}: {len(data.user):,} users, {len(data.item):,} items, "
        f"{len(data.interaction):,} interactions ({len(split.train):,} to train, {len(split.valid):,} to "
        f"choose, {len(split.test):,} to test)."
    )
    return (
        f"{sizes}{_columns(data.user, 'user')}{_columns(data.item, 'item')} Fingerprint `{data.fingerprint}`."
    )


def _columns(nodes: Nodes, type: str) -> str:
    names = [text(c.name) for c in nodes.columns]
    more = [f"and {len(names) - SHOWN:,} more"] * (len(names) > SHOWN)
    return f" Columns of {type}s: {', '.join(names[:SHOWN] + more)}." if names else ""


def _training(content: Content) -> str:
    kinds = ("encoder", "layer", "head", "objective") if is_graph(content) else ()
    parts = [f"{p.kind} {text(p.name)}" for kind in kinds for p in content.facts.plugins if p.kind == kind]
    made = f"Its parts: {', '.join(parts)}. " if parts else ""
    epochs = f"{len(content.history):,} epochs. " if content.history else ""
    return f"{made}{epochs}Seed {content.facts.seed}. All options stand in `recipe.yaml`."


def _results(content: Content) -> str:
    own = figures(content)
    if not own:
        return "It was not measured."
    methods = {content.name: own} | _baselines(content)
    names = " | ".join(text(name) for name in methods)
    rows = "\n".join(_row(metric, list(methods.values())) for metric in own)
    table = f"| metric | {names} |\n| --- |{' ---: |' * len(methods)}\n{rows}"
    beside = "The other columns are simple methods on the same split. " * (len(methods) > 1)
    return (
        f"On the {measured(content)} part, {_protocol(content)}.\n\n{table}\n\n"
        f"{beside}`metrics.json` and `report.html` have more."
    )


def _baselines(content: Content) -> dict[str, dict[str, float]]:
    """What simple methods reach on test, where the method was tested too."""
    found = content.metrics.get("baseline") if content.metrics.get("test") else None
    entries = found.items() if isinstance(found, Mapping) else ()
    rows = {name: numbers(e.get("test")) for name, e in entries if isinstance(e, Mapping)}
    taken = {f"{n} (simple)" if n == content.name else n: values for n, values in rows.items()}
    return {name: values for name, values in taken.items() if values}


def _row(metric: str, methods: Sequence[Mapping[str, float]]) -> str:
    cells = " | ".join(f"{m[metric]:.4f}" if metric in m else "–" for m in methods)
    return f"| {text(metric_title(metric))} | {cells} |"


def _protocol(content: Content) -> str:
    if "pairs" not in content.metrics and "candidate" not in content.metrics:
        return "ranking all items that the user had not seen before"
    return text(protocol(content.metrics, "test" if content.metrics.get("test") else "valid"))


def _limits(content: Content) -> str:
    data = content.dataset
    told = [w.get("message") for w in content.metrics.get("warning") or () if isinstance(w, Mapping)]
    base = (content.updated or {}).get("base", {"user": len(data.user), "item": len(data.item)})
    new = (
        f"It learned from {base['user']:,} users and {base['item']:,} items. New ones get lists where "
        "its method can make them (`recbox recommend --history`, `--new-item`), and teach it nothing."
    )
    return "\n".join(f"- {said}" for said in (*(text(t) for t in told if t), new, *_LIMITS))


def _cost(content: Content) -> str:
    facts, time = content.facts, numbers(content.metrics.get("time"))
    fit = f", {time['fit_s']:,.1f} s of them training" if "fit_s" in time else ""
    return (
        f"{facts.seconds:,.1f} s{fit}; at most {facts.peak_mib:,.0f} MiB of memory; on {text(facts.device)}, "
        f"{facts.threads} threads, {text(facts.precision)}, kernel {text(facts.kernel)}. Energy was not "
        "measured. Versions stand in `manifest.json`."
    )


def _files(names: set[str]) -> str:
    rows = "\n".join(f"| `{line(name)}` | {FILES.get(name, 'tensors')} |" for name in sorted(names))
    return f"| file | what it is |\n| --- | --- |\n{rows}"


def _example(ids: Any) -> str:
    first = ids[0] if len(ids) else 1
    return str(first) if isinstance(first, int) else json.dumps(line(first))
