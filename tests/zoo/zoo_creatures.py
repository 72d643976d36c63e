"""Plugins that misbehave, each in a distribution of its own: its code, and what recbox says of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

LAYER = """
from recbox.plugin import Layer


class Creature(Layer):
    "A hop that goes wrong."

    def build(self, spec):
        import torch

        class Module(torch.nn.Module):
            def forward(self, graph, x):
                return BODY

        return Module()
"""
OBJECTIVE = """
from recbox.plugin import Objective


class Creature(Objective):
    "A term that goes wrong."

    def build(self, spec):
        import torch

        class Module(torch.nn.Module):
            kept = None

            def forward(self, step):
                right = step.score(step.batch.user, step.batch.item)
                return BODY

        return Module()
"""
ENCODER = """
from recbox.plugin import Encoder


class Creature(Encoder):
    "First vectors that go wrong."

    def build(self, spec):
        import torch

        class Module(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.table = torch.nn.Embedding(spec.count, spec.dim)

            def forward(self, nodes):
                return BODY

        return Module()
"""
MISSING = """\
            def missing(self, nodes):
                return nodes * 0.0"""
TELLS = """\
            def attention(self, graph, x):
                return x"""
HEAD = """
from recbox.plugin import Head


class Creature(Head):
    "Scores that go wrong."

    def build(self, spec):
        import torch

        class Module(torch.nn.Module):
            def forward(self, user, item):
                return (user * item).sum(-1)

            def block(self, user, item):
                return BODY

        return Module()
"""
MODEL = """
from recbox.plugin import Model, Scorer


class Fixed(Scorer):
    def __init__(self, users, items):
        self.shape = users, items

    shape = None

    def block(self, users):
        import torch

        return torch.full((len(users), self.shape[1]), VALUE)

    def state(self):
        return {}, {}


class Creature(Model):
    "A method that goes wrong."

    def fit(self, spec):
        users, items = len(spec.train.user), len(spec.train.item)
        return BODY

    def load(self, arrays, json):
        raise ValueError("it can't be loaded")
"""
METRIC = """
from recbox.plugin import CatalogueMetric, Metric, UserMetric


class Creature(UserMetric):
    "A value that goes wrong."

    def per_user(self, hits, relevant):
        return BODY
"""
SOURCE = """
from recbox.plugin import Provides, Source


class Creature(Source):
    "Data that goes wrong."

    def provides(self, context):
        return Provides()

    def read(self, context):
        return BODY
"""


@dataclass(frozen=True)
class Creature:
    """A distribution `zoo-NAME` whose module is `zoo_NAME`, and that brings a plugin `zoo-NAME`.

    row: what `plugins list` says of it; empty: nothing is wrong. check, run: what the commands say; empty:
    they succeed. remedy: words of what to do. place: whether the message names file and line of its code.
    """

    name: str
    code: str
    kind: str = "layer"
    row: str = ""
    check: str = ""
    run: str = ""
    remedy: str = "tell the author of"
    place: bool = False
    requires: tuple[str, ...] = ()
    entry: str = ""

    @property
    def distribution(self) -> str:
        return f"zoo-{self.name}"

    @property
    def module(self) -> str:
        return f"zoo_{self.name.replace('-', '_')}"

    @property
    def plugin(self) -> str:
        return self.entry or self.distribution

    def lay(self, site: Path) -> None:
        """Put it into `site` as pip would."""
        info = site / f"{self.distribution.replace('-', '_')}-1.5.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {self.distribution}", "Version: 1.5"]
        lines += [f"Requires-Dist: {line}" for line in self.requires]
        (info / "METADATA").write_text("\n".join([*lines, ""]))
        entry = f"[recbox.{self.kind}]\n{self.plugin} = {self.module}:Creature\n"
        (info / "entry_points.txt").write_text(entry)
        (site / f"{self.module}.py").write_text(self.code)

    def recipe(self) -> dict[str, Any]:
        """A small recipe that uses it."""
        part = {"use": self.plugin}
        if self.kind == "source":
            return {**PLAIN, "data": {"source": part, "split": {"by": "user-random"}}}
        if self.kind == "model":
            return {k: PLAIN[k] for k in ("recbox", "name", "data", "evaluate")} | {"model": part}
        if self.kind == "metric":
            evaluate = PLAIN["evaluate"]
            return {**PLAIN, "evaluate": {**evaluate, "metric": [*evaluate["metric"], part]}}
        if self.kind == "encoder":
            return {**PLAIN, "encoder": {"user": part, "item": {"use": "id"}}}
        if self.kind == "objective":
            return {**PLAIN, "objective": [{"use": "bpr"}, part]}
        return {**PLAIN, self.kind: [part] if self.kind == "layer" else part}


PLAIN: dict[str, Any] = {
    "recbox": 1,
    "name": "tiny",
    "dim": 4,
    "data": {
        "source": {"use": "synthetic", "users": 30, "items": 20, "interactions": 240},
        "split": {"by": "user-random"},
    },
    "layer": [{"use": "lightgcn"}],
    "objective": [{"use": "bpr"}],
    "train": {"epochs": 1, "batch": 64},
    "evaluate": {"k": [5], "metric": ["ndcg"], "select": "ndcg@5", "baseline": []},
}

FINE = LAYER.replace("BODY", "graph.propagate(x)")


def at_import(name: str, code: str, says: str, **more: Any) -> Creature:
    """One that can't be loaded: the row, `check` and `run` say the same."""
    return Creature(name, code, row=says, check=says, run=says, **more)


def in_run(name: str, kind: str, body: str, says: str, **more: Any) -> Creature:
    """One whose fault shows when it is used. body: an expression of its code."""
    code = {
        "layer": LAYER, "objective": OBJECTIVE, "encoder": ENCODER, "head": HEAD, "model": MODEL,
        "metric": METRIC, "source": SOURCE,
    }[kind]  # fmt: skip
    return Creature(name, code.replace("BODY", body), kind=kind, run=says, **more)


UNLOADABLE = [
    at_import("raises", "raise RuntimeError('no such driver')", "RuntimeError: no such driver", place=True),
    at_import("exits", "import sys\nsys.exit(3)", "SystemExit: 3"),
    at_import("leaves", "import os\nos._exit(4)", "its import ended the process (exit code 4)"),
    at_import("number", "Creature = 1", "doesn't name an options class"),
    at_import("kind", "from recbox.plugin import Head as Creature", "names a head, not a layer"),
    at_import("no-build", "from recbox.plugin import Layer as Creature", "the class leaves out build"),
    at_import(
        "dependency",
        "import a_package_that_is_not_there",
        "needs the module 'a_package_that_is_not_there', which is not installed",
        remedy="pip install A.Package-that-is-not-there, which zoo-dependency needs",
        requires=("A.Package-that-is-not-there>=2",),
    ),
    at_import(
        "newer",
        FINE,
        "needs recbox-graph>=9, and 0.1.0 is installed",
        remedy="pip install 'recbox-graph>=9'",
        requires=("recbox-graph>=9",),
    ),
    at_import(
        "future",
        "from recbox.plugin import Telepathy",
        "asks for what recbox 0.1.0 doesn't have",
        remedy="pip install --upgrade recbox-graph",
    ),
]

WORKING = [
    Creature("prints", "print('hello from the zoo')\n" + FINE),
    in_run("chats", "layer", "(print('a word'), graph.propagate(x))[1]", ""),
    Creature("torch", "import torch\n" + FINE),
    in_run("head", "head", "user @ item.T", ""),
]
"""What is not as it should be, and works."""

FAULTY = [
    Creature(
        "validator",
        FINE.replace(
            "    def build", "    def model_post_init(self, _):\n        raise OSError('x')\n\n    def build"
        ),
        row="can't describe itself: OSError: x",
        check="the layer 'zoo-validator': OSError: x",
        run="the layer 'zoo-validator': OSError: x",
        place=True,
    ),
    Creature(
        "provides",
        SOURCE.replace("return Provides()", "raise KeyError('columns')"),
        kind="source",
        check="can't tell its columns: KeyError: 'columns'",
        run="can't tell its columns: KeyError: 'columns'",
        place=True,
    ),
    in_run("nan", "layer", "x / 0 * 0", "gives numbers that are not finite"),
    in_run("shape", "layer", "x[:, :2]", "gives a tensor of shape [50, 2], not [50, 4]"),
    in_run("whole", "layer", "x.long()", "gives numbers of type torch.int64"),
    in_run("tuple", "layer", "(x, x)", "gives a tuple, not a tensor"),
    in_run("meta", "layer", "x.to('meta')", "gives a tensor on the device meta, and the run is on cpu"),
    in_run("mutates", "layer", "(graph.degree.add_(1), graph.propagate(x))[1]", "changes the graph in place"),
    in_run("overwrites", "layer", "x.relu_()", "changes the vectors that it is given in place"),
    in_run("tells", "layer", f"graph.propagate(x)\n\n{TELLS}", "gives no finite float [e, heads]"),
    in_run("fails", "layer", "x.no_such_method()", "failed: AttributeError", place=True),
    in_run("quits", "layer", "exit(5)", "ended the process: SystemExit: 5", place=True),
    in_run(
        "late",
        "layer",
        "__import__('a_late_package')",
        "needs the module 'a_late_package', which is not installed",
        remedy="pip install a_late_package, which zoo-late needs",
        place=True,
    ),
    Creature(
        "no-module",
        LAYER.replace("return Module()", "return len"),
        run="builds a builtin_function_or_method, not a torch module",
    ),
    in_run("detached", "objective", "-right.mean().detach()", "gives a value without a gradient"),
    in_run("nan-loss", "objective", "right.mean() * float('nan')", "a loss that is not a finite number"),
    in_run("wide-loss", "objective", "-right", "not one floating number"),
    in_run("far-loss", "objective", "-right.mean().to('meta')", "on the device meta"),
    in_run("float-loss", "objective", "0.5", "gives a float, not a tensor"),
    in_run("bad-loss", "objective", "1 / 0", "failed: ZeroDivisionError", place=True),
    in_run(
        "late-change",
        "objective",
        "(step.graph.count.add_(1), right.mean())[1]",
        "changes the graph in place",
    ),
    in_run(
        "keeps",
        "objective",
        "setattr(Module, 'kept', right.sum() if Module.kept is None else Module.kept) or Module.kept",
        "the gradients can't be computed, which the objective 'zoo-keeps' took part in",
    ),
    in_run("narrow", "encoder", "self.table(nodes)[:, 1:]", "gives a tensor of shape [30, 3], not [30, 4]"),
    in_run("flags", "encoder", f"self.table(nodes)\n\n{MISSING}", "has a `missing` that gives no bool [n]"),
    in_run("inf", "encoder", "self.table(nodes) / 0", "gives numbers that are not finite"),
    in_run("flat", "head", "user.sum()", "gives a tensor of shape [], not [2, 3]"),
    in_run("blind", "head", "user.shrug()", "failed: AttributeError", place=True),
    in_run(
        "locked",
        "head",
        "setattr(self, 'lock', __import__('threading').Lock()) or user @ item.T",
        "can't be copied, as judging does",
        remedy="keep nothing in the module but modules, tensors and plain values; tell the author of",
    ),
    in_run("no-scorer", "model", "{}", "fits a dict, not a Scorer"),
    in_run("small", "model", "Fixed(users, 1)", "fits a scorer of shape (30, 1)"),
    Creature(
        "nan-model",
        MODEL.replace("BODY", "Fixed(users, items)").replace("VALUE", "float('nan')"),
        kind="model",
        run="gives scores that are infinite or not a number",
    ),
    in_run("bad-model", "model", "users[0]", "failed: TypeError", place=True),
    in_run("nan-metric", "metric", "hits.sum(1) * float('nan')", "or not finite"),
    in_run("short-metric", "metric", "hits[0]", "gives values of shape (5,)"),
    in_run("bad-metric", "metric", "hits.nothing", "failed: AttributeError", place=True),
    in_run("word-metric", "metric", "'high'", "gives a str, not a number for each user"),
    in_run("no-tables", "source", "{}", "reads a dict, not Tables"),
    in_run(
        "columns",
        "source",
        "(lambda pl, data: data.Tables('x', pl.DataFrame({'user': [1]})))"
        "(__import__('polars'), __import__('recbox.data').data)",
        "reads interactions without a column `item`",
    ),
    in_run("lost-source", "source", "open('/no/such/file')", "failed: FileNotFoundError", place=True),
]

LOUD = Creature(
    "loud",
    "import os\nos.write(1, b'below ')\nprint('above')\n"
    + MODEL.replace("BODY", "print('fits') or Fixed(users, items)")
    .replace("VALUE", "float(os.write(1, b'scores '))")
    .replace('raise ValueError("it can\'t be loaded")', "return print('loads') or Fixed(30, 20)"),
    kind="model",
)
"""Prints wherever it can, by Python and by the file descriptor."""
NOWHERE = Creature(
    "nowhere",
    SOURCE.replace("return BODY", "return 1")
    + """
    def shape(self):
        print("a word")
        return {"users": 1, "items": 1, "interactions": 1}

    def locate(self, context):
        raise KeyError("place")
""",
    kind="source",
)
"""A public data set that can't say where it is."""

CLASH = [Creature(f"clash-{side}", FINE, entry="zoo-clash") for side in "ab"]
HANGS = Creature(
    "hangs", "import time\ntime.sleep(60)", row="its import took more than", remedy="uninstall zoo-"
)
CRASHES = Creature(
    "crashes",
    "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
    row="its import ended the process by SIGSEGV",
    remedy="uninstall zoo-",
)

CREATURES = [*UNLOADABLE, *WORKING, *FAULTY, *CLASH, LOUD, NOWHERE, HANGS, CRASHES]
