"""A user who is probably nobody is told."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from recbox.cli.front import call


@pytest.mark.parametrize(("nobody", "told"), [(0.3, True), (0.0, False)])
def test_a_crowd_in_one_user_is_doubtful(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    nobody: float,
    told: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    draw = random.Random(0)
    who = ["NULL" if draw.random() < nobody else f"u{draw.randrange(60)}" for _ in range(1500)]
    rows = [f"{user},i{draw.randrange(500)}" for user in who]
    Path("log.csv").write_text("user,item\n" + "\n".join(rows) + "\n")
    assert call(["init", "log.csv"]) == 0
    assert ("'NULL' has" in capsys.readouterr().out) is told
