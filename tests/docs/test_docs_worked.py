"""The worked examples do what their equations say; that they keep their kinds' laws, their pages show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from docs_kit import ROOT, blocks
from torch.nn.functional import normalize

from recbox.context import Context
from recbox.contract.toy_graph import NODES, WIDTH, small_graph, vectors
from recbox.contract.toy_step import Toy, rows, toy
from recbox.plugin import Spec
from recbox.registry import Registry


def brought(page: str, folder: Path) -> Any:
    """The plugin's class that a page has as a file."""
    (block,) = (b for b in blocks(ROOT / "docs" / page) if b.file.endswith(".py"))
    path = folder / block.file
    path.write_text(block.text, encoding="utf-8")
    ((plugin,),) = (file.plugins for file in Registry([path]).code)
    return plugin.load()


def spec(**known: Any) -> Spec:
    empty = {"node": "", "count": 0, "width": 0, "dim": 0, "train": None, "graph": None, "context": Context()}
    return Spec(**empty | known)


def repeated(given: Toy, places: torch.Tensor) -> Toy:
    """A step over these rows of the batch, some of them more than once."""
    return replace(given, batch=rows(given.batch, places))


def test_directau_is_the_mean_over_all_pairs_of_rows(tmp_path: Path) -> None:
    options = brought("example-directau.md", tmp_path)(gamma=0.7, t=1.5)
    given = toy(size=8, double=True)
    step = repeated(given, torch.tensor([0, 1, 1, 2, 3, 0, 4, 5, 6, 7, 2])).step()
    user = normalize(step.users(step.batch.user), dim=1)
    item = normalize(step.items(step.batch.item), dim=1)
    spread = [torch.pdist(x).square().mul(-1.5).exp().mean().log() for x in (user, item)]
    expected = (user - item).square().sum(1).mean() + 0.7 * sum(spread) / 2
    torch.testing.assert_close(options.build(spec())(step), expected)


def test_directau_counts_each_node_once_if_told_to(tmp_path: Path) -> None:
    cls = brought("example-directau.md", tmp_path)
    once, each = (cls(gamma=1.0, once=once).build(spec()) for once in (True, False))
    given = toy(size=8)
    twice = repeated(given, torch.arange(8).repeat(2))
    torch.testing.assert_close(once(given.step()), each(given.step()))
    torch.testing.assert_close(once(twice.step()), once(given.step()))
    assert each(twice.step()) > each(given.step()) + 0.01


def test_lightgcnpp_is_its_equation(tmp_path: Path) -> None:
    cls = brought("example-lightgcnpp.md", tmp_path)
    graph, x = small_graph(), vectors(double=True)
    edges = torch.zeros(NODES, NODES, dtype=torch.float64)
    edges[graph.rows, graph.indices] = 1
    degree = edges.sum(1).clamp_min(1)[:, None]
    hop = cls(alpha=0.6, beta=-0.1, scale=2.0).build(spec(width=WIDTH, dim=WIDTH))
    expected = 2 * degree**-0.6 * (edges @ (degree**0.1 * normalize(x, dim=1)))
    torch.testing.assert_close(hop(graph, x), expected, atol=1e-6, rtol=1e-6)


def test_the_scale_of_lightgcnpp_is_the_share_of_the_first_vectors(tmp_path: Path) -> None:
    """`combine: mean` over hops scaled by s is gamma x0 + (1 - gamma) mean(hops), up to a factor."""
    cls = brought("example-lightgcnpp.md", tmp_path)
    graph, x, gamma, hops = small_graph(), vectors(double=True), 0.2, 2
    share = (1 - gamma) / (gamma * hops)
    plain, scaled = ([x], [x])
    for scale, found in ((1.0, plain), (share, scaled)):
        hop = cls(scale=scale).build(spec(width=WIDTH, dim=WIDTH))
        for _ in range(hops):
            found.append(hop(graph, found[-1]))
    pooled = gamma * x + (1 - gamma) * torch.stack(plain[1:]).mean(0)
    factor = (1 + hops) * gamma
    torch.testing.assert_close(torch.stack(scaled).mean(0) * factor, pooled, atol=1e-6, rtol=1e-6)


def test_slim_is_at_the_bottom(tmp_path: Path) -> None:
    """Where W is above 0 the loss has no slope, and elsewhere none that a larger W would follow."""
    l1, l2 = 2.0, 5.0
    options = brought("example-slim.md", tmp_path)(l1=l1, l2=l2, tolerance=1e-5, iterations=2000)
    have = np.random.default_rng(0).random((200, 30)) < np.linspace(0.05, 0.5, 30)
    have[:, 1] = have[:, 29] ^ (np.arange(200) % 7 == 0)  # an item that another tells much of
    gram = have.astype(np.float32).T @ have.astype(np.float32)
    weight = options.weights(gram).toarray().astype(np.float64)
    slope = gram @ weight - gram + l2 * weight + l1
    above, other = weight > 0, ~np.eye(30, dtype=bool)
    assert 0.02 < above.mean() < 0.6
    assert weight.min() == 0 and weight[29, 1] > 0.5
    assert not above[~other].any()
    assert np.abs(slope[above]).max() < 0.02
    assert slope[~above & other].min() > -0.02
