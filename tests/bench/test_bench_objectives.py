"""What objectives cost: every name of the table runs, and the page names the command that made it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from recbox.source.lightgcn import KNOWN

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
SCRIPT = BENCHMARKS / "objectives.py"
SOME = ["noise-contrast, layer: 1", "text-alignment", "alignment-uniformity"]


@pytest.fixture
def objectives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Over a made set that is smaller than Gowalla."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(KNOWN, "gowalla", {"users": 500, "items": 400, "interactions": 40_000})
    import objectives as module

    return module


def test_losses_are_in_the_table_beside_bpr(
    objectives: ModuleType,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Peaks are those of this process here, for another would take the whole of Gowalla's shape."""
    monkeypatch.setattr(
        objectives,
        "measured",
        lambda name, asked: objectives.peak(name, objectives.Place(asked, tmp_path)),
    )
    asked = ["--repeat", "2", "--steps", "1", "--kernel", "torch", "--only", *SOME]
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *asked])
    objectives.main()
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split(" | ") for line in lines if line.startswith("| ") and "---" not in line]
    names = [row[0].removeprefix("| ").removeprefix("bpr + ") for row in rows[1:]]
    assert names == ["bpr", *SOME]
    assert [row[2] for row in rows if row[0] == "| bpr"] == ["1.00"]
    assert all(float(row[1]) > 0 and float(row[6]) > 100 for row in rows[1:])
    assert (
        "--data-dir DIR --kernel torch --repeat 2 --steps 1 --only 'noise-contrast, layer: 1' text-"
        in lines[2]
    )


@pytest.mark.parametrize("script", ["objectives.py", "robustness.py"])
def test_a_name_that_is_none_is_refused(script: str, tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / script), "--data-dir", str(tmp_path), "--only", "bpr", "sgll"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "sgll" in done.stderr or "bpr" in done.stderr
    assert "Traceback" not in done.stderr
