"""From a recipe's encoders, layers and head to modules."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from recbox.context import Context
from recbox.data import Dataset
from recbox.kernel import Graph
from recbox.plugin import Spec
from recbox.recipe.recipe import Encoding, Network, Part
from recbox.recommender.combine import combining
from recbox.recommender.fused import Fused, fusing
from recbox.recommender.guard import check_module
from recbox.recommender.recommender import Recommender


def build(
    recipe: Network,
    train: Dataset,
    graph: Graph,
    context: Context,
    loaded: bool = False,
    now: Dataset | None = None,
) -> Recommender:
    """The recommender of a recipe with its first parameters, on the context's device; loaded: stored ones
    will take their place. now: what encoders that read histories are to read in place of `train`."""
    encoders: dict[str, Fused] = {}
    for node, count in graph.layout.counts:
        place = Spec(node, count, 0, recipe.dim, train, graph, context, loaded=loaded)
        there = {t: tuple(one.part) for t, one in encoders.items()} or None
        encoders[node] = _encoder(recipe.encoder[node], replace(place, encoder=there), now or train)
    width = encoders["user"].width
    layers, widths = nn.ModuleList(), [width]
    for i, part in enumerate(recipe.layer):
        for j in range(part.repeat):
            dim = part.options.width(widths[-1], recipe.dim)
            spec = Spec("", graph.nodes, widths[-1], dim, train, graph, context, f"layer.{i}.{j}")
            layers.append(_built(part, spec))
            widths.append(dim)
    final = sum(widths) if recipe.combine == "concat" else widths[-1]
    head = _built(recipe.head, Spec("", graph.nodes, final, 1, train, graph, context, "head"))
    way = Spec("", graph.nodes, widths[-1], widths[-1], train, graph, context, "combine")
    combine = combining(recipe.combine, len(widths), way)
    norms = [part.options.propagates for part in recipe.layer for _ in range(part.repeat)]
    bf16 = context.precision == "bf16"
    prior, retrievable = prior_of(recipe.head, train), recipe.head.options.retrievable
    module = Recommender(nn.ModuleDict(encoders), layers, combine, head, bf16, norms, prior, retrievable)
    return module.to(context.device)


def prior_of(head: Part, train: Dataset) -> torch.Tensor | None:
    """float32 `[items]`, what items' scores have besides; None where the head has none."""
    if not head.options.prior:
        return None
    count = torch.bincount(torch.from_numpy(train.interaction.item), minlength=len(train.item))
    return head.options.prior * count.float().log1p()


def _encoder(encoding: Encoding, place: Spec, now: Dataset) -> Fused:
    node, count, dim = place.node, place.count, place.dim
    slots = [f"encoder.{node}.{i}" for i in range(len(encoding.part))]
    reads = [now if part.options.by_history else place.train for part in encoding.part]
    specs = [replace(place, slot=slot, train=train) for slot, train in zip(slots, reads)]
    parts = [_built(part, spec) for part, spec in zip(encoding.part, specs)]
    way = replace(place, width=dim, encoder=None, slot=f"encoder.{node}.fuse")
    width = dim * len(parts) if encoding.fuse == "concat" else dim
    by_history = [part.options.by_history for part in encoding.part]
    return Fused(parts, fusing(encoding.fuse, len(parts), way), count, width, by_history)


def _built(part: Part, spec: Spec) -> nn.Module:
    return check_module(part, part.options.build(spec))
