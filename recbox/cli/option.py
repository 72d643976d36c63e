"""Options that several commands share, and their types."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])


class RecipeName(click.ParamType):
    """A recipe's file, or the name of one that ships with recbox; the shell completes files."""

    name = "recipe"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not text.strip():
            self.fail("a recipe is a file, or the name of one that ships with recbox", param, ctx)
        return text

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


class FinitePositive(click.ParamType):
    """A number above zero; `nan` and `inf`, which Python's float accepts, are none."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number > 0):
            self.fail(f"{value!r} is not a number above 0", param, ctx)
        return number


class Within(click.FloatRange):
    """A number from one to another; `nan`, which is neither below nor above any, is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


class Assignment(click.ParamType):
    """`key.path=value`; the recipe's reader checks what it means."""

    name = "K=V"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        key, equals, _ = str(value).partition("=")
        if not (equals and key.strip()):
            self.fail(
                f"{value!r} is not of the form key.path=value, as in train.optimizer.lr=0.01", param, ctx
            )
        return str(value)


recipe_argument = click.argument("recipe", type=RecipeName())
artifact_argument = click.argument("artifact", type=click.Path(path_type=Path))
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
set_option = click.option(
    "--set",
    "sets",
    multiple=True,
    type=Assignment(),
    help="Change a field of the recipe: train.optimizer.lr=0.01.",
)
data_option = click.option(
    "--data-dir",
    "data_dir",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that holds data sets; looked into first.",
)
code_option = click.option(
    "--code",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Python file with plugins of your own.",
)
seed_option = click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="In place of the recipe's seed.")
threads_option = click.option("--threads", type=click.IntRange(1, 1024), help="Threads; default: all cores.")
device_option = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
kernel_option = click.option(
    "--kernel",
    type=click.Choice(["auto", "dgl", "torch"]),
    default="auto",
    show_default=True,
    help="Sparse kernels.",
)
offline_option = click.option("--offline", is_flag=True, help="Never use the network.")
track_option = click.option(
    "--track",
    multiple=True,
    metavar="NAME[:WHERE]",
    help="Tell a tracker of each run: tensorboard:DIR, mlflow:sqlite:///FILE, wandb:DIR (of recbox-track).",
)
memory_option = click.option(
    "--memory",
    type=FinitePositive(),
    metavar="GIB",
    help="What one method may use; default: half of the machine.",
)

scratch_option = click.option(
    "--scratch",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    metavar="DIR",
    help="Keep large arrays in files here, mapped into memory; the files go when the command ends.",
)


def recipe_options(function: F) -> F:
    """The options by which `run` and `check` read a recipe."""
    for option in (code_option, seed_option, data_option, set_option, recipe_argument):
        function = option(function)
    return function


def machine_options(function: F) -> F:
    """The options that say where and with what a run is made: device to network."""
    own = (device_option, kernel_option, threads_option, memory_option, scratch_option, offline_option)
    for option in reversed(own):
        function = option(function)
    return function
