"""The laws of all plugins, whatever their kind."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pydantic import ValidationError

from recbox.contract.case import Case
from recbox.contract.kinds import kind_of
from recbox.contract.law import broken, hold, law
from recbox.contract.silence import heard
from recbox.contract.snapshot import snapshot
from recbox.contract.streams import watched
from recbox.registry import RESERVED
from recbox.registry.card import describe

_BLOCKED = """
import importlib.abc, importlib.util, json, sys

class Blocked(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    tried = []

    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in ("torch", "dgl"):
            return importlib.util.spec_from_loader(name, self)

    def create_module(self, spec):
        self.tried.append(spec.name)
        raise ImportError(f"{spec.name} is imported at the top")

    def exec_module(self, module):
        pass

path, name, file = json.loads(sys.argv[1])
sys.path[:] = path
sys.meta_path.insert(0, Blocked())
if file:
    spec = importlib.util.spec_from_file_location(name, file)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
else:
    __import__(name)
if Blocked.tried:
    sys.exit(f"{Blocked.tried[0]} is imported at the top, where it is there")
"""


@law(
    once=True,
    instead="import torch and dgl inside the methods that need them, or under `if TYPE_CHECKING:`",
)
def imports_lightly(case: Case) -> None:
    """The plugin's module imports neither torch nor dgl when it is imported, and prints nothing."""
    name = case.cls.__module__
    file = inspect.getfile(case.cls) if name.startswith("recbox_code_") or name == "__main__" else ""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _BLOCKED, json.dumps([sys.path, name, file])],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    hold(done.returncode == 0, done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}")
    printed = done.stdout + done.stderr
    hold(not printed, f"it prints while it is imported: {printed[:200]!r}")


@law(instead="use types that JSON has, and let no validator change what it is given twice")
def options_round_trip(case: Case) -> None:
    """Options written as plain data and read again are the same options."""
    text = json.dumps(case.options.values(), allow_nan=False)
    again = case.cls.parse(json.loads(text))
    hold(again == case.options, f"{text} is read as {again.values()}")


@law(once=True, instead="write a docstring of one sentence, one below each option, and mark the class @final")
def documented(case: Case) -> None:
    """The class is final, its docstring's first line is a sentence, and each option has a docstring."""
    card = describe(case.cls)
    hold(bool(re.search(r"[.:]$", card["summary"])), f"the first line is {card['summary']!r}")
    bare = [field.name for field in card["fields"] if not field.help.strip()]
    hold(not bare, f"options without a docstring: {', '.join(bare)}")
    hold("__final__" in vars(case.cls), "the class isn't marked @final")


@law(instead="leave the model_config of Options as it is, or refuse in a validator what isn't known")
def unknown_options_are_refused(case: Case) -> None:
    """An unknown option is a mistake, no option has a reserved name, and none can be changed."""
    hold(not set(RESERVED) & set(case.cls.model_fields), f"these names are reserved: {', '.join(RESERVED)}")
    hold(bool(case.cls.model_config.get("frozen")), "options can be changed after they were read")
    try:
        case.cls.parse({**case.options.values(), "an_option_that_nobody_has": 1})
    except ValidationError:
        return
    broken("an_option_that_nobody_has=1 was accepted")


@law(instead="draw from what you are handed: spec.generator, step.generator, context.random(...)")
def same_seed_same_result(case: Case) -> None:
    """The same options, inputs and seed give the same result, bit for bit."""
    one, other = (_produce(case) for _ in range(2))
    hold(one.keys() == other.keys(), f"{sorted(one)}, then {sorted(other)}")
    for name in one:
        hold(snapshot(one[name]) == snapshot(other[name]), f"two runs differ in {name}")


@law(instead="never call torch.manual_seed, np.random.seed or random.seed, nor draw without a generator")
def global_streams_are_left_alone(case: Case) -> None:
    """No stream of random numbers that everybody shares is seeded or drawn from."""
    with watched() as moved:
        _produce(case)
        touched = moved()
    hold(not touched, f"moved: {', '.join(touched)}")


@law(instead="raise errors, tell progress through context.progress, and quiet what prints of itself")
def prints_nothing(case: Case) -> None:
    """Nothing is written to standard output or standard error, by the plugin or by a library that it uses."""
    with heard() as text:
        _produce(case)
        written = text()
    hold(not written, f"it writes {written[:200]!r}")


@law(instead="work on a copy; what you are handed is shared by all parts of the recommender")
def inputs_are_left_alone(case: Case) -> None:
    """What the plugin is handed (data, graph, vectors, files) is the same afterwards."""
    inputs = kind_of(case.kind).inputs(case, False)
    parts = [field.name for field in fields(inputs)]
    before = {name: snapshot(getattr(inputs, name)) for name in parts}
    kind_of(case.kind).produce(case, case.context, inputs)
    changed = [name for name in parts if snapshot(getattr(inputs, name)) != before[name]]
    hold(not changed, f"changed: {', '.join(changed)}")


def _produce(case: Case) -> Mapping[str, Any]:
    kind = kind_of(case.kind)
    return kind.produce(case, case.context, kind.inputs(case, False))


LAWS = (
    imports_lightly,
    documented,
    options_round_trip,
    unknown_options_are_refused,
    same_seed_same_result,
    global_streams_are_left_alone,
    prints_nothing,
    inputs_are_left_alone,
)
