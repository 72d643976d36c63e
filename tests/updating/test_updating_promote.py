"""A link that leads to the version in use: exchanged in one step, with a history, and back again."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import recbox
from recbox.api.load import Fitted
from recbox.cli.front import call
from recbox.errors import ArtifactError, OptionError
from recbox.updating import promoting
from recbox.updating.condition import Condition
from recbox.updating.promoting import history_of, promote, rollback, trail

Of = Callable[[str], Fitted]


@pytest.fixture
def runs(fitted: Of, tmp_path: Path) -> Path:
    """Three versions: v1, v2, v3."""
    whole = fitted("popularity").folder
    for name in ("v1", "v2", "v3"):
        shutil.copytree(whole, tmp_path / name)
    return tmp_path


def test_there_and_back_again(runs: Path):
    link = runs / "current"
    for name in ("v1", "v2", "v3"):
        promote(link, runs / name)
    assert os.readlink(link) == "v3" and trail(link) == ["v1", "v2", "v3"]
    assert rollback(link).now == "v2"
    promote(link, runs / "v3")
    assert [rollback(link).now, rollback(link).now] == ["v2", "v1"]
    with pytest.raises(OptionError, match="nothing before it"):
        rollback(link)
    assert recbox.load(link).folder == runs / "v1" and (link / "manifest.json").is_file()
    rows = [json.loads(line) for line in history_of(link).read_text().splitlines()]
    assert [row["how"] for row in rows] == ["promote"] * 3 + ["rollback", "promote", "rollback", "rollback"]
    assert not promote(link, runs / "v1").changed
    assert len(history_of(link).read_text().splitlines()) == len(rows)


def test_what_is_damaged_or_in_the_way_is_refused(runs: Path):
    link = runs / "current"
    promote(link, runs / "v1")
    promote(link, runs / "v2")
    (runs / "v3" / "recipe.yaml").write_text("damaged")
    with pytest.raises(ArtifactError):
        promote(link, runs / "v3")
    with pytest.raises(OptionError, match="in the way"):
        promote(runs / "v1", runs / "v2")
    shutil.rmtree(runs / "v1")
    with pytest.raises(ArtifactError, match="no such folder"):
        rollback(link)
    assert os.readlink(link) == "v2"


def test_a_crash_between_the_line_and_the_link(runs: Path, monkeypatch):
    """The line is there and the link isn't: what was before is found all the same."""
    link = runs / "current"
    promote(link, runs / "v1")
    promote(link, runs / "v2")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(promoting.os, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            promote(link, runs / "v3")
    with open(history_of(link), "ab") as file:
        file.write(b'{"how": "promote", "to"')  # and a line that was cut off
    assert trail(link) == ["v1", "v2"]
    promote(link, runs / "v3")
    assert [rollback(link).now, rollback(link).now] == ["v2", "v1"]


def test_a_history_that_begins_with_a_rollback(runs: Path):
    link = runs / "current"
    history_of(link).write_text('{"how": "rollback", "from": null, "to": "v1"}\n')
    promote(link, runs / "v2")
    assert trail(link) == ["v1", "v2"] and rollback(link).now == "v1"


def test_whoever_reads_meanwhile_has_a_whole_version(runs: Path):
    link, wrong, stop = runs / "current", [], threading.Event()
    promote(link, runs / "v1")

    def read() -> None:
        while not stop.is_set():
            try:
                (link / "manifest.json").read_bytes()
            except OSError as error:
                wrong.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(30):
        promote(link, runs / f"v{n % 3 + 1}")
    stop.set()
    reader.join()
    assert not wrong


def test_a_link_elsewhere_leads_to_the_whole_path(runs: Path):
    (runs / "links").mkdir()
    assert promote(runs / "links" / "current", runs / "v1").now == str((runs / "v1").resolve())
    assert recbox.load(runs / "links" / "current").name == "popularity"


def test_on_the_command_line(runs: Path, capsys):
    link = str(runs / "current")
    assert call(["promote", link, str(runs / "v1")]) == 0
    assert call(["promote", link, str(runs / "v2")]) == 0
    assert "leads to v2; before that v1" in capsys.readouterr().out
    assert call(["promote", link]) == 0
    assert "before that v1" in capsys.readouterr().out
    assert call(["rollback", link, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["now"] == "v1"
    assert call(["rollback", link]) == 2
    assert call(["promote", link, str(runs / "none")]) == 2


@pytest.mark.parametrize(
    ("text", "a", "bound"),
    [
        ("ndcg@20 >= A - 1%", 0.5, 0.495),
        ("ndcg@20>=A", 0.5, 0.5),
        ("  ndcg@20 > A + 0.01 ", 0.5, 0.51),
        ("ndcg@20 <= A+10 %", 0.5, 0.55),
        ("ndcg@20 < A - 10%", -2.0, -2.2),
    ],
)
def test_conditions_by_hand(text: str, a: float, bound: float):
    condition = Condition.parse(text)
    assert condition.metric == "ndcg@20" and condition.bound(a) == pytest.approx(bound)
    up = condition.compare.startswith(">")
    for value, holds in ((bound + 0.001, up), (bound - 0.001, not up)):
        assert condition.holds({"ndcg@20": value}, {"ndcg@20": a}) == holds


def test_a_condition_of_what_is_not_measured():
    with pytest.raises(OptionError, match="doesn't measure 'ndcg@2'") as caught:
        Condition.parse("ndcg@2 >= A").check(["ndcg@20", "recall@20"])
    assert "ndcg@20" in caught.value.instead


@given(st.text(max_size=40) | st.from_regex(r"ndcg@20 ?(>=|==|<) ?A? ?[-+]? ?[0-9.e]*%?"))
def test_any_other_text_is_a_mistake(text: str):
    try:
        found = Condition.parse(text)
    except OptionError as error:
        assert "is no condition" in error.what
        return
    assert found.bound(1.0) == found.bound(1.0)  # a number


def test_a_link_may_move_while_its_artifact_is_read(runs: Path):
    """What is opened through it stays the version that it led to."""
    link = runs / "current"
    promote(link, runs / "v1")
    opened = recbox.load(link)
    promote(link, runs / "v2")
    assert opened.scorer.shape[0] == len(opened.dataset.user)
    assert opened.folder == runs / "v1"


def test_an_update_does_not_undo_what_was_promoted_meanwhile(runs: Path):
    link = runs / "current"
    promote(link, runs / "v1")
    was = promoting.leads_to(link)
    promote(link, runs / "v2")
    with pytest.raises(OptionError, match="leads to v2 by now"):
        promote(link, runs / "v3", was=(was,))
    assert os.readlink(link) == "v2"
    promote(link, runs / "v3", was=("v2",))
    assert os.readlink(link) == "v3"


def test_a_folder_that_is_not_there_is_a_mistake_before_anything_is_done(runs: Path):
    with pytest.raises(OptionError, match="no link can be made there"):
        promoting.checked(runs / "nowhere" / "current")
