"""The text below each option of a class, read from its source when somebody asks for it.

pydantic can do this while a class is made (`use_attribute_docstrings`), which takes as long as all the rest of
making it, and every start of recbox would pay for help that is rarely printed.
"""

from __future__ import annotations

import ast
import inspect
from functools import cache
from itertools import pairwise
from textwrap import dedent


@cache
def attribute_docs(cls: type) -> dict[str, str]:
    """Docstrings of attributes by name, inherited ones included; none for a class without source."""
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        docs.update(_own(base))
    return docs


def _own(cls: type) -> dict[str, str]:
    if "__annotations__" not in vars(cls):
        return {}
    try:
        tree = ast.parse(dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    return {
        first.target.id: inspect.cleandoc(second.value.value)
        for first, second in pairwise(body)
        if isinstance(first, ast.AnnAssign) and isinstance(first.target, ast.Name)
        if isinstance(second, ast.Expr) and isinstance(second.value, ast.Constant)
        if isinstance(second.value.value, str)
    }
