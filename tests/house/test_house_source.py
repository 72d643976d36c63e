"""What no shipped source file may contain, and how long it may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

LONGEST_MODULE, LONGEST_FUNCTION = 250, 60

RUNS_CODE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
"""Modules whose files may run code when they are read."""
BANNED_DGL = ("dgl.data", "dgl.distributed", "dgl.graphbolt")
BANNED_CALLS = {
    "eval": "runs text as code",
    "exec": "runs text as code",
    "torch.load": "may unpickle",
    "torch.save": "pickles",
    "yaml.load": "may build any object; compose nodes and resolve them",
    "yaml.unsafe_load": "builds any object",
    "yaml.full_load": "builds objects",
    "os.system": "runs a shell",
    "os.popen": "runs a shell",
    "torch.manual_seed": "is a global seed; take a generator from the Context",
    "torch.seed": "is a global seed",
    "torch.cuda.manual_seed": "is a global seed",
    "torch.cuda.manual_seed_all": "is a global seed",
    "random.seed": "is a global seed",
}
NUMPY_STREAMS = {
    *("default_rng", "Generator", "SeedSequence", "BitGenerator"),
    *("PCG64", "PCG64DXSM", "Philox", "MT19937"),
}
WATCHES = {("recbox/contract/streams.py", f"np.random.{name}_state") for name in ("get", "set")}
"""The one place that looks at numpy's global stream, to see that nobody touches it, and puts it back."""
SEEDED_BY_PEERS = {("recbox/bench/peer/pyg.py", "torch.manual_seed")}
"""PyG's own layers draw from the global stream, in a process that has nothing of recbox in it."""


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain, empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def bad_call(node: ast.Call, path: Path) -> str:
    name = dotted(node.func).replace("numpy.", "np.", 1)
    keywords = {k.arg: k.value for k in node.keywords}
    if name in BANNED_CALLS and (path.as_posix(), name) not in SEEDED_BY_PEERS:
        return f"{name} {BANNED_CALLS[name]}"
    if name == "print" and "cli" not in path.parts:
        return "print: report through Progress"
    if name.startswith("np.random.") and name.split(".")[2] not in NUMPY_STREAMS:
        return "" if (path.as_posix(), name) in WATCHES else f"{name} is the global stream"
    if name == "np.load" and not _is(keywords.get("allow_pickle", ast.Constant(False)), False):
        return "np.load with allow_pickle"
    if "shell" in keywords and not _is(keywords["shell"], False):
        return "a subprocess with a shell"
    if (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "cuda"
        and not node.args
        and not node.keywords
    ):
        return ".cuda(): the device comes from the Context"
    return ""


def _is(node: ast.AST, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def offences(path: Path, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        for name in imported(node):
            if name.partition(".")[0] in RUNS_CODE:
                yield f"{path}:{node.lineno}: imports {name}"
        names = imported(node) + ([dotted(node)] if isinstance(node, ast.Attribute) else [])
        for name in names:
            if any(name == b or name.startswith(b + ".") for b in BANNED_DGL):
                yield f"{path}:{node.lineno}: uses {name}"
        for name in names if isinstance(node, ast.ImportFrom) else ():
            if name.startswith("numpy.random.") and name.split(".")[2] not in NUMPY_STREAMS:
                yield f"{path}:{node.lineno}: {name} is the global stream"
        if isinstance(node, ast.Call) and (why := bad_call(node, path)):
            yield f"{path}:{node.lineno}: {why}"


def test_no_source_file_does_what_is_banned(trees: dict[Path, ast.Module]) -> None:
    assert [line for path, tree in trees.items() for line in offences(path, tree)] == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "torch.load(f)",
        "np.load(f, allow_pickle=True)",
        "np.load(f, allow_pickle=flag)",
        "yaml.load(f, Loader)",
        "eval(x)",
        "exec(x)",
        "run(x, shell=True)",
        "print(1)",
        "torch.manual_seed(0)",
        "np.random.seed(0)",
        "numpy.random.rand(3)",
        "from numpy.random import rand",
        "np.random.get_state()",
        "x.cuda()",
        "import dgl.data",
        "from dgl import graphbolt",
        "dgl.distributed.initialize()",
    ],
)
def test_the_gate_sees(line: str) -> None:
    assert list(offences(Path("recbox/layer/x.py"), ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "np.load(f)",
        "torch.Generator().manual_seed(0)",
        "np.random.default_rng([0])",
        "model.eval()",
        "re.compile(x)",
    ],
)
def test_the_gate_lets_pass(line: str) -> None:
    assert not list(offences(Path("recbox/layer/x.py"), ast.parse(line)))


def test_modules_are_short(trees: dict[Path, ast.Module], root: Path) -> None:
    lengths = {str(p): len((root / p).read_text().splitlines()) for p in trees}
    assert {p: n for p, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_functions_are_short(trees: dict[Path, ast.Module]) -> None:
    long = [
        f"{path}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_modules_say_what_they_are_for(trees: dict[Path, ast.Module], root: Path) -> None:
    silent = [str(p) for p, tree in trees.items() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_annotations_are_never_evaluated_early(trees: dict[Path, ast.Module]) -> None:
    """Modules that import types for the checker alone must not need them at run time."""
    early = [
        str(path)
        for path, tree in trees.items()
        if any(isinstance(n, ast.If) and dotted(n.test) == "TYPE_CHECKING" for n in tree.body)
        and any(isinstance(n, ast.FunctionDef | ast.ClassDef) for n in tree.body)
        and path.name != "__init__.py"
        and not any(isinstance(n, ast.ImportFrom) and n.module == "__future__" for n in tree.body)
    ]
    assert early == []
