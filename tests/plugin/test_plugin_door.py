"""The authors' door: what stands in it, how stable each name is, what it imports, how it is typed."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
import types
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

import recbox.plugin
from recbox.registry import ALL_KINDS, Options

LINE = re.compile(r"^Stability: stable for callers( and implementers)?\.$", re.MULTILINE)

AUTHOR = '''
"""A stranger's plugins, as strict as a type checker can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import (
    Context, DataError, Dataset, Layer, Model, Need, Negatives, Objective, Provides, Sample, Scorer, Source,
    Spec, Step, Tables, UserMetric, WorkedRanking, mistake,
)

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import torch
    from torch import nn

    from recbox.plugin import Graph


@final
class Hop(Layer):
    """A hop."""

    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"keep": 0.5},)
    keep: Annotated[float, Field(ge=0)] = 0.5
    """A share."""

    @property
    def linear(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from torch import nn

        from recbox.plugin import init

        keep = self.keep
        transform = init.linear(spec.width, spec.dim, spec.generator)

        class Module(nn.Module):
            def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
                items: slice = graph.layout.range("item")
                count: int = graph.nodes + graph.edges + graph.layout.offset("item")
                e: torch.Tensor = graph.edge_softmax(graph.sddmm(x, x))
                y: torch.Tensor = graph.spmm(x, e) + graph.propagate(x, "row") + graph.degree[:, None]
                assert count and items
                out: torch.Tensor = transform(keep * y)
                return out

        return Module()


@final
class Term(Objective):
    """A term."""

    @property
    def negatives(self) -> Negatives:
        return "many"

    def build(self, spec: Spec) -> nn.Module:
        from torch import nn

        class Module(nn.Module):
            def forward(self, step: Step) -> torch.Tensor:
                score: torch.Tensor = step.score(step.batch.user, step.batch.item)
                return score.mean() + step.embed().final.mean() + step.block(step.batch.user).mean()

        return Module()


@final
class Half(UserMetric):
    """Half."""

    worked: ClassVar[tuple[WorkedRanking, ...]] = (WorkedRanking("10", 1, 0.5),)

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        share: np.ndarray = hits.mean(axis=1)
        return share


@final
class Whole(Model):
    """A model."""

    def need(self, users: int, items: int, interactions: int) -> Need:
        return Need(memory=items, seconds=0.1)

    def fit(self, spec: Spec) -> Scorer:
        train: Dataset | None = spec.train
        assert train is not None
        raise DataError(f"{len(train.user)} users", instead=str(mistake("no", at="x")))

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        raise DataError("no")


@final
class Own(Source):
    """A source."""

    def provides(self, context: Context) -> Provides:
        return Provides(time=True)

    def read(self, context: Context) -> Tables:
        import polars as pl

        return Tables("own", pl.DataFrame({"user": [1], "item": [2]}), rows=1)

    @classmethod
    def sample(cls, folder: Path) -> Sample | None:
        return Sample(cls(), (("a", "b"),))


bad: int = Hop().keep
'''
"""Its last line is wrong: `keep` is a float."""


def documented(name: str) -> str:
    """The docstring of a name, or the text below it where it is a plain value."""
    value = getattr(recbox.plugin, name)
    if isinstance(value, type | types.FunctionType | types.ModuleType):
        return inspect.getdoc(value) if "__doc__" in vars(value) or not isinstance(value, type) else ""
    modules = (sys.modules.get(f"recbox.plugin.{name}") for name in (*ALL_KINDS, "newcomer"))
    for module in filter(None, modules):
        for first, second in pairwise(ast.parse(inspect.getsource(module)).body):
            if isinstance(first, ast.Assign) and ast.unparse(first.targets[0]) == name:
                return inspect.cleandoc(ast.literal_eval(second.value))
    return ""


@pytest.mark.parametrize("name", recbox.plugin.__all__)
def test_each_name_says_how_stable_it_is(name: str) -> None:
    text = documented(name)
    assert len(LINE.findall(text)) == 1, text
    assert len(text.splitlines()[0]) > 15


def test_implementers_are_promised_the_kinds_and_nothing_else() -> None:
    """What is abstract is there to be derived from, and what is not isn't."""
    promised = {n for n in recbox.plugin.__all__ if "implementers" in LINE.search(documented(n)).group()}
    abstract = {n for n in recbox.plugin.__all__ if inspect.isabstract(getattr(recbox.plugin, n))}
    assert promised == abstract | {"Options"}
    kinds = {getattr(recbox.plugin, n).kind for n in promised if n not in ("Scorer", "Track")} - {""}
    assert kinds == set(ALL_KINDS)


def test_the_names_are_sorted_and_all_there() -> None:
    names = recbox.plugin.__all__
    assert names == sorted(set(names))
    door = ast.parse(inspect.getsource(recbox.plugin))
    imported = {a.name for n in ast.walk(door) if isinstance(n, ast.ImportFrom) for a in n.names}
    assert imported - {"TYPE_CHECKING", "lazily"} == set(names)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Grap"):
        recbox.plugin.Grap  # noqa: B018


def test_importing_it_imports_nothing_heavy() -> None:
    code = (
        "import json, sys, recbox.plugin; from recbox.plugin import *; print(json.dumps(list(sys.modules)))"
    )
    light = code.replace(" from recbox.plugin import *;", "")
    done = subprocess.run([sys.executable, "-c", light], capture_output=True, text=True, check=True)
    assert {"torch", "dgl", "polars", "scipy", "numpy", "yaml"}.isdisjoint(json.loads(done.stdout))
    # A star brings all of them, the heavy ones included, and each resolves.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "torch" in json.loads(done.stdout)


def test_its_types_ship() -> None:
    assert (files("recbox") / "py.typed").is_file()


def test_every_public_method_is_documented() -> None:
    """An author reads what the abstract classes ask for, and what the objects that are handed over can do."""
    silent = []
    for name in recbox.plugin.__all__:
        cls = getattr(recbox.plugin, name)
        if isinstance(cls, type):
            own = {n: v for n, v in vars(cls).items() if not n.startswith(("_", "model_"))}
            callables = (types.FunctionType, property, classmethod)
            silent += [f"{name}.{n}" for n, v in own.items() if isinstance(v, callables) and not v.__doc__]
    assert silent == []


@pytest.mark.parametrize("torch", ["any", pytest.param("typed", marks=pytest.mark.soak)])
def test_a_strangers_file_is_checked_by_mypy(
    torch: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Strictly, with no plugin of mypy's, against the types as they ship. Torch's own take mypy a minute."""
    pytest.importorskip("mypy")
    file, config = tmp_path / "author.py", tmp_path / "mypy.ini"
    file.write_text(AUTHOR)
    heavy = "[mypy-torch.*,polars.*,numpy.*,scipy.*]\nfollow_imports = skip\n"
    config.write_text(
        f"[mypy]\nstrict = true\ndisallow_subclassing_any = {torch == 'typed'}\n"
        + (heavy if torch == "any" else "")
    )
    cache = request.config.cache.mkdir(f"mypy-{torch}")
    command = [sys.executable, "-m", "mypy", f"--config-file={config}", f"--cache-dir={cache}", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if " error: " in line]
    assert len(lines) == 1, done.stdout + done.stderr
    assert re.search(r'expression has type "float", variable has type "int"', lines[0])


def test_its_own_modules_are_what_it_gathers() -> None:
    """No public class of the package's own modules is left out of the door."""
    folder = Path(inspect.getfile(recbox.plugin)).parent
    left = []
    for file in sorted(folder.glob("[a-z]*.py")):
        module = importlib.import_module(f"recbox.plugin.{file.stem}")
        own = [n for n, v in vars(module).items() if isinstance(v, type) and v.__module__ == module.__name__]
        left += [n for n in own if not n.startswith("_") and n not in recbox.plugin.__all__]
    assert left == []
    assert issubclass(recbox.plugin.Layer, Options)
