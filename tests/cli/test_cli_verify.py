"""`recbox verify` on the command line: a table, exit codes, one JSON document."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Recbox = Callable[..., Any]


@pytest.fixture(scope="module")
def trained(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import recbox

    folder = tmp_path_factory.mktemp("verified") / "out"
    recbox.run(small, threads=1, sets=["train.epochs=2"], out=folder)
    return folder


def test_a_result_that_holds(recbox: Recbox, trained: Path) -> None:
    done = recbox("verify", trained)
    assert done.code == 0
    assert "checks hold, 0 fail, 2 skipped" in done.out
    assert "asked for with --retrain" in done.out


def test_training_again_finds_the_data_where_it_is_told(recbox: Recbox, trained: Path, small: Path) -> None:
    done = recbox("verify", trained, "--retrain", "--data-dir", small.parent)
    assert done.code == 0 and "bit for bit" in done.out
    lost = recbox("verify", trained, "--retrain", "--json")
    document = json.loads(lost.out)
    (open_,) = [check for check in document["check"] if check["state"] == "unproven"]
    assert lost.code == 3 and "small.csv" in open_["seen"]
    assert (document["holds"], document["proven"]) == (True, False)


def test_an_artifact_without_its_ledger_is_not_proven(recbox: Recbox, trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "out")
    done = recbox("verify", tmp_path / "out")
    assert done.code == 3 and "0 fail, 1 not proven, 2 skipped" in done.out
    assert "name it with --ledger FILE" in " ".join(done.out.split())
    ledger = trained.parent / "ledger.jsonl"
    assert recbox("verify", tmp_path / "out", "--ledger", ledger).code == 0


def test_a_result_that_was_edited(recbox: Recbox, trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(trained, folder)
    text = (folder / "metrics.json").read_text()
    (folder / "metrics.json").write_text(text.replace('"status": "done"', '"status": "Done"'))
    done = recbox("verify", folder)
    assert done.code == 2 and "files fails: metrics.json" in done.out and "that means:" in done.out
    document = json.loads(recbox("verify", folder, "--json").out)
    assert document["holds"] is False
    assert [check["name"] for check in document["check"] if check["state"] == "fails"] == ["files"]


def test_an_interrupted_run_has_nothing_to_measure(recbox: Recbox, small: Path, tmp_path: Path) -> None:
    import recbox as package
    from recbox.progress import Progress, Silent

    class Stop(Progress):
        def open(self, title: str, total: float | None, unit: str) -> Any:
            if title.startswith("Baseline"):
                raise KeyboardInterrupt
            return Silent().open(title, total, unit)

        def close(self, task: object) -> None:
            return None

        def notice(self, message: str, level: str = "info") -> None:
            return None

    out = tmp_path / "out"
    package.run(small, threads=1, sets=["train.epochs=1"], out=out, progress=Stop())
    done = recbox("verify", out)
    assert done.code == 0 and "the run was interrupted, and never tested" in done.out


@pytest.mark.parametrize("what", ["nowhere", "empty"])
def test_what_is_no_artifact(recbox: Recbox, tmp_path: Path, what: str) -> None:
    (tmp_path / "empty").mkdir()
    done = recbox("verify", tmp_path / what)
    assert done.code == 2
    assert "no such folder" in done.err if what == "nowhere" else "manifest fails" in done.out


def test_a_hostile_ledger_is_told_and_harmless(recbox: Recbox, trained: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b"\x1b[2J" * 1000 + b"\n" + b"[" * 50_000 + b"\n")
    done = recbox("verify", trained, "--ledger", bad)
    assert done.code == 2 and "ledger's chain" in done.out and "\x1b" not in done.out


def test_a_shells_star_over_runs_means_the_artifacts(
    recbox: Recbox, trained: Path, small: Path, tmp_path: Path
) -> None:
    import recbox as package

    shutil.copytree(trained.parent, tmp_path / "runs")
    sets = ["layer=[]", "name=flat", "train.epochs=1"]
    package.run(small, threads=1, sets=sets, out=tmp_path / "runs" / "flat")
    star = sorted(str(path) for path in (tmp_path / "runs").glob("*"))
    assert any(path.endswith("ledger.jsonl") for path in star)
    done = recbox("compare", *star)
    assert done.code == 0 and "flat" in done.out
