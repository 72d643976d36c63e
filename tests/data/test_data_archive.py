"""Zip archives that mean harm: nothing outside the folder, nothing past the limit."""

from __future__ import annotations

import zipfile

import pytest

from recbox.data.archive import extract
from recbox.data.find import cache_dir, find, resolve, search_path
from recbox.errors import DataError


def archive(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_only_what_is_asked_for_is_taken(tmp_path):
    file = archive(tmp_path / "a.zip", {"set/u.data": b"1\t2", "../evil": b"x", "/etc/evil": b"x"})
    extract(file, {"set/u.data": "u.data"}, tmp_path / "out", 100)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["u.data"]
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "..\\x", ""])
def test_a_name_that_leads_out_is_refused(tmp_path, name):
    file = archive(tmp_path / "a.zip", {"m": b"x"})
    with pytest.raises(DataError, match="not a name"):
        extract(file, {"m": name}, tmp_path / "out", 100)


def test_a_bomb_is_stopped_at_the_limit(tmp_path):
    file = archive(tmp_path / "a.zip", {"m": bytes(10_000_000)})
    with pytest.raises(DataError, match="more than is allowed"):
        extract(file, {"m": "m"}, tmp_path / "out", 1_000_000)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_link_is_refused(tmp_path):
    info = zipfile.ZipInfo("m")
    info.external_attr = 0o120777 << 16
    file = archive(tmp_path / "a.zip", {info: b"/etc/passwd"})
    with pytest.raises(DataError, match="not a regular file"):
        extract(file, {"m": "m"}, tmp_path / "out", 100)


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-30], lambda b: b[:40] + b"\0" * 20 + b[60:], lambda b: b"no zip"]
)
def test_a_damaged_archive_is_a_clear_error(tmp_path, damage):
    file = archive(tmp_path / "a.zip", {"m": b"some text that is long enough to be damaged" * 9})
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(DataError):
        extract(file, {"m": "m"}, tmp_path / "out", 10_000)
    assert not (tmp_path / "out" / "m").exists()


def test_a_missing_member_is_named(tmp_path):
    with pytest.raises(DataError, match="has no m"):
        extract(archive(tmp_path / "a.zip", {}), {"m": "m"}, tmp_path / "out", 9)


def test_folders_are_searched_in_order(tmp_path, monkeypatch):
    monkeypatch.setenv("RECBOX_DATA", str(tmp_path / "named"))
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    explicit = tmp_path / "explicit"
    assert search_path([explicit]) == (explicit, tmp_path / "named", tmp_path / "cache")
    assert search_path(search_path([explicit])) == search_path([explicit])
    assert not (tmp_path / "cache").exists()


def test_a_home_that_cannot_be_written_gives_a_temporary_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("RECBOX_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir().is_relative_to(tmp_path)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "file"))  # root may write everywhere, but not below a file
    assert not cache_dir().is_relative_to(tmp_path / "file")


def test_find_wants_every_file(tmp_path):
    for name in ("one/a", "two/a", "two/b"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    folders = [tmp_path / "none", tmp_path / "one", tmp_path / "two"]
    assert find(["a", "b"], folders) == tmp_path / "two"
    assert find(["c"], folders) is None
    assert resolve("b", tmp_path / "one", folders) == tmp_path / "two" / "b"
    assert resolve("nul\0", tmp_path, folders) is None
