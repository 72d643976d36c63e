"""`recbox tune` on the command line: what it prints, refuses and says to type next."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
SEARCH = "search: {train.optimizer.lr: {by: log, low: 1e-3, high: 1e-1}, dim: [4, 8]}\n"


@pytest.fixture
def sought(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small recipe with a search, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    text = small.read_text().replace("epochs: 20", "epochs: 2").replace("[popul", "[item-knn, popul")
    (tmp_path / "small.csv").write_text((small.parent / "small.csv").read_text())
    (tmp_path / "small.yaml").write_text(text + SEARCH)
    return tmp_path / "small.yaml"


def test_a_table_a_page_and_the_next_command_which_works(recbox: Call, sought: Path) -> None:
    done = recbox("tune", "small.yaml", "--trials", 9, "--no-prune", "--threads", 1)
    assert done.code == 0 and "9 done" in done.out and "what mattered" in done.out
    assert "Trials 9/9" in done.err
    assert len([line for line in done.out.splitlines() if line.endswith((" 4", " 8"))]) == 9
    command = done.out.splitlines()[-1].removeprefix("next:   recbox ").split()
    assert command == ["run", "runs/small-tune/best.yaml"]
    assert recbox(*command, "--threads", 1).code == 0
    page = (sought.parent / "runs/small-tune/report.html").read_text()
    assert "<script" not in page and "http" not in page.split("</head>")[1]
    assert page.count('class="thread') == 9 and page.count("<tr>") == 10
    assert "train.optimizer.lr" in page and "Next: <code>recbox run" in page


def test_json_is_one_document(recbox: Call, sought: Path) -> None:
    done = recbox("tune", "small.yaml", "--trials", 2, "--baseline", "--json", "--threads", 1)
    document = json.loads(done.out)
    assert [(arm["name"], len(arm["trial"])) for arm in document["arm"]] == [
        ("small", 2), ("item-knn", 2), ("popularity", 1)
    ]  # fmt: skip
    assert document["next"].startswith("recbox compare runs/small-tune/best-small.yaml")
    assert all(Path(arm["recipe"]).exists() for arm in document["arm"])
    again = recbox("tune", "small.yaml", "--trials", 2, "--baseline", "--json", "--threads", 1)
    assert json.loads(again.out) == document


def test_where_every_trial_fails_the_reasons_are_told(recbox: Call, sought: Path) -> None:
    change = ("--set", "search={train.optimizer.lr: [1e36, 1e37]}")
    done = recbox("tune", "small.yaml", *change, "--threads", 1)
    assert done.code == 2 and "every trial failed" in done.err and "Traceback" not in done.err
    assert "small: 2 failed" in done.out and "failed: 2 trials (0, 1):" in done.out
    assert "next:" not in done.out and (sought.parent / "runs/small-tune/report.html").is_file()
    again = recbox("tune", "small.yaml", *change, "--threads", 1, "--json")
    document = json.loads(again.out)
    assert again.code == 2 and document["status"] == "failed" and document["next"] == ""
    assert document["arm"][0]["failure"][0]["trial"] == [0, 1]


def test_check_shows_the_search_and_run_says_nothing(recbox: Call, sought: Path) -> None:
    assert "search" in recbox("check", "small.yaml").out
    shown = json.loads(recbox("check", "small.yaml", "--json").out)
    assert shown["recipe"]["search"]["dim"] == [4, 8]
    done = recbox("run", "small.yaml", "--threads", 1)
    assert done.code == 0 and "search" not in done.out + done.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--time", "soon"], "10m"),
        (["--time", "0"], "10m"),
        (["--time", "inf"], "10m"),
        (["--trials", "0"], "--trials"),
        (["--by", "grid"], "no steps"),
        (["--set", "search.dim=[x]"], "whole number"),
        (["--set", "search=null"], "nothing to search"),
        (["--out", "small.csv"], "something else"),
    ],
)
def test_mistakes_are_told(recbox: Call, sought: Path, args: list[str], said: str) -> None:
    done = recbox("tune", "small.yaml", *args)
    assert done.code == 2 and said in done.err and "Traceback" not in done.err
    assert not (sought.parent / "runs").exists()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5h", 5400), ("10m", 600), ("1h30m", 5400), ("2d", 172800), ("7S", 7)],
)
def test_times(text: str, seconds: float) -> None:
    from recbox.cli.tune import Duration

    assert Duration().convert(text, None, None) == seconds


def test_without_optuna_it_says_what_to_install(sought: Path) -> None:
    """With Optuna out of sight, in a process of its own."""
    code = (
        "import sys, importlib.metadata as m; found = m.version\n"
        "def version(name):\n"
        "    if name == 'optuna': raise m.PackageNotFoundError(name)\n"
        "    return found(name)\n"
        "m.version = version; sys.modules['optuna'] = None\n"
        "from recbox.cli.front import call; sys.exit(call(['tune', 'small.yaml']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "pip install 'recbox-graph[tune]'" in done.stderr
    assert not (sought.parent / "runs").exists()


def test_optuna_is_imported_by_the_search_alone(sought: Path) -> None:
    code = (
        "import sys; from recbox.cli.front import call\n"
        "assert call(['check', 'small.yaml']) == 0 and call(['tune', '--help']) == 0\n"
        "import recbox; recbox.tune\n"
        "assert 'optuna' not in sys.modules and 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
