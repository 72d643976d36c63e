"""What a class of another library takes, read from its source: to import the library would import torch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_WORDS = re.compile(r"\b(list of str|list of int|int|float|bool|str|None)\b")
_PLAIN = {"int": int, "float": float, "bool": bool, "str": str}


@dataclass(frozen=True)
class Argument:
    """An argument of a constructor. takes: the plain types that it takes (`int`, `float`, `bool`, `str`,
    `None`, `list of str`, `mapping`); without any, only a Python object will do."""

    name: str
    required: bool
    takes: frozenset[str]


@dataclass(frozen=True)
class Signature:
    """A class. forward: the arguments of its `forward`; needs: those of them that have no default."""

    name: str
    arguments: Mapping[str, Argument]
    forward: tuple[str, ...]
    needs: tuple[str, ...]


@cache
def folder(library: str, inside: str) -> Path | None:
    """The folder `inside` an installed library, or None. Nothing is imported."""
    spec = find_spec(library)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(place, inside) / "__init__.py").is_file():
            return Path(place, inside)
    return None


@cache
def classes(home: Path) -> Mapping[str, Path]:
    """The file of each class that a package offers in `__all__`, sorted by name."""
    tree = ast.parse((home / "__init__.py").read_text(encoding="utf-8"))
    offered: set[str] = set()
    files: dict[str, Path] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            files |= {a.name: home / f"{node.module.replace('.', '/')}.py" for a in node.names}
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            offered |= set(ast.literal_eval(node.value))
    return {name: files[name] for name in sorted(files) if name in offered}


@cache
def signature(home: Path, name: str) -> Signature:
    """The signature of a class of `classes(home)`."""
    first, *bases = _family(home, name)
    made = _method(first, "__init__") or next((m for b in bases if (m := _method(b, "__init__"))), None)
    call = _method(first, "forward") or next((m for b in bases if (m := _method(b, "forward"))), None)
    documented = _documented(ast.get_docstring(first) or "")
    arguments = {a.arg: _argument(a, d, documented) for a, d in _listed(made)}
    forward = list(_listed(call))
    needs = tuple(a.arg for a, default in forward if default is None)
    return Signature(name, arguments, tuple(a.arg for a, _ in forward), needs)


def _family(home: Path, name: str) -> Iterator[ast.ClassDef]:
    """A class and those of its bases that stand in the same package."""
    files = classes(home)
    if name in files:
        tree = ast.parse(files[name].read_text(encoding="utf-8"))
        found = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)
        yield found
        for base in found.bases:
            yield from _family(home, ast.unparse(base))


def _method(cls: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    """The last definition of a method; those before it are its overloads."""
    found = [n for n in cls.body if isinstance(n, ast.FunctionDef) and n.name == name]
    return found[-1] if found else None


def _listed(method: ast.FunctionDef | None) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """Arguments with their defaults, without `self` and without `*args` and `**kwargs`."""
    if method is None:
        return
    plain = [*method.args.posonlyargs, *method.args.args]
    defaults = [None] * (len(plain) - len(method.args.defaults)) + list(method.args.defaults)
    yield from list(zip(plain, defaults))[1:]
    yield from zip(method.args.kwonlyargs, method.args.kw_defaults)


def _argument(arg: ast.arg, default: ast.expr | None, documented: Mapping[str, str]) -> Argument:
    if arg.annotation is not None:
        takes = set(_annotated(arg.annotation))
    else:
        takes = set(_WORDS.findall(documented.get(arg.arg, "")))
    if default is not None:
        takes |= _of(default)
    return Argument(arg.arg, default is None, frozenset(takes))


def _annotated(node: ast.expr) -> Iterator[str]:
    """The plain types in an annotation."""
    if isinstance(node, ast.Name) and node.id in _PLAIN:
        yield node.id
    elif isinstance(node, ast.Constant) and node.value is None:
        yield "None"
    elif isinstance(node, ast.BinOp):
        yield from (*_annotated(node.left), *_annotated(node.right))
    elif isinstance(node, ast.Subscript):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        found = [word for part in inner for word in _annotated(part)]
        outer = ast.unparse(node.value).rpartition(".")[2]
        if outer in ("Optional", "Union"):
            yield from (*found, *(["None"] if outer == "Optional" else []))
        elif outer in ("List", "list"):
            yield from (f"list of {word}" for word in found)
        elif outer in ("Dict", "dict"):
            yield "mapping"


def _documented(text: str) -> dict[str, str]:
    """Types in the section `Parameters` of a docstring in numpy's style."""
    _, _, section = text.partition("Parameters\n----------\n")
    section = re.split(r"\n\w+\n---", section)[0]
    return dict(re.findall(r"^(\w+)\s*:\s*(.+)$", section, re.MULTILINE))


def _of(default: ast.expr) -> set[str]:
    value = _literal(default)
    if value is None:
        return {"None"} if isinstance(default, ast.Constant) else set()
    return {type(value).__name__} & set(_PLAIN)


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
