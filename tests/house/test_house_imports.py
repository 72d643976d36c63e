"""Nothing heavy is imported before it is needed. Each case is a fresh interpreter."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import Any

import pytest

HEAVY = ("torch", "dgl", "polars", "scipy", "pandas", "transformers")
SLACK = 1.5
"""Machines differ; `recbox bench startup` measures without it."""

PROBE = """
import importlib, json, sys
found = {}
for module in json.loads(sys.argv[1]):
    importlib.import_module(module)
    for heavy in json.loads(sys.argv[2]):
        if heavy in sys.modules:
            found.setdefault(heavy, module)
print(json.dumps(found))
"""

CALL = """
import json, sys
from recbox.cli.front import call
code = call(json.loads(sys.argv[1]))
sys.stdout.flush()
print("\\n" + json.dumps([code, [m for m in json.loads(sys.argv[2]) if m in sys.modules]]))
"""


def python(code: str, *args: Any) -> Any:
    command = [sys.executable, "-c", code, *(json.dumps(a) for a in args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_the_front_doors_are_light() -> None:
    modules = ["recbox", "recbox.errors", "recbox.context", "recbox.registry", "recbox.plugin", "recbox.data"]
    assert python(PROBE, modules, HEAVY) == {}


def test_the_recipe_room_is_light() -> None:
    assert python(PROBE, ["recbox.recipe", "recbox.api"], HEAVY) == {}


def test_every_plugin_module_is_light(entries: tuple[Any, ...]) -> None:
    modules = sorted({e.module for e in entries if e.module.startswith("recbox.")})
    assert python(PROBE, modules, HEAVY) == {}


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["run", "--help"], ["recommend", "--help"], ["nonsense"]]
)
def test_help_imports_nothing_but_click(args: list[str]) -> None:
    code, found = python(CALL, args, [*HEAVY, "numpy", "pydantic", "rich", "yaml", "jinja2"])
    assert code == (2 if args == ["nonsense"] else 0)
    assert found == []


@pytest.mark.parametrize("recipe", ["movielens_gcn", "movielens_ease"])
def test_check_imports_no_torch(recipe: str) -> None:
    assert python(CALL, ["check", recipe], ["torch", "dgl"]) == [0, []]


def test_listing_plugins_imports_no_torch() -> None:
    assert python(CALL, ["plugins", "list"], HEAVY) == [0, []]


@pytest.mark.parametrize(("args", "budget"), [(["--help"], 0.15), (["check", "movielens_gcn"], 0.7)])
def test_start_up_keeps_its_budget(args: list[str], budget: float) -> None:
    """Seconds of processor time, best of three, so that a busy machine doesn't fail it."""
    command = [sys.executable, "-m", "recbox", *args]
    taken = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=60, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(taken) <= budget * SLACK
