"""Suites that ask fresh processes: their arithmetic by hand, and what a process answers."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from recbox.bench import memory, quality, startup
from recbox.bench.asked import Asked
from recbox.bench.drawing import svg
from recbox.bench.epoch import measure as measure_epoch
from recbox.bench.formula import MIB, Formula
from recbox.bench.peak import answer
from recbox.bench.process import asked_of, ended
from recbox.bench.scale import exponent, grown
from recbox.bench.scale import measure as measure_scale
from recbox.errors import OptionError, RecipeError, UnsupportedError

SMALL: dict[str, Any] = {"threads": 1, "nodes": 300, "edges": 3000, "dim": 8, "repeat": 2}


def told(interactions: int, factor: float, trained: float) -> dict[str, Any]:
    """A process whose epoch has an opening of 100 ms and 10 more steps of 10 ms, times a factor."""
    found = {"imports": 100.0, "read": 150.0, "trained": trained, "length": 11, "layers": 3}
    found |= {"interactions": interactions, "nodes": interactions // 10, "edges": 2 * interactions}
    return found | {"opening": [100.0 * factor] * 2, "step": [10.0 * factor] * 2}


def test_the_formula_by_hand() -> None:
    """3 nodes, 4 edges, 2 columns, 1 layer: 8 numbers of 8 bytes; and vectors of 24 bytes, one trained, one
    of the hop and one of both; two gradients; two moments."""
    assert asdict(Formula.of(3, 4, 2, 1)) == {"graph": 64, "vectors": 72, "gradients": 48, "optimizer": 48}
    assert Formula.of(3, 4, 2, 1).mib == 232 / MIB


def test_peaks_beside_the_formula_by_hand() -> None:
    formula = Formula(100 * MIB, 50 * MIB, 30 * MIB, 20 * MIB)
    found = {r["name"]: r for r in memory.beside_formula("dgl", [told(10, 1, 330.0)], formula)}
    assert found["imports + formula"]["median"] == 300.0
    assert found["training"]["ratio"] == 1.1
    assert found["training"]["extra"] == {"of goal": 0.91667, "after reading": 150.0}


def test_an_exponent_is_the_slope_in_logarithms() -> None:
    assert exponent([1e5, 1e6, 1e7], [3 * 1e5**1.5, 3 * 1e6**1.5, 3 * 1e7**1.5]) == pytest.approx(1.5)
    assert exponent([10, 1000], [7, 7]) == pytest.approx(0)


def test_growth_by_hand() -> None:
    """Ten times the interactions take a hundred times as long and ten times the memory beside the imports."""
    rows = grown([told(1000, 1, 110.0), told(10_000, 100, 200.0)])
    by = {(r["what"], r["name"]): r for r in rows}
    assert by["epoch", "1,000"]["median"] == 0.2 and by["epoch", "10,000"]["ratio"] == 100
    assert by["exponent of time", "epoch"]["median"] == 2.0
    assert by["exponent of memory", "beside the imports"]["median"] == 1.0
    assert by["peak memory", "1,000"]["extra"]["bytes each"] == pytest.approx(10 * MIB / 1000, rel=1e-4)
    drawing = ElementTree.fromstring(svg({"row": rows}))
    assert len(list(drawing.iter("{http://www.w3.org/2000/svg}path"))) == 2


def test_growth_of_the_last_decade_is_told_apart() -> None:
    """Ten times as long up to 10,000 interactions, and a hundred times from there to 100,000."""
    rows = grown([told(1000, 1, 110.0), told(10_000, 10, 120.0), told(100_000, 1000, 300.0)])
    by = {(r["what"], r["name"]): r["median"] for r in rows}
    assert by["exponent of time", "epoch"] == 1.5
    assert by["exponent of time", "epoch, last decade"] == 2.0
    assert by["exponent of memory", "beside the imports, last decade"] == 1.0


@pytest.mark.parametrize("kernel", Asked(threads=1).kernels)
def test_a_process_answers_on_every_kernel(kernel: str) -> None:
    asked = {**Asked(**SMALL).plain(), "kernel": kernel}
    found = answer({"rounds": 2, "asked": asked})
    assert 50 < found["read"] <= found["trained"]
    assert set(answer({"rounds": 0, "asked": asked})) == {"imports"}
    assert len(found["opening"]) == len(found["step"]) == 2 and min(found["step"]) > 0
    assert found["interactions"] == 1500 and found["layers"] == 3 and found["length"] == 1


def test_memory_is_measured_on_every_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Peaks are those of this process, for two others would take seconds."""
    monkeypatch.setattr(memory, "asked_of", lambda module, question: answer(question))
    asked = Asked(**{**SMALL, "repeat": 1})
    part = memory.measure(asked)
    assert {r["what"] for r in part["row"]} == {f"peak memory, {kernel}" for kernel in asked.kernels}
    assert set(part["about"]) >= {"graph MiB", "vectors MiB", "gradients MiB", "optimizer MiB"}


def test_sizes_are_measured_in_processes_of_their_own() -> None:
    part = measure_scale(Asked(threads=1, dim=4, repeat=1, sizes=[20_000, 4000]))
    names = [r["name"] for r in part["row"] if r["what"] == "epoch"]
    assert names == ["4,000", "20,000"] and part["about"]["propagation"] == "full"


def test_the_fanout_is_that_of_sampled_propagation() -> None:
    asked = Asked(threads=1, dim=4, repeat=1, sizes=[4000, 20_000], propagation="sampled", fanout=(3, 2, 1))
    assert measure_scale(asked)["about"]["fanout"] == "3, 2, 1"
    one = Asked(threads=1, propagation="sampled", fanout=[4]).setting.recipe
    assert one.stage[0].training.fanouts(3) == (4, 4, 4)
    with pytest.raises(RecipeError, match="propagation: sampled"):
        _ = Asked(threads=1, fanout=(3,)).setting


def test_one_size_has_no_exponent() -> None:
    with pytest.raises(OptionError, match="two sizes"):
        measure_scale(Asked(threads=1, sizes=[1000]))


def test_a_process_that_ends_badly_is_told() -> None:
    assert ended(["-c", "print(3)"]) == "3\n"
    with pytest.raises(UnsupportedError, match="ended with 3") as caught:
        ended(["-c", "import sys; sys.exit(3)"])
    assert "it said nothing" in str(caught.value)
    with pytest.raises(UnsupportedError, match=r"python -m json\.tool"):
        asked_of("json.tool", {"nothing": "to read"})


def test_starts_are_timed_beside_a_python_that_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same without torch, which takes seconds."""
    monkeypatch.setattr(startup, "COMMANDS", dict(list(startup.COMMANDS.items())[:2]))
    monkeypatch.setattr(startup, "IMPORTS", {"import recbox": "import recbox"})
    monkeypatch.setattr(Asked, "kernels", ("dgl",))
    monkeypatch.setitem(startup.IMPORTS, "all before the data, kernel dgl", "pass")
    rows = startup.measure(Asked(repeat=1))["row"]
    assert [(r["what"], r["name"], r["against"]) for r in rows[:2]] == [
        ("command", "python -c pass", "python -c pass"),
        ("command", "recbox --help", "python -c pass"),
    ]
    assert {r["against"] for r in rows[2:]} == {"import recbox"}


def test_an_epoch_has_its_validation_beside_it() -> None:
    rows = measure_epoch(Asked(**SMALL))["row"]
    by = {(r["what"], r["name"]): r for r in rows}
    beside = by["epoch", "torch fp32"]
    judged = by["validation", "recbox"]["median"]
    assert beside["extra"]["with validation"] == pytest.approx(beside["median"] + judged, rel=1e-3)
    assert by["epoch", "torch-coo fp32"]["ratio"] == 1.0


def test_figures_stand_beside_published_ones_where_the_data_is_real() -> None:
    metrics = {
        "name": "mine",
        "data": {"source": "gowalla", "synthetic": False},
        "test": {"recall@20": 0.183, "ndcg@20": 0.1},
        "baseline": {"popularity": {"test": {"recall@20": 0.0416}}, "ease": {"reason": "too large"}},
    }
    rows = quality.told({**metrics, "baseline": {}}, 50.0, 5.0, 900.0)
    by = {(r["what"], r["name"]): r for r in rows}
    assert by["mine, recall@20 on test", "recbox"]["ratio"] == 1.0
    assert by["mine, recall@20 on test", "recbox"]["against"] == "LightGCN, published"
    assert by["mine, time", "raw files to artifact"]["ratio"] == 10.0
    made = {**metrics, "data": {"source": "gowalla", "synthetic": True}, "test": {"recall@20": 0.0832}}
    names = {r["name"]: r for r in quality.told(made, 50.0, 5.0, 900.0) if r["what"].endswith("on test")}
    assert set(names) == {"recbox", "popularity"} and names["recbox"]["ratio"] == 2.0


def test_a_recipe_is_run_from_raw_files(tmp_path: Path) -> None:
    recipe = tmp_path / "small.yaml"
    recipe.write_text(
        "recbox: 1\nname: small\n"
        "data: {source: {use: synthetic, users: 60, items: 40, interactions: 900}}\n"
        "model: {use: popularity}\nevaluate: {k: [20], metric: [recall, ndcg], baseline: [random]}\n"
    )
    part = quality.measure(Asked(threads=1, recipes=[str(recipe)], device="cpu"))
    assert json.loads(json.dumps(part)) == part
    assert {r["what"] for r in part["row"]} == {
        "small, time", "small, recall@20 on test", "small, ndcg@20 on test",
    }  # fmt: skip
    assert {r["rounds"] for r in part["row"]} == {1}
