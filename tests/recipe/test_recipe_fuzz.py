"""Whatever the bytes: a recipe or mistakes with their places, quickly, and never anything else."""

from __future__ import annotations

import json
import random
import time
from functools import cache
from pathlib import Path

import pytest
import yaml
from recipe_kit import BASE, place, read, read_text
from recipe_mutate import mutate, same

from recbox.errors import Mistake, RecipeError
from recbox.recipe import Recipe, dump, shipped
from recbox.recipe.decoding import decode
from recbox.recipe.parsing import parse
from recbox.recipe.place import WIDTH, Findings, shown

RICH = """recbox: 1
name: rich
data:
  source:
    use: files
    interaction: [{path: a.csv, columns: {user: u, item: 2}, keep: [{name: t, role: title}]}]
  clean: {duplicate: sum, bad: skip, threshold: 3.5}
encoder:
  item: {fuse: concat, part: [{use: id}, {use: own}]}
  user: {fuse: concat, part: [{use: id}, {use: id}]}
layer: [{use: hop, wide: 5}, {use: gcn, repeat: 2}]
combine: concat
head: {use: deep, hidden: [8, 4]}
train: {optimizer: {by: sgd, lr: 1e-3, momentum: 0.9}, negative: {by: hard, count: 2, pool: 9}}
objective: [{use: list-loss, weight: 0.5}, {use: l2, weight: 1e-4}]
evaluate: {k: [5, 10], metric: [recall, {use: gain, base: 3}, coverage], select: gain@5, baseline: [ease]}
"""
SOUGHT = """recbox: 1
data: {source: {use: ratings}}
layer: [{use: gcn, residual: true}]
search:
  dim: [8, 16]
  layer.0.use: [gcn, lightgcn]
  train.optimizer.lr: {by: log, low: 1e-4, high: 1e-2}
  train.clip: {by: linear, low: 1.5, high: 3.5, step: 0.5}
"""
TEXTS = [BASE, RICH, "recbox: 1\ndata: {source: {use: ratings}}\nmodel: {use: counts, shrink: 2}\n", SOUGHT]


@cache
def recipes() -> list[tuple[str, Recipe]]:
    """Real recipes: those that ship, and those above; as text, and as read."""
    given = [yaml.safe_load(text.replace("1e-", "1.0e-")) for text in TEXTS]
    found = [read(data) for data in given] + [read(name) for name in shipped()]
    return [
        (text, recipe)
        for text, recipe in zip([*TEXTS, *(dump(r.resolved) for r in found[len(TEXTS) :])], found)
    ]


def attempt(folder: Path, data: bytes) -> tuple[Recipe | None, tuple[Mistake, ...]]:
    start = time.process_time()
    try:
        outcome = read_text(folder, data), ()
    except RecipeError as error:
        outcome = None, error.mistakes
    assert time.process_time() - start < 1
    return outcome


def lines_of(data: bytes) -> list[str]:
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def check_places(data: bytes, mistakes: tuple[Mistake, ...]) -> None:
    """Each mistake has a line of the file, a column in it, and shows that line around the caret."""
    lines = lines_of(data)
    for mistake in mistakes:
        line, column = place(mistake)
        assert 1 <= line <= len(lines), mistake
        assert 1 <= column <= len(lines[line - 1]) + 1, mistake
        assert "\n" not in mistake.line and len(mistake.line) <= WIDTH
        if "UTF-8" not in mistake.what:
            assert mistake.line in shown(lines[line - 1])
        assert all(c.isprintable() or c == "\n" for c in mistake.where + mistake.line)


def reached(data: bytes) -> bool:
    """Whether the bytes are YAML, so that fields were looked at."""
    findings = Findings()
    text = decode(data, "r", Path(), findings)
    tree = parse(*text, findings) if text else None
    return tree is not None and isinstance(tree.value, dict)


def fuzz(folder: Path, count: int, seed: int) -> None:
    rng = random.Random(seed)
    deep = 0
    for _ in range(count):
        text, recipe = rng.choice(recipes())
        data = mutate(text, json.dumps(recipe.resolved), rng)
        read_back, mistakes = attempt(folder, data)
        assert (read_back is None) == bool(mistakes), data
        check_places(data, mistakes)
        deep += reached(data)
        if read_back is not None:
            assert read(read_back.resolved) == read_back
    assert deep >= 0.4 * count


def test_hostile_recipes(tmp_path: Path) -> None:
    fuzz(tmp_path, 100, seed=0)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_hostile_recipes(tmp_path: Path) -> None:
    fuzz(tmp_path, 5000, seed=1)


def harmless(folder: Path, count: int, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(count):
        _, recipe = rng.choice(recipes())
        text = same(recipe.resolved, dump, rng)
        assert read_text(folder, text) == recipe, text


def test_harmless_changes_change_nothing(tmp_path: Path) -> None:
    harmless(tmp_path, 40, seed=0)


@pytest.mark.soak
def test_many_harmless_changes(tmp_path: Path) -> None:
    harmless(tmp_path, 1000, seed=1)


def scalars(node: yaml.Node) -> list[yaml.ScalarNode]:
    """The values of a text with the marks of PyYAML's own composer."""
    if isinstance(node, yaml.MappingNode):
        return [s for _, value in node.value for s in scalars(value)]
    if isinstance(node, yaml.SequenceNode):
        return [s for value in node.value for s in scalars(value)]
    return [node]


@pytest.mark.parametrize("index", range(3))
def test_a_value_of_the_wrong_type_is_found_where_another_parser_sees_it(tmp_path: Path, index: int) -> None:
    text = recipes()[index][0]
    for node in scalars(yaml.compose(text, Loader=yaml.SafeLoader)):
        start, end = node.start_mark, node.end_mark
        data = (text[: start.index] + "{zz: 1}" + text[end.index :]).encode()
        _, mistakes = attempt(tmp_path, data)
        expected = [(start.line + 1, start.column + 1), (start.line + 1, start.column + 2)]
        assert any(place(m) in expected for m in mistakes), (node.value, mistakes)
