"""`--code FILE`: plugins of one file, on the command line only."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from registry_kit import LAYER, Install

from recbox.errors import PluginError
from recbox.registry import Registry


def write(folder: Path, source: str, name: str = "mine.py") -> Path:
    path = folder / name
    path.write_text(source)
    return path


def test_a_file_brings_its_plugins(tmp_path: Path) -> None:
    path = write(tmp_path, LAYER.replace("class Hop", "class MyOwnHop"))
    registry = Registry([path])
    assert registry.load("layer", "my-own-hop").__name__ == "MyOwnHop"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert registry.code[0].sha256 == digest
    assert registry.distribution("layer", "my-own-hop") == ("mine.py", digest[:12])


def test_another_registry_does_not_see_it(tmp_path: Path) -> None:
    Registry([write(tmp_path, LAYER)])
    assert "hop" not in Registry().names("layer")


def test_a_class_variable_names_it(tmp_path: Path) -> None:
    source = "from typing import ClassVar\n" + LAYER.replace(
        "    width_factor", '    name: ClassVar[str] = "jump"\n    width_factor'
    )
    assert "jump" in Registry([write(tmp_path, source)]).names("layer")


def test_a_base_of_its_own_is_no_plugin(tmp_path: Path) -> None:
    source = LAYER.replace("class Hop", "class _Base") + "\n\nclass Far(_Base):\n    pass\n"
    names = Registry([write(tmp_path, source)]).names("layer")
    assert "far" in names
    assert not any("base" in name for name in names)


def test_a_clash_with_an_installed_name_is_resolved_by_the_file(tmp_path: Path, install: Install) -> None:
    registry = Registry([write(tmp_path, LAYER.replace("class Hop", "class Gcn"))])
    with pytest.raises(PluginError, match=r"mine\.py, recbox-graph"):
        registry.load("layer", "gcn")
    assert registry.load("layer", "mine.py:gcn").__name__ == "Gcn"


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("x = 1\n", "", "defines no plugin"),
        ("x = 1\n\nraise SystemExit('bye')\n", ":3", "SystemExit: bye"),
        ("x = 1\ndef f(:\n", ":2", "SyntaxError"),
        ("x = 1\n\n\nimport a_package_that_is_not_there\n", ":4", "ModuleNotFoundError"),
        (LAYER.replace("width_factor: int = 2", "width_factor = 2"), "", "width_factor"),
    ],
)
def test_a_file_that_fails_says_where(tmp_path: Path, source: str, line: str, said: str) -> None:
    with pytest.raises(PluginError, match=said) as caught:
        Registry([write(tmp_path, source)])
    assert caught.value.where.startswith(f"{tmp_path / 'mine.py'}{line}")


@pytest.mark.parametrize(
    ("source", "instead"),
    [
        ("x = 1\ndef f(:\n", "mend mine.py"),
        ("x = 1\n1 / 0\n", "mend mine.py"),
        ("\nimport not_there.at_all\n", "install what brings the module 'not_there', or mend mine.py"),
    ],
)
def test_a_relative_path_has_its_line_and_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, instead: str
) -> None:
    write(tmp_path, source)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PluginError) as caught:
        Registry([Path("mine.py")])
    assert (caught.value.where, caught.value.instead) == ("mine.py:2", instead)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="No such file"):
        Registry([tmp_path / "none.py"])
    with pytest.raises(PluginError, match="a code file's name ends in"):
        Registry([write(tmp_path, LAYER, "mine.txt")])
