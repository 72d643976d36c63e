"""The suite `peers`: what runners tell, what is refused, and the rows that become of it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recbox.bench import bench, compare, write
from recbox.bench.answers import figures, notes
from recbox.bench.asked import Asked
from recbox.bench.cells import about
from recbox.bench.peer import recbox as own
from recbox.bench.peer.clock import Clock
from recbox.bench.peer.protocol import Work, placed, run
from recbox.bench.peers import _write, judge
from recbox.bench.roster import ROSTER, chosen
from recbox.bench.turns import PEER, Place, Result, Runner, link, take_turns
from recbox.cli.timing import print_bench
from recbox.errors import OptionError, UnsupportedError
from recbox.progress import SILENT

REQUIREMENTS = Path(__file__).resolve().parents[2] / "benchmarks" / "peers"
SMALL: dict[str, Any] = {"threads": 1, "nodes": 300, "edges": 3000, "dim": 8, "repeat": 1, "device": "cpu"}


@pytest.fixture
def tiny(tmp_path: Path) -> Work:
    """60 users, each with the items of one half of 40; the last user's id and item 40 are in test alone."""
    draw, folder = np.random.default_rng(0), tmp_path / "tiny"
    folder.mkdir()
    rows = [draw.permutation(20) + 20 * (user % 2) for user in range(60)]
    for name, some in (("train", slice(0, 12)), ("test", slice(12, 16))):
        lines = [" ".join(map(str, [user, *row[some]])) for user, row in enumerate(rows)]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    with (folder / "test.txt").open("a") as file:
        file.write("60 40\n")
    sizes = {"dim": 8, "layers": 3, "batch": 100, "lr": 0.05, "l2": 1e-4, "seed": 0, "k": 20}
    return Work(str(folder), (61, 41), threads=1, steps=4, warmup=1, **sizes, more={})


def test_a_clock_counts_steps_after_the_warm_up_and_ends_an_epoch_early() -> None:
    clock = Clock(steps=3, warmup=2)
    seen = list(clock.over([1, 2]))
    assert (seen, clock.done, len(clock.timed)) == ([1, 2], False, 0)
    seen = list(clock.over(range(100)))
    assert (seen, clock.done, len(clock.timed)) == ([0, 1, 2], True, 3)
    assert list(clock.over([1])) == []


def test_a_loader_that_is_timed_keeps_what_else_it_has() -> None:
    timed = Clock(1, 0).over(np.arange(5))
    assert (len(timed), timed.shape) == (5, (5,))


def test_files_are_read_as_they_number_users_and_items(tiny: Work) -> None:
    assert tiny.train.shape == (2, 720)
    assert (tiny.batches, tiny.epochs) == (8, 1)
    assert replace(tiny, steps=8).epochs == 2
    first = Path(tiny.folder, "train.txt").read_text().split("\n")[0].split()
    assert [int(first[0])] * 12 == tiny.train[0, :12].tolist()
    assert [int(i) for i in first[1:]] == tiny.train[1, :12].tolist()


def test_rows_are_placed_at_their_ids() -> None:
    rows = np.array([[1.0], [2.0]])
    assert placed(rows, ["3", 0], 4).tolist() == [[2.0], [0.0], [0.0], [1.0]]


def test_what_is_written_for_runners_is_what_is_trained_on(tmp_path: Path) -> None:
    asked = Asked(**SMALL)
    _write(asked, tmp_path)
    for name, part in (("train", asked.train), ("test", asked.job.dataset.take(asked.job.split.test))):
        lines = [list(map(int, line.split())) for line in (tmp_path / f"{name}.txt").read_text().splitlines()]
        pairs = sorted((user, item) for user, *items in lines for item in items)
        assert pairs == sorted(zip(part.interaction.user.tolist(), part.interaction.item.tolist()))


@pytest.mark.parametrize("kernel", Asked(threads=1).kernels)
def test_recbox_trains_by_its_own_loop_on_every_kernel(kernel: str, tiny: Work) -> None:
    """Users of the two halves are told apart; nobody's row is another's, whoever is in test alone has one."""
    more = {"kernel": kernel, "precision": "fp32", "propagation": "full"}
    told, fitted = run(own.fit, replace(tiny, steps=60, more=more))
    assert (len(told["step_s"]), told["batches"]) == (60, 8)
    assert told["users_per_s"] > 0
    user, item = fitted.vectors()
    assert (user.shape, item.shape) == ((61, 8), (41, 8))
    score = user[:60] @ item[:40].T
    same = (np.arange(60) % 2)[:, None] == (np.arange(40) // 20)[None]
    assert score[same].mean() > score[~same].mean()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["pgy={python}"], "did you mean 'pyg'?"),
        (["pyg"], "NAME=PYTHON"),
        (["pyg=/nowhere/bin/python"], "no interpreter /nowhere/bin/python"),
        (["warprec={python}"], "can't import warprec"),
        (["pyg={python}", "pyg={python}"], "named twice"),
        ([], "pyg=DIR/bin/python"),
    ],
)
def test_a_peer_that_can_not_run_is_refused(said: list[str], why: str) -> None:
    if "warprec" in why and find_spec("warprec"):
        pytest.skip("warprec is installed beside recbox")
    with pytest.raises(OptionError) as caught:
        chosen([one.format(python=sys.executable) for one in said])
    assert why in str(caught.value) and str(caught.value).startswith("--peer")
    if "interpreter" in why or "import" in why or not said:
        name = "warprec" if "warprec" in why else "pyg"
        assert f"benchmarks/peers/requirements-{name}.txt" in str(caught.value)


def test_peers_are_looked_for_before_anything_is_measured() -> None:
    with pytest.raises(OptionError, match="needs a peer"):
        bench(["step", "peers"], **{**SMALL, "nodes": 10**9, "edges": 10**10})


def test_every_peer_has_a_runner_and_pinned_requirements() -> None:
    for name in ROSTER:
        assert (PEER / f"{name}.py").is_file()
        lines = (REQUIREMENTS / f"requirements-{name}.txt").read_text().splitlines()
        assert lines
        assert all("==" in line for line in lines if not line.startswith("#"))


def test_the_suite_measures_recbox_and_a_peer_and_judges_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch_geometric")
    monkeypatch.setattr(Asked, "kernels", ("torch",))  # each process takes seconds
    document = bench(["peers"], **SMALL, peers=[f"pyg={sys.executable}"], steps=3, judge=True)
    part = document["suite"]["peers"]
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    ours = ["recbox torch fp32", "recbox torch bf16"]
    all_three = [*ours, "PyG LightGCN"]
    by: dict[str, list[str]] = {}
    for row in part["row"]:
        by.setdefault(row["what"], []).append(row["name"])
        assert row["against"] == "recbox torch fp32" and row["median"] > 0
    assert by == {
        "training step": all_three,
        "epoch": all_three,
        "ranking": ours,
        "peak memory": all_three,
        "recall@20 on test": all_three,
        "ndcg@20 on test": all_three,
    }
    assert "timed steps 3" in about(part) and "steps of an epoch 1," in about(part)
    print_bench(document)
    assert "PyG LightGCN (torch_geometric" in capsys.readouterr().out
    write(document, tmp_path, "recbox bench peers")
    assert "- PyG LightGCN (torch_geometric" in (tmp_path / "peers.md").read_text()
    assert compare(document, document)["work"] == []


def answer(step: float | None) -> dict[str, Any] | None:
    """What a process tells whose step takes so many seconds; None for one that failed."""
    more = {"versions": {"thing": "1"}, "python": "3.11", "said": "as it comes", "peak_mib": 100.0}
    return None if step is None else {"step_s": [step], "batches": 10, **more}


def result(*steps: float | None) -> Result:
    return Result([answer(step) for step in steps], "boom" if None in steps else "")


def test_ratios_are_of_rounds_and_lost_rounds_are_told() -> None:
    """The third round of PyG is lost: its ratios are 9 and 8, of which 8.5 is the median."""
    results = {
        "recbox dgl fp32": result(0.1, 0.2, 0.1),
        "recbox torch fp32": result(0.2, 0.2, 0.2),
        "PyG LightGCN": result(0.9, 1.6, None),
        "RecBole LightGCN": result(None, None, None),
    }
    rows = {row["name"]: row for row in figures("epoch", results, "recbox dgl fp32")}
    assert list(rows) == ["recbox dgl fp32", "recbox torch fp32", "PyG LightGCN"]
    assert (rows["recbox dgl fp32"]["median"], rows["recbox dgl fp32"]["rounds"]) == (1.0, 3)
    assert rows["recbox torch fp32"]["ratio"] == 2.0
    peer = rows["PyG LightGCN"]
    assert (peer["median"], peer["rounds"], peer["ratio"]) == (12.5, 2, 8.5)
    assert peer["extra"] == {"of goal": 1.0625}
    said = list(notes(results))
    assert said == [
        "recbox dgl fp32, recbox torch fp32, PyG LightGCN (thing 1, Python 3.11): as it comes.",
        "PyG LightGCN failed in 1 of 3 rounds: boom",
        "RecBole LightGCN failed in 3 of 3 rounds: boom",
    ]


def test_a_method_without_steps_has_no_time_of_them() -> None:
    told = {**(answer(1.0) or {}), "step_s": [], "users_per_s": 50.0}
    ours = {**(answer(1.0) or {}), "users_per_s": 100.0}
    results = {"recbox dgl fp32": Result([ours]), "implicit ALS": Result([told])}
    assert [row["name"] for row in figures("training step", results, "recbox dgl fp32")] == [
        "recbox dgl fp32"
    ]
    ranked = list(figures("ranking", results, "recbox dgl fp32"))[1]
    assert (ranked["ratio"], ranked["better"], ranked["unit"]) == (0.5, "more", "users/s")


def test_a_peer_may_fail_and_recbox_may_not(tiny: Work, tmp_path: Path) -> None:
    """Neither finds the files; what recbox's own process says is the reason."""
    link(tmp_path)
    place = Place(tmp_path, replace(tiny, folder="/nowhere"))
    peer, ours = Runner("PyG LightGCN", "pyg", Path(sys.executable)), Runner("recbox dgl fp32", "recbox")
    found = take_turns([peer], 2, place, SILENT, vectors=False)["PyG LightGCN"]
    assert found.rounds == [None, None] and "train.txt" in found.error
    with pytest.raises(UnsupportedError, match=r"recbox dgl fp32 failed(.|\n)*train\.txt"):
        take_turns([ours], 1, place, SILENT, vectors=False)


def test_vectors_that_diverged_are_left_out(tmp_path: Path) -> None:
    asked = Asked(**SMALL)
    users, items = len(asked.job.dataset.user), len(asked.job.dataset.item)
    item = np.random.default_rng(0).standard_normal((items, 8), np.float32)
    for name, value in (("whole", 1.0), ("broken", np.nan)):
        np.savez(tmp_path / f"{name}.npz", user=np.full((users, 8), value, np.float32), item=item)
    files = {name: tmp_path / f"{name}.npz" for name in ("whole", "broken", "missing")}
    assert list(judge(asked, files)) == ["whole"]
