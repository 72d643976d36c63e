"""Templates, by the files that are made of them."""

from __future__ import annotations

import ast
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from recbox.scaffold.naming import Naming


def render(naming: Naming, requirement: str) -> dict[str, str]:
    """The text of each file of the package, by its path. requirement: which versions of recbox will do,
    such as `>=0.1,<0.2`."""
    words = {
        "kind": naming.kind,
        "name": naming.name,
        "cls": naming.cls,
        "named": naming.named,
        "module": naming.module,
        "package": naming.package,
        "distribution": naming.distribution,
        "requirement": requirement,
    }
    return {
        path: _environment().get_template(template).render(words) for path, template in _files(naming).items()
    }


def identifiers(kind: str) -> set[str]:
    """Every name that the module of a new plugin uses, but for that of its class."""
    tree = ast.parse(render(Naming(kind, "own-name", "_"), "0")["recbox_own_name/own_name.py"])
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.ClassDef(name=name) | ast.alias(name=name):
                found.add(name)
    return found


def _files(naming: Naming) -> dict[str, str]:
    kind, package = naming.kind, naming.package
    files = {
        "README.md": "every/README.md.jinja",
        "pyproject.toml": "every/pyproject.toml.jinja",
        ".gitignore": "every/gitignore.jinja",
        "recipe.yaml": f"{kind}/recipe.yaml.jinja",
        f"{package}/__init__.py": "every/init.py.jinja",
        f"{package}/{naming.module}.py": f"{kind}/plugin.py.jinja",
        f"{package}/py.typed": "every/py.typed.jinja",
        f"tests/test_{naming.module}.py": "every/test.py.jinja",
    }
    if kind == "source":
        files["interactions.txt"] = "source/interactions.txt.jinja"
    return files


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("recbox.scaffold", "template"),
        autoescape=select_autoescape(),  # which escapes in HTML, and this is none
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
