"""What a page tells to type into a shell works, from its first line to its last, and prints what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs_kit import PAGES, Block, blocks, name
from docs_shell import Command, Shell, commands, environ, put, with_method

TYPED = [page for page in PAGES if any(block.shell for block in blocks(page))]


@pytest.mark.timeout(900)  # a minute on two free cores
@pytest.mark.parametrize("page", TYPED, ids=name)
def test_a_page_can_be_typed_from_top_to_bottom(page: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with Shell(work, environ(tmp_path)) as shell:
        for block in blocks(page):
            put(block, work)
            for command in commands(block) if block.shell else ():
                code, said = shell(command.line)
                assert code == command.code, f"{block.where}: {command.line}\n{said}"
                assert command.prints(said), f"{block.where}: {command.line}\n{said}"


def test_the_shell_goes_on_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    with Shell(tmp_path, {"PATH": "/usr/bin:/bin"}) as shell:
        assert shell("cd inner; own=3") == (0, "\n")
        assert shell("basename $PWD; cat") == (0, "inner\n\n")
        assert shell("(exit $own)")[0] == 3
        with pytest.raises(AssertionError, match="ended the shell"):
            shell("exit")


def test_what_a_command_prints_is_read_from_its_block() -> None:
    first, second = commands(Block("p:1", "console", "$ a -b\n$ c\none ... two\n  three\n"))
    assert (first, first.code, first.prints("")) == (Command("a -b", ""), 0, True)
    assert second.prints("zero\none 1 and\n2 two  \n  three\nfour\n")
    assert not second.prints("one two\n  three\n")
    assert Command("c", "recbox: no\n").code == 2


def test_a_method_takes_the_place_of_the_one_of_its_name() -> None:
    code = "class A:\n    @property\n    def f(self):\n        return 1\n\n    def g(self):\n        pass\n"
    new = "@property\ndef f(self):\n    return 3\n"
    assert with_method(code, new) == code.replace("return 1", "return 3")
    with pytest.raises(ValueError):
        with_method(code, "def h(self):\n    return 3\n")
