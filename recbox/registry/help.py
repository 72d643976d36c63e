"""The text below each option of a class, read from its source when somebody asks for it.

pydantic can do this while a class is made (`use_attribute_docstrings`), which takes as long as the rest of
making it, and every start of recbox would pay for help that is rarely printed.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise


@cache
def attribute_docs(cls: type) -> dict[str, str]:
    """Docstrings of attributes by name, inherited ones included; none for a class without source."""
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if "__annotations__" in vars(base):
            docs.update(_module_docs(base.__module__).get(base.__qualname__, {}))
    return docs


@cache
def _module_docs(module: str) -> dict[str, dict[str, str]]:
    """For each class of a module, by its qualified name, the docstrings of its attributes."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError, SyntaxError):
        return {}
    return {name: dict(_attributes(node)) for name, node in _classes(tree, "")}


def _classes(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for child in node.body:
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, child
            yield from _classes(child, f"{prefix}{child.name}.")


def _attributes(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for first, second in pairwise(node.body):
        target = first.target if isinstance(first, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and (text := _text(second)):
            yield target.id, inspect.cleandoc(text)


def _text(node: ast.stmt) -> str:
    value = node.value if isinstance(node, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
