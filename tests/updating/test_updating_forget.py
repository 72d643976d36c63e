"""Nothing names who was forgotten, in the new version and in stores; older versions are listed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from updating_shop import SINCE

import recbox
from recbox.api.load import Fitted
from recbox.api.updating import Asked
from recbox.errors import OptionError, UnsupportedError
from recbox.store import Event, Store
from recbox.updating.promoting import leads_to, promote
from recbox.updating.proof import proof
from recbox.updating.tracing import in_text

Of = Callable[[str], Fitted]


def keep_store(path: Path) -> Path:
    """What a server keeps: the shop's events since, and what was said of the new item and user."""
    rows = [Event(r["Customer"], str(r["item"]), r["when"], r["stars"]) for r in SINCE.iter_rows(named=True)]
    with Store(path) as store:
        store.append([rows])
        store.put_items([("500", {"name": "thing 500", "price": 250, "kind": ["pot"]}, True)])
        store.put_users([("stranger", {"age": 40, "town": "B"})])
    return path


@pytest.mark.parametrize("name", ["featured", "ease"])
def test_no_file_names_the_user(fitted: Of, name: str):
    """Looked for once more, by other means than the command's own."""
    before = fitted(name)
    assert proof(before.artifact, ["person-07"]).found == ("node/user.parquet", "per-user.parquet")
    found = before.updated(Asked(forget=("person-07",), fit=False))
    assert found.proof is not None and not found.proof.found
    for path in found.folder.rglob("*"):
        assert not path.is_file() or b"person-07" not in path.read_bytes()
    for table in ("node/user.parquet", "per-user.parquet"):
        frame = pl.read_parquet(found.folder / table)
        assert "person-07" not in frame.to_series().to_list() and frame.height == 29
    after = recbox.load(found.folder)
    assert after.metrics["updated"]["count"]["forgotten_users"] == 1
    assert "were trained with" in found.remembers or "was fitted with" in found.remembers
    assert "Users were forgotten in it" in (found.folder / "README.md").read_text()
    if name == "featured":  # nobody else lives where person 7 does
        assert "Nowhere" not in after.dataset.user.table["town"].to_list()


def test_a_trace_that_is_left_is_found(fitted: Of):
    """The recipe's text is the user's own: it may name somebody."""
    artifact = fitted("lightgcn").update(forget="person-07").artifact
    assert "recipe.yaml" in proof(artifact, ["events.csv"]).found
    assert proof(artifact, ["nobody-at-all"]).found == ()


def test_numbers_are_no_trace_where_they_count_something(fitted: Of):
    assert not in_text('{"users": 12, "12.5": 1}', ["12"], "metrics.json")
    assert in_text('{"users": ["12"]}', ["12"], "metrics.json")
    assert in_text('{"who": "a&amp;b"}', ["a&b"], "report.html")


def test_a_store_is_read_and_cleared(fitted: Of, tmp_path):
    before = fitted("featured")
    path = keep_store(tmp_path / "shop.db")
    after = before.update(path)
    item = after.dataset.item.table.row(-1, named=True)
    assert item == {"id": 500, "name": "thing 500", "price": 250.0, "kind": ["pot"]}
    assert after.dataset.user.table.row(-1, named=True) == {"id": "stranger", "age": 40.0, "town": "B"}
    assert after.dataset.fingerprint == before.update(SINCE).dataset.fingerprint
    kept = after.updated(Asked(events=path, forget=("stranger",)))
    assert kept.counts["forgotten"] == 3
    assert any("--events" in said for said in kept.notes)
    cleared = after.updated(Asked(forget=("stranger",), stores=(path,)))
    assert cleared.stores == {str(path): 3}
    with Store(path) as store:
        assert store.count(["stranger"]) == 0 and store.count(["person-03"]) == 2
    for file in tmp_path.glob("shop.db*"):
        assert b"stranger" not in file.read_bytes()


def test_versions_beside_it_are_listed_and_removed_when_asked(fitted: Of, tmp_path):
    first = fitted("lightgcn")
    second = first.update(SINCE)
    (tmp_path / ".lightgcn.checkpoint").mkdir()
    shutil.copytree(first.folder, tmp_path / "another")
    (tmp_path / "current").symlink_to("lightgcn")
    found = second.updated(Asked(forget=("person-07",)))
    left = {each.path.name: each.held for each in found.left}
    assert left == {".lightgcn.checkpoint": "", "another": "", "lightgcn": "current", "lightgcn-2": ""}
    purged = second.updated(Asked(forget=("person-07",), purge=True))
    assert [each.path.name for each in purged.left] == ["lightgcn"]  # what a server may be using stays
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["current", "lightgcn", "lightgcn-3", "lightgcn-4"]


def test_what_was_cut_off_is_done_by_the_same_command(fitted: Of):
    """The new version is there, and the older one that names them, too."""
    first = fitted("popularity")
    second = first.update(forget="person-07")
    with pytest.raises(OptionError, match="there is no user 'person-99'"):
        second.updated(Asked(forget=("person-99",), purge=True))
    found = second.updated(Asked(forget=("person-07",), purge=True))
    assert [each.path for each in found.removed] == [first.folder]
    assert recbox.load(found.folder).dataset.fingerprint == second.dataset.fingerprint


def test_what_is_in_use_stays_until_its_link_leads_elsewhere(fitted: Of, tmp_path):
    """The link lies in a folder of its own, and new versions go into a third."""
    first, link = fitted("popularity"), tmp_path / "served" / "current"
    for name in ("served", "new"):
        (tmp_path / name).mkdir()
    promote(link, first.folder)
    asked = Asked(forget=("person-03",), purge=True, out=tmp_path / "new" / "x")
    kept = first.updated(replace(asked, links=(link,)))
    assert [(each.path, each.held) for each in kept.left] == [(first.folder, "current")]
    done = first.updated(replace(asked, out=tmp_path / "new" / "y", link=link, was=leads_to(link)))
    assert link.resolve() == done.folder and done.left == () and not first.folder.exists()


def test_another_recipe_with_a_like_name_is_left_alone(fitted: Of, tmp_path):
    model = fitted("popularity")
    other = fitted("lightgcn").folder.rename(tmp_path / "popularity-64")
    (tmp_path / ".popularity-64.checkpoint").mkdir()
    found = model.updated(Asked(forget=("person-07",), purge=True))
    assert other.exists() and (tmp_path / ".popularity-64.checkpoint").exists()
    assert [each.path.name for each in found.removed] == ["popularity"]


def test_who_is_not_there_is_a_mistake(fitted: Of, tmp_path):
    model = fitted("lightgcn")
    with pytest.raises(OptionError, match="there is no user 'person-99'"):
        model.update(forget="person-99")
    path = keep_store(tmp_path / "shop.db")
    found = model.updated(Asked(forget=("stranger",), stores=(path,)))  # known to the store alone
    assert found.stores == {str(path): 3}
    with pytest.raises(OptionError, match="--purge-old goes with"):
        model.updated(Asked(events=SINCE, purge=True))


def test_an_encoder_that_can_not_forget_says_so(fitted: Of, monkeypatch):
    """A table that doesn't say whose its rows are, and has a row more than there are users."""
    from recbox.encoder._table import Table

    model = fitted("lightgcn")
    monkeypatch.setattr(Table, "adopt", lambda self, old, rows: False)
    with pytest.raises(UnsupportedError, match="can't forget") as caught:
        model.update(forget="person-07")
    assert "recbox run" in caught.value.instead
    assert not (model.folder.parent / "lightgcn-2").exists()
