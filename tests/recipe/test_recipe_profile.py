"""`data.profile`: what it may say, what its prompts may name, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import BASE, expect, read, read_text

from recbox.recipe import dump


def recipe(*entries: str, rest: str = "") -> str:
    listed = ", ".join(entries)
    return BASE.replace("{use: ratings}", f"{{use: ratings}}, profile: [{listed}]") + rest


ITEM = '{node: item, file: i.csv, prompt: "{genre}. What is it?", writer: echo}'
PAST = 'history: "{profile}", prompt: "Likes: {history}"'
USER = f"{{node: user, file: u.csv, {PAST}, writer: {{use: echo, loud: 2}}}}"
TRAITS = "encoder: {item: {use: traits, columns: [profile]}}\n"

CASES = [
    (recipe("§{file: i.csv}"), "`node`"),
    (recipe("{node: §film, file: i.csv}"), "user"),
    (recipe("{node: item, §file: i.txt}"), "is no CSV file / file: profiles.csv"),
    (recipe('{node: item, file: i.csv, column: §"a b"}'), "column"),
    (
        recipe("{node: item, file: i.csv, prompt: §'{genre}'}"),
        "there is none / writer: {use: NAME}",
    ),
    (recipe("{node: item, file: i.csv, writer: §echo}"), "it says what the writer is asked / prompt:"),
    (recipe("{node: item, file: i.csv, writer: §ecko, prompt: '{genre}'}"), "no writer 'ecko'"),
    (
        recipe("{node: item, file: i.csv, writer: {use: echo, §lod: 2}, prompt: '{genre}'}"),
        "no option 'lod' / did you mean 'loud'?",
    ),
    (recipe("{node: item, file: i.csv, writer: echo, §prompt: '{genre:9}'}"), "can't be read"),
    (recipe("{node: item, file: i.csv, writer: echo, §prompt: 'who?'}"), "names no column"),
    (
        recipe("{node: item, file: i.csv, writer: echo, prompt: §'{gener}'}"),
        "no column 'gener' for items / did you mean 'genre'?",
    ),
    (
        recipe("{node: user, file: i.csv, writer: echo, prompt: §'{history}'}"),
        "what the node has interacted with / history:",
    ),
    (
        recipe("{node: user, file: i.csv, writer: echo, §prompt: '{age}', history: '{genre}'}"),
        "no place for the history / `{history}` in it",
    ),
    (
        recipe("{node: user, file: i.csv, writer: echo, prompt: '{history}', history: §'{age}'}"),
        "no column 'age' for items",
    ),
    (recipe("{node: item, file: i.csv, column: §genre}"), "a column 'genre' of items already"),
    (recipe("{node: item, file: i.csv}", "{node: item, column: note, file: §i.csv}"), "a file for each"),
    (
        recipe("{node: item, file: i.csv}", "{node: item, column: §profile, file: j.csv}"),
        "'profile' of items",
    ),
    (
        recipe('{node: user, file: u.csv, history: §"{profile}", prompt: "{history}", writer: echo}', ITEM),
        "no column 'profile' for items",
    ),
    (recipe("{node: item, file: i.csv, writer: echo, §prompt: ''}"), "it names no column"),
    (recipe("{node: user, file: i.csv, writer: echo, prompt: '{history}', §history: ''}"), "names no column"),
    (recipe("{node: item, file: i.csv}", "{node: user, file: §./i.csv}"), "the items' profile already"),
    (
        recipe(
            "{node: item, file: i.csv, last: §no}",
            rest="encoder: {item: {use: traits, columns: [profile]}}\n",
        ),
        "last",
    ),
    (recipe("§hello"), "a profile is a mapping"),
    (BASE.replace("{use: ratings}", "{use: ratings}, profile: §hello"), "`profile` is a list"),
]


@pytest.mark.parametrize(("text", "said"), CASES)
def test_mistakes(tmp_path: Path, text: str, said: str) -> None:
    expect(tmp_path, text, said)


def test_columns_of_profiles_are_columns(tmp_path: Path) -> None:
    """A part may name one, and a prompt those before it."""
    found = read_text(tmp_path, recipe(ITEM, USER, rest=TRAITS)).data.profile
    assert [p.label for p in found] == ["item.profile", "user.profile"]
    assert [p.writer.options.loud for p in found if p.writer] == [1, 2]
    expect(tmp_path, recipe(USER.replace("{profile}", "{genre}"), rest=TRAITS.replace("profile", "§profile")),
           "no column 'profile' for items")  # fmt: skip


def test_it_is_written_out_and_reads_back(tmp_path: Path) -> None:
    """A writer is among the parts; a recipe without profiles is written as it always was."""
    one = read_text(tmp_path, recipe(ITEM, USER, "{node: user, column: note, file: n.csv}"))
    again = read(one.resolved)
    assert again.data.profile == one.data.profile
    assert [part.name for part in one.parts() if part.kind == "writer"] == ["echo", "echo"]
    assert one.resolved["data"]["profile"][2] == {"node": "user", "column": "note", "file": "n.csv"}
    assert "profile" not in dump(read_text(tmp_path, BASE).resolved)


def test_the_model_of_a_writer_can_be_set(tmp_path: Path) -> None:
    found = read_text(tmp_path, recipe(ITEM), sets=["data.profile.0.writer={use: echo, loud: 5}"])
    (one,) = found.data.profile
    assert one.writer is not None
    assert one.writer.options.values()["loud"] == 5
