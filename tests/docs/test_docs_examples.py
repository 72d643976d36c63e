"""What the pages show works: recipes pass the check, commands exist, plugins and examples run."""

from __future__ import annotations

import ast
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
import yaml
from docs_kit import PAGES, Block, blocks, command_lines, install, name, uninstall

from recbox.api.check import check
from recbox.cli.front import call, recbox
from recbox.contract import run
from recbox.registry import ALL_KINDS, Registry

ALL = {page: blocks(page) for page in PAGES}
RUNNABLE = [page for page, found in ALL.items() if any(b.run for b in found)]
YAML = [(page, b) for page, found in ALL.items() for b in found if b.language == "yaml"]
CONSOLE = [b for found in ALL.values() for b in found if b.language == "console"]
WORKFLOWS = [b for found in ALL.values() for b in found if b.language == "yml"]
PYTHON = [b for found in ALL.values() for b in found if b.language == "python"]

PARTS = ("model", "encoder", "layer", "combine", "head", "objective", "train")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty folder, no data at hand, and nothing left in the user's cache or of the page's modules."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    yield
    for module in [n for n, m in sys.modules.items() if _lies_in(tmp_path, m)]:
        del sys.modules[module]


def _lies_in(folder: Path, module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).is_relative_to(folder)


def write(found: list[Block], folder: Path) -> list[Path]:
    """The page's files and packages; the files that one names with `--code` come back."""
    brought: set[str] = set()
    for block in found:
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        if block.installed:
            brought |= install(block, folder)
    files = [Path(folder, b.file) for b in found if b.file.endswith(".py")]
    return [file for file in files if file.stem not in brought]


def whole(text: str) -> str:
    """A piece of a recipe, completed by what it leaves out."""
    top = {line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()}
    missing = [] if "recbox" in top else ["recbox: 1"]
    if "extends" not in top:
        missing += [] if "data" in top else ["data: {source: {use: synthetic}}"]
        missing += [] if top & set(PARTS) else ["layer: [{use: lightgcn}]"]
    return "\n".join([*missing, text])


@pytest.mark.parametrize(("page", "block"), YAML, ids=lambda x: x.where if isinstance(x, Block) else "")
def test_recipes_pass_the_check(
    page: Path, block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = write(ALL[page], tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    recipe = tmp_path / "shown.yaml"
    recipe.write_text(whole(block.text), encoding="utf-8")
    assert check(recipe, code=code).recipe


@pytest.mark.parametrize("block", CONSOLE, ids=lambda b: b.where)
def test_commands_exist(block: Block) -> None:
    """Names of commands and options, and the values that options take."""
    for words in command_lines(block):
        _exists(words)


@pytest.mark.parametrize("block", WORKFLOWS, ids=lambda b: b.where)
def test_workflows_have_steps_and_their_commands_exist(block: Block) -> None:
    jobs = yaml.safe_load(block.text)["jobs"].values()
    steps = [step for job in jobs for step in job["steps"]]
    assert steps and all(("run" in step) != ("uses" in step) for step in steps)
    for words in (shlex.split(step["run"]) for step in steps if "run" in step):
        if words[0] == "recbox":
            _exists(words[1:])


def _exists(words: list[str]) -> None:
    group: click.Command = recbox
    context = click.Context(recbox, info_name="recbox")
    while isinstance(group, click.Group) and words and not words[0].startswith("-"):
        found = group.get_command(context, words[0])
        assert found is not None, f"recbox has no command {words[0]!r}"
        group, words = found, words[1:]
        context = click.Context(group, info_name=group.name, parent=context)
    if isinstance(group, click.Group):
        assert words == [] or words[0] in ("--help", "--version")
    else:
        _options(group, context, words)


def _options(command: click.Command, context: click.Context, words: list[str]) -> None:
    """As click reads them, but for files, which a page's reader has and this folder has not."""
    parser = command.make_parser(context)
    values, _, _ = parser.parse_args(list(words))
    for param in command.get_params(context):
        given = values.get(param.name or "")
        absent = given in (None, []) or (param.nargs == -1 and not isinstance(given, tuple))
        if not absent and not isinstance(param.type, click.Path):
            param.type_cast_value(context, given)


@pytest.mark.parametrize("block", PYTHON, ids=lambda b: b.where)
def test_python_is_python(block: Block) -> None:
    ast.parse(block.text)


@pytest.mark.parametrize("page", RUNNABLE, ids=name)
def test_a_page_runs_from_top_to_bottom(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(ALL[page], tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    names: dict[str, object] = {}
    for block in (b for b in ALL[page] if b.run):
        if block.without:
            uninstall(block.without, tmp_path)
        if block.language == "python":
            exec(compile(block.text, block.where, "exec"), names)
        for words in command_lines(block) if block.language == "console" else ():
            code, said = call(words), "".join(capsys.readouterr())
            assert code == 0 or (block.shows and code == 2), f"{block.where}: {said}"
            assert block.shows in said.replace(f"{tmp_path}/", "").replace(str(tmp_path), ".")
        for words in command_lines(block, "python") if block.language == "console" else ():
            done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{block.where}: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_kinds_page_brings_a_plugin_of_its_kind(kind: str, tmp_path: Path) -> None:
    page = next(p for p in PAGES if p.name == f"{kind}.md")
    brought = [p for file in Registry(write(ALL[page], tmp_path)).code for p in file.plugins]
    assert {p.kind for p in brought} == {kind}
    assert page in RUNNABLE
    report = run(brought[0].load())
    assert report.ok, [f"{result.law}: {result.said}" for result in report.of("failed")]
