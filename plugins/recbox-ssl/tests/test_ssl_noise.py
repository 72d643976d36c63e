"""`noise-contrast`: six nodes by hand, plain torch, one pass or two, and noise that every term sees."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import ssl_made
import torch
from recbox_ssl import NoiseContrast
from recbox_ssl._noise import Noise, passes, uniform
from ssl_made import World

import recbox
from recbox.contract import laws
from recbox.plugin import Context, UnsupportedError, View

RECIPE = """
recbox: 1
name: small
dim: 8
data: {{source: {{use: synthetic, users: 30, items: 20, interactions: 300}}}}
layer: [{{use: lightgcn, repeat: 2}}]
objective: [{{use: bpr}}, {{use: noise-contrast, weight: 0.2, {options}}}]
train: {{epochs: 2, batch: 64}}
evaluate: {{k: [5], metric: [ndcg], baseline: []}}
"""


def run(folder: Path, options: str) -> Any:
    (folder / "small.yaml").write_text(RECIPE.format(options=options))
    return recbox.run(folder / "small.yaml", out=folder / "run", threads=1)


@laws(NoiseContrast)
def test_laws(check):
    check()


def test_the_noise_by_hand() -> None:
    """(3, -4, 0) with n drawn: 3 rises by ε n_0/‖n‖, -4 falls by ε n_1/‖n‖, and 0, without a sign, stays."""
    n = plain_uniform(3, torch.Generator().manual_seed(5))
    length = math.sqrt(sum(v * v for v in n))
    found = Noise(0.5)(torch.Generator().manual_seed(5), 1, torch.tensor([[3.0, -4.0, 0.0]]))
    by_hand = [[3 + 0.5 * n[0] / length, -4 - 0.5 * n[1] / length, 0.0]]
    torch.testing.assert_close(found, torch.tensor(by_hand))


def test_no_vector_moves_further_than_eps_and_no_sign_turns() -> None:
    x = ssl_made.drawn(8)
    moved = Noise(0.3)(torch.Generator().manual_seed(0), 1, x)
    torch.testing.assert_close((moved - x).norm(dim=1), torch.full((6,), 0.3))
    assert torch.equal(moved.sign(), x.sign())


def test_six_nodes_by_hand_without_noise(kernel: str) -> None:
    """ε = 0, one layer, `combine: last`: both passes give the same, and a node has the cosine 1 with itself.

    Items 0, 1, 2 are (1, 0), (0, 1), (-1, 0), users the same. With s = 1/√2, users after the hop are
    s·(1, 0) + (1/2)·(0, 1), s·(0, 1), (-1, 0): cosines √(1/3) of users 0 and 1, -√(2/3) of 0 and 2, 0 of 1
    and 2. Items are s·(1, 0), (1/2)·(1, 0) + s·(0, 1), (-1, 0): √(1/3) of items 0 and 1, -1 of 0 and 2,
    -√(1/3) of 1 and 2.
    """
    vectors = torch.tensor([[1.0, 0], [0, 1], [-1, 0]]).repeat(2, 1)
    world = World(vectors, kernel, layers=1, combine="last")
    loss = passes(0.0, 0.5)(world.step())
    a, b = math.sqrt(2 / 3), math.sqrt(1 / 3)
    others = [(b, -a), (b, 0), (-a, 0), (b, -1), (b, -b), (-1, -b)]
    by_hand = sum(math.log(math.exp(2) + sum(math.exp(2 * c) for c in pair)) - 2 for pair in others) / 3
    assert float(loss.detach()) == pytest.approx(by_hand, abs=1e-6)


def plain_uniform(count: int, generator: torch.Generator) -> list[float]:
    """The numbers of a stream byte by byte, as (b + 1/2) / 256."""
    found = []
    while len(found) < count:
        word = torch.empty(1, dtype=torch.int64).random_(-(2**63), None, generator=generator).item()
        found += [(b + 0.5) / 256 for b in int(word).to_bytes(8, "little", signed=True)]
    return found[:count]


def test_every_byte_is_drawn_alike() -> None:
    """Chi-square of 256 values over a million draws: 255 ± 5 deviations of √510."""
    drawn = uniform(torch.Size((1000, 1003)), torch.Generator().manual_seed(3))
    expected = drawn.numel() / 256
    square = ((torch.bincount(drawn.flatten().long(), minlength=256) - expected).square() / expected).sum()
    assert 255 - 113 < float(square) < 255 + 113
    words = drawn.flatten()[: 8 * 100_000].view(-1, 8).double()
    assert (words.mean(0) - 127.5).abs().max() < 1.5, "each of the eight places of a number"


def noises(x: torch.Tensor, generator: torch.Generator, eps: float) -> Any:
    """LightGCN with SimGCL's noise, hop by hop and node by node, in float64."""
    found = [x]
    for _ in range(2):
        y = ssl_made.adjacency() @ found[-1]
        n = torch.tensor(plain_uniform(y.numel(), generator), dtype=torch.float64).view(y.shape)
        found.append(torch.stack([v + eps * v.sign() * m / m.norm() for v, m in zip(y, n)]))
    return sum(found) / 3, found


def test_two_passes_are_the_plain_formula(kernel: str) -> None:
    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        generator = world.step().generator
        (one, _), (other, _) = noises(x, generator, 0.2), noises(x, generator, 0.2)
        return ssl_made.both_sides(one, other, 0.3)

    ssl_made.hold_equal(NoiseContrast(eps=0.2, temperature=0.3), kernel, reference)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_one_pass_is_the_plain_formula(layer: int, kernel: str) -> None:
    def main(world: World, term: Any) -> View:
        generator = Context().generator("test.main")
        return View(noise=lambda hop, x: term.disturb(generator, hop, x))

    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        final, found = noises(x, Context().generator("test.main"), 0.2)
        return ssl_made.both_sides(final, found[layer], 0.3)

    ssl_made.hold_equal(NoiseContrast(eps=0.2, temperature=0.3, layer=layer), kernel, reference, main)


@pytest.mark.parametrize(("layer", "combine"), [(2, "last"), (0, "mean")])
def test_final_vectors_against_themselves_are_refused(layer: int, combine: str) -> None:
    """Those of the last layer with `combine: last`, and all where everything is the same."""
    vectors = ssl_made.drawn() if layer else torch.zeros(6, 4)
    world = World(vectors, combine=combine)
    term = world.term(NoiseContrast(layer=layer, eps=0.1))
    if not layer:  # vectors of zeros say nothing of what is made of what
        assert torch.isfinite(term(world.step()))
        return
    with pytest.raises(UnsupportedError, match="final vectors are those of layer 2") as raised:
        term(world.step())
    assert "another `combine`" in raised.value.instead


@pytest.mark.parametrize(("layer", "count"), [(None, 2), (1, 0)])
def test_what_it_costs_beside_the_main_pass(layer: int | None, count: int) -> None:
    world = World(ssl_made.drawn())
    step = world.step()
    passes, propagate = [], step.propagate
    step.propagate = lambda view: passes.append(view) or propagate(view)
    step.embed()
    world.term(NoiseContrast(layer=layer))(step)
    assert len(passes) == 1 + count


@pytest.mark.parametrize("options", ["eps: 0.1", "eps: 0.1, layer: 1"])
def test_a_run_with_it_is_the_same_again(options: str, tmp_path: Path) -> None:
    histories = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        histories.append(recbox.load(run(tmp_path / name, options).folder).artifact.history)
    assert histories[0][-1]["term"] == histories[1][-1]["term"]
    assert set(histories[0][-1]["term"]) == {"bpr", "noise-contrast"}


def test_in_one_pass_the_other_terms_see_the_noise_too(tmp_path: Path) -> None:
    """With a weight of nearly nothing bpr moves where the main pass is noisy, and stays where it isn't."""
    found = {}
    for name, options in {
        "two": "eps: 0.5",
        "one": "eps: 0.5, layer: 1",
        "none": "eps: 0.0, layer: 1",
    }.items():
        (tmp_path / name).mkdir()
        text = RECIPE.format(options=options).replace("weight: 0.2", "weight: 1.0e-12")
        (tmp_path / name / "small.yaml").write_text(text.replace("epochs: 2", "epochs: 1"))
        outcome = recbox.run(tmp_path / name / "small.yaml", out=tmp_path / name / "run", threads=1)
        found[name] = recbox.load(outcome.folder).artifact.history[0]["term"]["bpr"]
    assert found["two"] == pytest.approx(found["none"], rel=1e-6)
    assert abs(found["one"] - found["none"]) > 1e-5
