"""The extra `tune`: whether Optuna is here, and what to say where it isn't."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from recbox.errors import UnsupportedError

MAJOR = "5"


def need_optuna() -> None:
    """An `UnsupportedError` that says what to install, where Optuna is missing or of another version."""
    instead = "pip install 'recbox-graph[tune]'"
    try:
        found = version("optuna")
        optuna = import_module("optuna")
    except (PackageNotFoundError, ImportError) as error:
        raise UnsupportedError("searching needs Optuna, which is not installed", instead=instead) from error
    if found.partition(".")[0] != MAJOR:
        raise UnsupportedError(f"searching needs Optuna {MAJOR}, and {found} is installed", instead=instead)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
