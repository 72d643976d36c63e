"""Options that nothing would use are refused, and so are values that no number holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import ssl_made
import torch
from recbox_ssl import (
    AlignmentUniformity,
    EdgeDropoutContrast,
    MaskedAttribute,
    NeighbourContrast,
    NoiseContrast,
    SVDContrast,
)
from ssl_made import World
from test_ssl_fit import TEXT, said
from test_ssl_package import sourced, written

import recbox
from recbox.api.check import check
from recbox.errors import RecipeError, UnsupportedError
from recbox.plugin import Objective


@pytest.mark.parametrize(
    ("term", "what", "instead"),
    [
        ("use: masked-attribute, of: vectors, §columns: [genre]", "so `columns` would do nothing",
         "of: columns"),
        ("use: masked-attribute, §gamma: 3.0", "so `gamma` would do nothing", "of: vectors"),
        ("use: masked-attribute, §columns: [year, genre, year]", "'year' stands twice", "each column once"),
        ("use: neighbour-contrast, prototype: 0, §clusters: 9", "so `clusters` would do nothing", "above 0"),
        ("use: neighbour-contrast, prototype: 0, §warmup: 9", "so `warmup` would do nothing", "above 0"),
        (f"{TEXT}, §share: 0.2", "so `share` would do nothing", "by: generative"),
        ("use: alignment-uniformity, gamma: 0, §t: 1.0", "so `t` would do nothing", "a `gamma` above 0"),
        ("use: alignment-uniformity, gamma: 0, §once: true", "so `once` would do nothing", "above 0"),
        ("use: noise-contrast, temperature: §1.0e-40", "`temperature` must be at least 0.001", ""),
        ("use: noise-contrast, §eps: 0", "without noise both passes are the same", "a `layer`"),
        ("use: noise-contrast, eps: §1.0e+300", "`eps` must be at most 100", ""),
        ("use: edge-dropout-contrast, temperature: §1.0e-40", "`temperature` must be at least 0.001", ""),
        ("use: svd-contrast, temperature: §1.0e+30", "`temperature` must be at most 1000", ""),
        ("use: svd-contrast, rank: §2000", "`rank` must be at most 1000", ""),
        ("use: neighbour-contrast, prototype: §1.0e+39", "`prototype` must be at most 1000", ""),
        ("use: neighbour-contrast, alpha: §1.0e+39", "`alpha` must be at most 1000", ""),
        ("use: masked-attribute, of: vectors, gamma: §1.0e+10", "`gamma` must be at most 10", ""),
        ("use: alignment-uniformity, gamma: §1.0e+10", "`gamma` must be at most 1000", ""),
        ("use: alignment-uniformity, t: §1.0e+39", "`t` must be at most 100", ""),
    ],
)  # fmt: skip
def test_it_is_refused_at_its_place(term: str, what: str, instead: str, tmp_path: Path) -> None:
    told, way, behind = said(sourced(tmp_path, term.replace("§", ""), "movielens-100k"))
    assert what in told
    assert instead in way
    assert behind.startswith(term.partition("§")[2])


@pytest.mark.parametrize(
    "options",
    [
        EdgeDropoutContrast(temperature=1e-3),
        EdgeDropoutContrast(temperature=1e3),
        NoiseContrast(eps=100.0, temperature=1e-3),
        NoiseContrast(eps=100.0, temperature=1e-3, layer=1),
        SVDContrast(rank=3, temperature=1e-3, over="all"),
        NeighbourContrast(temperature=1e-3, over="all", clusters=2, warmup=0, alpha=1e3, prototype=1e3),
        MaskedAttribute(of="vectors", gamma=10.0),
        AlignmentUniformity(gamma=1e3, t=100.0),
        AlignmentUniformity(t=1e-300),
    ],
    ids=str,
)
def test_at_its_bounds_value_and_gradient_are_finite(options: Objective) -> None:
    cold = torch.tensor([False, False, True])
    for scale in (0.0, 1e-3, 1.0, 1e3):
        world = World(ssl_made.drawn() * scale)
        term: Any = world.term(options)
        loss = term(world.step(cold=cold))
        assert torch.isfinite(loss)
        assert torch.isfinite(world.gradient(loss)).all()


def test_a_rank_that_the_graph_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"rank 4 is more than the 3 singular values(.*\n)*.*rank: 3"):
        World(ssl_made.drawn()).term(SVDContrast(rank=4))
    path = written(tmp_path, "use: svd-contrast, rank: 21")
    with pytest.raises(UnsupportedError, match="rank 21 is more than the 20 singular values"):
        recbox.run(path, out=tmp_path / "run", threads=1)


def test_what_does_nothing_at_its_default_may_be_written(tmp_path: Path) -> None:
    """A recipe that is written out has all options."""
    for options in (MaskedAttribute(of="vectors"), NeighbourContrast(prototype=0.0), AlignmentUniformity()):
        assert type(options).parse(options.values()) == options


def test_both_mistakes_of_two_terms_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, "use: noise-contrast, temperature: 0.0001")
    path.write_text(path.read_text().replace("{use: bpr}", "{use: bpr}, {use: neighbour-contrast, hop: 4}"))
    with pytest.raises(RecipeError) as caught:
        check(path)
    assert len(caught.value.mistakes) == 2
