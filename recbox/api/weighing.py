"""Weights that a trained recommender has for nodes and edges, as an artifact holds them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from recbox.api import attending, combining, fusing
from recbox.recommender import Growth, attends
from recbox.train import GraphCourse

Course = GraphCourse | Growth
"""What is trained, or was: a recipe's recommender on its graph."""


def weighed(course: Course) -> dict[str, Mapping[str, np.ndarray]]:
    """By file: what the parts of encoders weigh for each node, what its hops do, and what edges do; without
    those that aren't weighed. The means are said, and what a layer counts each behaviour by."""
    parts, tell = fusing.tensors(course.recipe, course.recommender), course.context.progress.notice
    if parts:
        tell(f"mean weights of parts, {fusing.means(parts)}")
    hops, edges = _propagated(course)
    if hops:
        tell(f"mean weights of hops, {combining.means(hops)}")
    for number, layer in enumerate(course.recommender.layer):
        own = getattr(layer, "behaviour_weights", None)
        if isinstance(own, dict) and own:
            each = ", ".join(f"{name} {weight:.3g}" for name, weight in own.items())
            tell(f"weights of behaviours, layer {number}: {each}")
    found = {fusing.FILE: parts, combining.FILE: hops, attending.FILE: edges}
    return {file: arrays for file, arrays in found.items() if arrays}


@torch.no_grad()
def _propagated(course: Course) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Of hops and of edges, in one pass where there are any."""
    recommender, graph = course.recommender, course.graph
    if course.recipe.combine != "attention" and not any(map(attends, recommender.layer)):
        return {}, {}
    hops = recommender(graph).hops
    return combining.tensors(recommender, hops), attending.tensors(recommender, graph, hops)
