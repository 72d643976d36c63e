"""From bytes to values with places: what is refused, where, and that the rest is read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from recipe_kit import BASE, expect, mistakes, place, read, read_text

from recbox.errors import RecipeError
from recbox.recipe import parsing


def test_the_least_recipe(tmp_path: Path) -> None:
    assert read_text(tmp_path, BASE).name == "r"


@pytest.mark.parametrize(
    "change",
    [
        lambda t: "\ufeff" + t,
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace("\n", "\r"),
        lambda t: "# a comment: with [brackets\n\n" + t.replace("\n", "  # more\n"),
        lambda t: "---\n" + t + "...\n",
        lambda t: "%YAML 1.1\n---\n" + t,
        lambda t: "".join(reversed(t.splitlines(keepends=True))),
        lambda t: t.replace("recbox: 1", "'recbox': 1").replace("ratings", '"ratings"'),
        lambda t: t.replace("recbox: 1", "? recbox\n: 1"),
        lambda t: t.replace("data: {source: {use: ratings}}", "data:\n  source:\n    use: ratings"),
    ],
)
def test_another_way_to_write_it_is_the_same_recipe(tmp_path: Path, change) -> None:
    assert read_text(tmp_path, change(BASE)) == read_text(tmp_path, BASE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BASE + "seed: 1\n§seed: 2\n", "`seed` stands twice: the first is at"),
        (BASE + "head: {use: deep, hidden: [1], §hidden: [2]}\n", "`hidden` stands twice"),
        (BASE + "dim: §&a 8\n", "anchors are not read"),
        (BASE + "dim: §*a\n", "aliases are not read"),
        (BASE + "dim: §!!int 8\n", "tags such as"),
        (BASE + "head: §!!python/object:os.system {use: deep}\n", "tags such as"),
        (BASE + "head: {§<<: {use: deep}, use: deep}\n", "merge keys"),
        (BASE + "dim: §.inf\n", ".inf is no number"),
        (BASE + "dim: §" + "9" * 5000 + "\n", "a number of 5000 characters"),
        (BASE + "head:\n§\tuse: dot\n", "tab"),
        (BASE + "dim: §\u202e64\n", "must be a whole number"),
        (BASE + "na\u200bme: x\n", ""),
        (BASE + "x: §\x00\n", "U+0000"),
        (BASE + "x: a§\x1bb\n", "U+001B"),
        (BASE + "name: a§\u2028b\n", "U+2028"),
        (BASE + "§? [a]\n: b\n", ""),
        (BASE + "---\nname: x\n", ""),
        (BASE + "name: a§: b\n", "put the value in quotes"),
        (BASE + "name: §@b\n", "put the value in quotes"),
        (BASE + 'name: §"\\0"\n', "U+0000"),
        ("§- 1\n", "a recipe is a mapping, not a list"),
        ("§text\n", "a recipe is a mapping, not the text"),
        ("§", "the recipe is empty"),
        ("§# nothing\n", "the recipe is empty"),
    ],
)
def test_what_is_refused_is_shown_in_its_place(tmp_path: Path, text: str, said: str) -> None:
    if said:
        expect(tmp_path, text, said)
    else:
        found = mistakes(tmp_path, text.replace("§", ""))
        assert len(found) == 1
        assert place(found[0])[0] == 4


@pytest.mark.parametrize(
    ("data", "where", "said"),
    [
        (b"recbox: 1\nname: \xff\n", (2, 7), "byte 0xff is not UTF-8"),
        (b"name: \xc3\xa9\xc3\n", (1, 8), "byte 0xc3"),
        ("recbox: 1".encode("utf-16"), (1, 1), "UTF-16"),
        (b"#" * (1 << 20) + b"#", (1, 1), "larger than 1 MiB"),
        (b"[" * 5000, (1, 1001), "nested more than 48 deep"),
        (b"[" * 200, (1, 49), "nested more than 48 deep"),
        (b"- " * 5000, (1, 97), "nested more than 48 deep"),
        (b"{a: " * 5000, (1, 193), "nested more than 48 deep"),
        (b"x: [" + b"1," * 30_000 + b"1]", (1, 39_999), "more than 20000 values"),
        (b"? " * 5000, (1, 3), "a name of a mapping must be a word"),
        (b"a" * 300 + b": 1", (1, 1), "a name of 300 characters"),
    ],
)
def test_bounds(tmp_path: Path, data: bytes, where: tuple[int, int], said: str) -> None:
    (found,) = mistakes(tmp_path, data)
    assert said in found.what
    assert place(found) == where


def test_an_alias_bomb_stays_small(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi"))
    assert all(
        "are not read" in m.what or "no option" in m.what or "missing" in m.what or "nothing to" in m.what
        for m in mistakes(tmp_path, bomb)
    )


def test_a_flood_is_cut_off(tmp_path: Path) -> None:
    found = mistakes(tmp_path, BASE + "".join(f"x{i}: 1\n" for i in range(5_000)))
    assert len(found) == 101
    assert found[-1].what == "and 4900 more mistakes from here on"


def test_the_caret_stands_under_wide_characters(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, BASE + 'head: {use: dot, 電影: 1}\nname: "電": 1\n') or (None,)
    assert found.where.endswith(":5:10")
    assert found.column == 1 + len('name: "') + 2 + 1


def test_a_long_line_is_cut_around_the_caret(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, BASE.replace("ratings}", "ratings, " + " " * 5000 + "x: 1}"))
    assert len(found.line) <= 160
    assert found.line[found.column - 1 :].startswith("x: 1")


def test_escapes_do_not_reach_the_terminal(tmp_path: Path) -> None:
    found = mistakes(tmp_path, BASE + '"\\e[31mred\\a": 1\nname: "\\e]0;x\\a"\n')
    assert len(found) == 2
    assert all(c.isprintable() or c == "\n" for m in found for c in str(m))


def test_the_python_parser_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = BASE + "dim: x\nhead: {use: dot,\n  a: [1, {b: &c 2}]}\nseed:\n  - 1\n"
    ours = [(place(m), m.what) for m in mistakes(tmp_path, text)]
    monkeypatch.setattr(parsing, "Loader", yaml.SafeLoader)
    assert [(place(m), m.what) for m in mistakes(tmp_path, text)] == ours


@pytest.mark.parametrize(
    "where", ["none.yaml", "", ".", "/", "a\0b", "x" * 5000, "/dev/null", "~nobody-here/x"]
)
def test_a_file_that_is_none(where: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read(where)
    assert len(caught.value.mistakes) == 1
