"""`recbox explain`, from a file of one's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Recbox = Callable[..., Any]
RECIPE = """\
recbox: 1
model: {use: ease, l2: 5}
data: {source: {use: synthetic, users: 40, items: 20, interactions: 400}}
evaluate: {baseline: []}
"""


@pytest.fixture
def folder(recbox: Recbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("r.yaml").write_text(RECIPE)
    assert recbox("run", "r.yaml", "--out", "a").code == 0
    return tmp_path


def test_a_score_is_explained_in_every_form(recbox: Recbox, folder: Path) -> None:
    asked = ("explain", "a", "--user", 3, "--item", 7, "-k", 2)
    table = recbox(*asked)
    assert table.code == 0 and table.out.startswith("For user 3 ") and "users of both" in table.out
    assert "left over" in table.out and table.out.rstrip().endswith("exact")
    sentence = recbox(*asked, "--format", "sentence")
    assert sentence.out.splitlines() == table.out.splitlines()[:1] and "Without these 2" in sentence.out
    document = json.loads(recbox(*asked, "--json", "--no-deletion", "--svg", "a.svg").out)
    assert document["deletion"] is None and document["item"] == 7
    assert (folder / "a.svg").read_text().startswith("<svg ")
    assert document == json.loads(recbox(*asked, "--format", "json", "--no-deletion").out)


def test_somebody_new_and_what_was_taken_since(recbox: Recbox, folder: Path) -> None:
    new = json.loads(recbox("explain", "a", "--history", "1,2", "--item", 7, "--json").out)
    assert {row["item"] for row in new["evidence"]} == {1, 2} and new["user"] == "new"
    since = json.loads(recbox("explain", "a", "--user", 3, "--history", "9", "--item", 7, "--json").out)
    assert 9 in {row["item"] for row in since["evidence"]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--item", "7"], "name a user, or what a new one has"),
        (["--user", "99", "--item", "7"], "there is no user '99'"),
        (["--user", "3", "--item", "seven"], "there is no item 'seven'"),
        (["--user", "3", "--item", "7", "--svg", "no/where.svg"], "can't write the drawing"),
        (["--user", "3"], "--item"),
    ],
)
def test_mistakes_end_with_two(recbox: Recbox, folder: Path, options: list[str], said: str) -> None:
    done = recbox("explain", "a", *options)
    assert done.code == 2 and said in done.err and "Traceback" not in done.err
