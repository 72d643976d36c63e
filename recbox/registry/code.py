"""Plugins of a single file, named on the command line with `--code FILE` and nowhere else."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeGuard

from recbox.errors import PluginError
from recbox.registry.kinds import ALL_KINDS
from recbox.registry.options import Options


@dataclass(frozen=True)
class FileDistribution:
    """Stands where an installed plugin has its distribution."""

    name: str
    version: str
    """The first 12 digits of the file's SHA-256."""


@dataclass(frozen=True)
class FilePlugin:
    """Stands where an installed plugin has its entry point."""

    kind: str
    name: str
    value: str
    dist: FileDistribution
    cls: type[Options]

    def load(self) -> type[Options]:
        return self.cls


@dataclass(frozen=True)
class CodeFile:
    """A `--code` file: its path, its SHA-256 (which goes into the manifest), and its plugins."""

    path: Path
    sha256: str
    plugins: tuple[FilePlugin, ...]


def read_code(path: Path) -> CodeFile:
    """Import `path` and collect the options classes that it defines; `MyLayer` is named `my-layer`."""
    import hashlib

    if path.suffix != ".py":
        raise PluginError("a code file's name ends in .py", where=str(path))
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        what, instead = f"can't read the code file: {error.strerror}", "a .py file that may be read"
        raise PluginError(what, where=str(path), instead=instead) from error
    module = _import(path, digest)
    dist = FileDistribution(path.name, digest[:12])
    classes = [c for _, c in inspect.getmembers(module, inspect.isclass) if _is_plugin(c, module)]
    if not classes:
        raise PluginError(
            "the code file defines no plugin",
            where=str(path),
            instead="define a class that derives from a kind of `recbox.plugin`, such as Layer",
        )
    plugins = tuple(FilePlugin(c.kind, plugin_name(c), f"{path.name}:{c.__name__}", dist, c) for c in classes)
    return CodeFile(path, digest, plugins)


def _import(path: Path, digest: str) -> ModuleType:
    name = f"recbox_code_{digest[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError("the code file can't be imported", where=str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, KeyboardInterrupt):
            raise
        raise PluginError(
            f"the code file fails: {type(error).__name__}: {' '.join(str(error).split())[:300]}",
            where=f"{path}:{_line(error, path)}",
            instead=_remedy(error, path),
        ) from error
    return module


def _line(error: BaseException, path: Path) -> int:
    """The line of the code file where the error came from: the last of its own on the way."""
    from traceback import extract_tb

    own = str(path.absolute())  # so the import has it, also where the path that was given is a relative one
    if isinstance(error, SyntaxError) and error.filename == own:
        return error.lineno or 1
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == own]
    return (lines[-1] if lines else None) or 1


def _remedy(error: BaseException, path: Path) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"install what brings the module {error.name.partition('.')[0]!r}, or mend {path.name}"
    return f"mend {path.name}"


def _is_plugin(cls: type, module: ModuleType) -> TypeGuard[type[Options]]:
    """An options class of a kind, written in this file; a name that begins with `_` is a base of its own."""
    own = cls.__module__ == module.__name__ and not cls.__name__.startswith("_")
    return own and issubclass(cls, Options) and cls.kind in ALL_KINDS


def plugin_name(cls: type[Options]) -> str:
    """`MyLayer` -> `my-layer`, or the class variable `name` where there is one."""
    given = getattr(cls, "name", "")
    return (
        given
        if isinstance(given, str) and given
        else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()
    )
