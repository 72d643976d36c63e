"""`recbox init` says what the run of its recipe takes: rehearsed where that is quick, else by arithmetic."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from recbox.cli import sketched
from recbox.cli.front import call


@pytest.fixture
def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    draw = random.Random(0)
    rows = [f"u{draw.randrange(40)},i{draw.randrange(30)}" for _ in range(700)]
    Path("log.csv").write_text("user,item\n" + "\n".join(rows) + "\n")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What was printed, by label."""
    lines = capsys.readouterr().out.splitlines()
    return {label: text.strip() for label, _, text in (line.partition("  ") for line in lines)}


def test_a_rehearsal_says_what_the_run_takes(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["init", "log.csv", "--estimate", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["estimate"]
    if found["by"] == "rehearsal":  # on a machine that is busy it may have been ended
        assert found["most_s"] >= found["least_s"] > 0 and found["disk_mib"] > 0
    assert found["memory_mib"] > 50
    assert sorted(path.name for path in events.iterdir()) == ["log.csv", "log.yaml"]


@pytest.mark.parametrize("name", ["SMALL", "LIMIT"])
def test_where_that_is_not_quick_arithmetic_does(
    events: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Too much data to rehearse, or a rehearsal that didn't end in time."""
    monkeypatch.setattr(sketched, name, 0)
    assert call(["init", "log.csv", "--estimate", "--memory", "3"]) == 0
    found = said(capsys)
    assert "by arithmetic; recbox check log.yaml --estimate --memory 3 rehearses it" in found["takes"]
    assert found["next"] == "recbox run log.yaml --memory 3"


def test_nothing_is_rehearsed_where_no_one_waits(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["init", "log.csv", "--scratch", "."]) == 0
    found = said(capsys)
    assert found["takes"] == "recbox check log.yaml --estimate --scratch . says it"
    assert found["next"] == "recbox run log.yaml --scratch ."
