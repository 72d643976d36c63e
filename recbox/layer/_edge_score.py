"""What edges carry and which way they go, as attention reads it: a learned score for each head."""

from __future__ import annotations

import torch
from torch import nn

from recbox.kernel import Graph


class EdgeScore(nn.Module):
    """`c^k_r · [1, f_uv]`, where r is the type of the edge u ← v and the way that it goes, such as from items
    to users, and f_uv what it carries, each number standardised as in the training graph.

    An edge of the union that stands for several has the sum of their scores. weight: float `[columns,
    heads]`, for each type, in the graph's order, and each way of it `1 + features` rows; zeros at first.
    """

    def __init__(self, graph: Graph, heads: int) -> None:
        super().__init__()
        found = {type: _ways(graph[type]) for type in graph.types}
        self.ways = {type: len(ways.unique()) for type, ways in found.items()}
        features = [_features(graph[type]) for type in graph.types]
        columns = sum(n * (1 + f.shape[1]) for n, f in zip(self.ways.values(), features))
        self.weight = nn.Parameter(torch.zeros(columns, heads))
        for name, of_all in zip(("mean", "std"), zip(*map(_moments, features))):
            self.register_buffer(name, torch.cat(of_all))
        codes = len(graph.layout.counts) ** 2
        way = torch.full((len(found), codes), -1)
        for row, ways in zip(way, found.values()):
            row[ways.unique().cpu()] = torch.arange(len(ways.unique()))
        self.register_buffer("way", way, persistent=False)

    def forward(self, graph: Graph) -> torch.Tensor:
        """float `[e, heads]`."""
        out = self.weight.new_zeros(graph.edges, self.weight.shape[1])
        start = first = 0
        for i, (type, ways) in enumerate(self.ways.items()):
            part = graph[type]
            features = _features(part).to(self.weight)
            stop, last = start + features.shape[1], first + ways * (1 + features.shape[1])
            features = (features - self.mean[start:stop]) / self.std[start:stop]
            block = _in_blocks(features, self.way[i][_ways(part)], ways)
            out = out + graph.united(type, block @ self.weight[first:last])
            start, first = stop, last
        return out


def _in_blocks(features: torch.Tensor, way: torch.Tensor, ways: int) -> torch.Tensor:
    """float `[e, ways · (1 + features)]`: 1 and the features of each edge at its way's place, zeros
    elsewhere, and everywhere for one that goes no way that training knew."""
    row = torch.cat([features.new_ones(len(features), 1), features], 1)
    own = (way[:, None] == torch.arange(ways, device=way.device)).to(row)
    return (own[:, :, None] * row[:, None]).flatten(1)


def _moments(features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of each column, 1 for one that is the same everywhere."""
    if not features.numel():
        return features.new_zeros(features.shape[1]), features.new_ones(features.shape[1])
    std = features.std(0, correction=0)
    return features.mean(0), torch.where(std > 0, std, torch.ones_like(std))


def _features(graph: Graph) -> torch.Tensor:
    """float `[e, features]`, without columns where edges carry nothing."""
    found = graph.edge.get("feature")
    if found is None:
        return torch.zeros(graph.edges, 0, device=graph.device)
    return found.float() if found.dim() == 2 else found.float()[:, None]


def _ways(graph: Graph) -> torch.Tensor:
    """int64 `[e]`: the node types that each edge joins, as one number."""
    ends = [graph.layout.range(name).stop for name, _ in graph.layout.counts]
    stops = torch.tensor(ends, device=graph.device)
    target, source = (torch.bucketize(nodes, stops, right=True) for nodes in (graph.rows, graph.indices))
    return target * len(ends) + source
