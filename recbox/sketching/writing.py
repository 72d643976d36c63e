"""The recipe as text, with comments that say what may be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recbox.recipe.dumping import flow
from recbox.sketching.choosing import Parts
from recbox.sketching.counting import Counts
from recbox.sketching.fitting import DRAWN
from recbox.sketching.sides import Side, encoded


def recipe_text(
    name: str,
    source: Mapping[str, Any],
    clean: Mapping[str, Any],
    target: str,
    others: Sequence[str],
    sides: Sequence[Side],
    counts: Counts,
    parts: Parts,
) -> str:
    """source: options of the source `table`. others: behaviours beside the target."""
    lines = [
        *_head(name, counts, parts),
        *_data(source, clean, target, parts),
        *_graph(others),
        *_encoder(sides),
        *_learning(parts, timed=counts.span is not None),
        *_judging(parts),
    ]
    return "\n".join(lines) + "\n"


def _head(name: str, counts: Counts, parts: Parts) -> Iterator[str]:
    yield f"# {counts.kept:,} interactions of {counts.users:,} users with {counts.items:,} items."
    yield "# `recbox check` says what is wrong with this file, `recbox run` trains and judges it."
    yield "recbox: 1"
    yield f"name: {flow(name)}"
    yield "seed: 0"
    yield f"dim: {parts.dim}  # numbers of a vector: more for much data, fewer for little"
    yield ""


def _data(source: Mapping[str, Any], clean: Mapping[str, Any], target: str, parts: Parts) -> Iterator[str]:
    yield "data:"
    yield "  source:"
    yield "    use: table"
    yield f"    name: {flow(source['name'])}"
    for kind in ("interaction", "user", "item"):
        if files := source.get(kind):
            yield f"    {kind}:"
        for file in files or ():
            yield from _file(file)
    if target:
        yield f"  target: {flow(target)}  # what is recommended for; the others are edges"
    yield f"  clean: {flow(clean)}  # bad: refuse stops at rows that can't be read, skip counts them"
    if "weight" in source["interaction"][0]["columns"]:
        yield "    # with `threshold: 4` in it, only interactions count whose weight is at least 4"
    shares = {"leave-last": (), "given": ("valid",)}.get(parts.split.by, ("valid", "test"))
    held = {"by": parts.split.by, **{name: getattr(parts.split, name) for name in shares}}
    yield f"  split: {flow(held)}  # what is held out to judge by"


def _file(file: Mapping[str, Any]) -> Iterator[str]:
    for number, (key, value) in enumerate(file.items()):
        start = "      - " if number == 0 else "        "
        if key != "columns":
            yield f"{start}{key}: {flow(value)}"
            continue
        yield f"{start}columns:"
        for name, column in value.items():
            yield f"          {flow(name)}: {flow(column)}"


def _graph(others: Sequence[str]) -> Iterator[str]:
    if others:
        yield "graph:"
        yield "  edge:"
        yield "    - interaction"
        for name in others:
            yield f"    - {{type: behaviour, by: {flow(name)}, scale: 0.3}}"


def _encoder(sides: Sequence[Side]) -> Iterator[str]:
    columns = {node: encoded(sides, node) for node in ("user", "item")}
    texts = [name for side in sides for name in side.of("text") if side.columns[name].get("role") == "text"]
    yield "# `init: spectral`: vectors begin with what users and items have in common, and not with drawn"
    yield "# numbers. Training takes fewer epochs, and it helps most where interactions are few."
    yield "encoder:"
    for node, names in columns.items():
        if names:
            part = {"use": "feature", "columns": names}
            yield f"  {node}: {{fuse: sum, part: [{{use: id, init: spectral}}, {flow(part)}]}}"
        else:
            yield f"  {node}: {{use: id, init: spectral}}"
    if texts:
        yield f"# A language model can read {', '.join(map(flow, texts))}: see the encoders of recbox-text."


def _learning(parts: Parts, timed: bool) -> Iterator[str]:
    yield "layer:"
    yield f"  - {{use: lightgcn, repeat: {parts.hops}}}"
    yield "combine: mean"
    if parts.prior:
        yield f"head: {{use: cosine, popularity: {parts.prior}}}  # what many take, so that vectors needn't"
    else:
        yield "head: {use: cosine}  # `popularity: 0.1` in it helps what many take, and hides new items"
    yield "objective:"
    yield f"  - {{use: softmax, over: {parts.over}, temperature: 0.2}}"
    yield "train:"
    time = ", and so many take about half an hour here" if parts.hurried else ""
    yield f"  epochs: {parts.epochs}  # at most: it ends when validation gets no better{time}"
    yield f"  batch: {parts.batch}"
    if parts.over == "sampled":
        yield f"  negative: {{count: {DRAWN}}}  # items that each interaction is set against"
    if parts.fanout:
        yield "  propagation: sampled  # a step looks at a few neighbours of its batch, not at all edges"
        yield f"  fanout: {flow(parts.fanout)}"
    if timed:
        yield "  recency: {by: order, half_life: 0.15}  # what a user did last is looked at more often"
    yield "  optimizer: {by: adam, lr: 0.01}"
    yield "  patience: 6"


def _judging(parts: Parts) -> Iterator[str]:
    yield "evaluate:"
    yield "  k: [10, 20]"
    if parts.valid_users:
        yield f"  valid_users: {parts.valid_users}  # that tell epochs apart; what is reported is of all"
    yield f"  baseline: {flow(parts.baseline)}  # simple methods, tuned on the same split"
