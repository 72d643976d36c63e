"""`recbox plugins new` at the command line."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest

from recbox.cli.front import call
from recbox.registry import ALL_KINDS


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_prints_the_files_and_what_to_type_next(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["plugins", "new", "layer", "own-hop"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "recbox-own-hop"
    files = [line.strip() for line in lines[1:] if line.startswith("  ") and "." in line.split()[0]]
    assert all((here / "recbox-own-hop" / f).is_file() for f in files if " " not in f)
    assert [line[6:] for line in lines[-3:]] == [
        "pip install -e ./recbox-own-hop",
        "recbox plugins test own-hop",
        "recbox run recbox-own-hop/recipe.yaml",
    ]


def test_a_tracker_is_named_by_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["plugins", "new", "tracker", "own-table"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last[6:] == "recbox run recbox-own-table/recipe.yaml --track own-table"


def test_a_writer_writes_before_its_recipe_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["plugins", "new", "writer", "own-words"]) == 0
    assert [line[6:] for line in capsys.readouterr().out.splitlines()[-4:]] == [
        "pip install -e ./recbox-own-words",
        "recbox plugins test own-words",
        "recbox profile recbox-own-words/recipe.yaml",
        "recbox run recbox-own-words/recipe.yaml",
    ]


def test_json_is_for_programs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["plugins", "new", "metric", "own", "--dir", str(here / "a b"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["distribution"] == "recbox-own"
    folder = Path(document["folder"])
    assert folder == here / "a b" / "recbox-own"
    assert all((folder / file).is_file() for file in document["file"])
    assert shlex.split(document["next"][0])[-1] == str(folder)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("layr", "own"), "did you mean 'layer'?"),
        (("recipe", "own"), f"one of: {', '.join(ALL_KINDS)}"),
        (("layer", "My Hop"), "my-hop"),
        (("layer", "gcn"), "already, from recbox-graph"),
        (("layer", "own", "--dir", "file"), "file"),
        (("layer", "own", "--dir", "file/below"), "a file stands where a folder is meant"),
    ],
)
def test_a_mistake_ends_with_2_and_writes_nothing(
    args: tuple[str, ...], said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "file").touch()
    assert call(["plugins", "new", *args]) == 2
    assert said in capsys.readouterr().err
    assert os.listdir(here) == ["file"]
