"""Runners beside recbox: what they tell, what the driver refuses, and what the page makes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports a module of `benchmarks/peers`; afterwards none of them is left."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield lambda name: import_module(f"peers.{name}")
    for name in [n for n in sys.modules if n == "peers" or n.startswith("peers.")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """60 users, each with the items of one half of 40; the last user's id and item 40 are in test alone."""
    draw, folder = np.random.default_rng(0), tmp_path / "tiny"
    folder.mkdir()
    rows = [draw.permutation(20) + 20 * (user % 2) for user in range(60)]
    for name, some in (("train", slice(0, 12)), ("test", slice(12, 16))):
        lines = [" ".join(map(str, [user, *row[some]])) for user, row in enumerate(rows)]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    with (folder / "test.txt").open("a") as file:
        file.write("60 40\n")
    return folder


def python(*args: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """This Python, in a process of its own."""
    path = os.pathsep.join(filter(None, [str(BENCHMARKS), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, *map(str, args)]
    return subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path} | environ, capture_output=True, text=True, check=False
    )


def test_a_clock_counts_steps_after_the_warm_up_and_ends_an_epoch_early(peers: Any) -> None:
    clock = peers("protocol").Clock(steps=3, warmup=2)
    seen = list(clock.over([1, 2]))
    assert (seen, clock.done, len(clock.timed)) == ([1, 2], False, 0)
    seen = list(clock.over(range(100)))
    assert (seen, clock.done, len(clock.timed)) == ([0, 1, 2], True, 3)
    assert list(clock.over([1])) == []


def test_a_loader_that_is_timed_keeps_what_else_it_has(peers: Any) -> None:
    timed = peers("protocol").Clock(1, 0).over(np.arange(5))
    assert (len(timed), timed.shape) == (5, (5,))


def test_files_are_read_as_they_number_users_and_items(peers: Any, tiny: Path) -> None:
    work = peers("protocol").Work(tiny, 1, steps=4, warmup=1, batch=100)
    assert work.train.shape == (2, 720)
    assert work.shape == (61, 41)
    assert (work.batches, work.epochs) == (8, 1)
    assert peers("protocol").Work(tiny, 1, steps=8, warmup=1, batch=100).epochs == 2
    first = (tiny / "train.txt").read_text().split("\n")[0].split()
    assert [int(first[0])] * 12 == work.train[0, :12].tolist()
    assert [int(i) for i in first[1:]] == work.train[1, :12].tolist()


def test_rows_are_placed_at_their_ids(peers: Any) -> None:
    rows = np.array([[1.0], [2.0]])
    assert peers("protocol").placed(rows, ["3", 0], 4).tolist() == [[2.0], [0.0], [0.0], [1.0]]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("pgy={python}", "did you mean pyg?"),
        ("pyg", "NAME=PYTHON"),
        ("pyg=/nowhere/bin/python", "no interpreter /nowhere/bin/python"),
        ("warprec={python}", "can't import warprec"),
    ],
)
def test_a_peer_that_can_not_run_is_refused(said: str, why: str, tiny: Path) -> None:
    if said.startswith("warprec") and find_spec("warprec"):
        pytest.skip("warprec is installed beside recbox")
    done = python(BENCHMARKS / "peers.py", "--python", said.format(python=sys.executable), "--data", tiny)
    assert done.returncode == 2
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    if said.startswith(("pyg=", "warprec")):
        assert f"requirements-{said.partition('=')[0]}.txt" in done.stderr


def test_data_that_are_not_there_are_refused(tmp_path: Path) -> None:
    done = python(BENCHMARKS / "peers.py", "--data", tmp_path)
    assert (done.returncode, "no train.txt" in done.stderr) == (2, True)


def test_every_peer_has_a_runner_and_pinned_requirements(peers: Any) -> None:
    for name in peers("roster").ROSTER:
        assert (BENCHMARKS / "peers" / f"{name}.py").is_file()
        lines = (BENCHMARKS / "peers" / f"requirements-{name}.txt").read_text().splitlines()
        assert lines
        assert all("==" in line for line in lines if not line.startswith("#"))


def test_the_driver_times_recbox_and_a_peer_and_judges_both(tiny: Path, tmp_path: Path) -> None:
    """By real training: two groups of users with items of their own are told apart within a few epochs."""
    pytest.importorskip("torch_geometric")
    out, raw = tmp_path / "page.md", tmp_path / "raw.json"
    options = ["--threads", 1, "--repeat", 1, "--steps", 6, "--warmup", 1, "--judge", "--out", out]
    given = ["--python", f"pyg={sys.executable}", "--data", tiny, "--json", raw]
    done = python(BENCHMARKS / "peers.py", *given, *options)
    assert done.returncode == 0, done.stderr
    found = json.loads(raw.read_text())
    assert list(found["results"]) == ["recbox dgl", "recbox torch", "pyg"]
    for label, result in found["results"].items():
        assert result["error"] == "", label
        (document,) = result["rounds"]
        assert len(document["step_s"]) == 6
        assert (document["interactions"], document["batches"]) == (720, 1)
    values = found["judged"]
    assert set(values) == set(found["results"])
    chance = 20 / 29
    assert values["recbox dgl"]["recall@20"] > chance
    assert values["recbox dgl"]["recall@20"] == pytest.approx(values["recbox torch"]["recall@20"], abs=0.02)
    text = out.read_text()
    assert "| PyG LightGCN | recbox dgl | 8 × |" in text
    assert (
        "--python pyg=DIR/bin/python --data tiny --threads 1 --repeat 1 --steps 6 --warmup 1 --judge`" in text
    )


def test_ratios_are_of_rounds_and_lost_rounds_are_told(peers: Any) -> None:
    page, turns = peers("page"), peers("turns")

    def result(*steps: float | None) -> Any:
        return turns.Result([None if s is None else document(s) for s in steps], "boom" * (None in steps))

    results = {
        "recbox dgl": result(0.1, 0.2, 0.1),
        "recbox torch": result(0.2, 0.2, 0.2),
        "pyg": result(0.9, 1.6, None),
    }
    lines = list(page.page(page.Facts("command", "machine", "data", results)))
    row = next(line for line in lines if line.startswith("| PyG LightGCN | 1"))
    assert row.split(" | ")[1:5] == ["1,250 (900–1,600)", "12.5 (9.0–16.0)", "8.5", "6.2"]
    assert "| PyG LightGCN | recbox dgl | 8 × | 8.50 × | met |" in lines
    assert "- PyG LightGCN failed in 1 of 3 rounds: `boom`" in lines


def document(step: float) -> dict[str, Any]:
    return {
        "step_s": [step],
        "batches": 10,
        "interactions": 1000,
        "peak_mib": 100.0,
        "versions": {"thing": "1"},
        "python": "3.11",
        "said": "as it comes",
    }


def test_a_runner_that_fails_leaves_a_row_without_figures(peers: Any, tmp_path: Path) -> None:
    turns: ModuleType = peers("turns")
    row = turns.Runner("pyg", "pyg", Path(sys.executable))
    found, error = turns.once(row, ["--data=/nowhere"], turns.Place(1, tmp_path, 60, tmp_path / "lock"))
    assert found is None
    assert "train.txt" in error
