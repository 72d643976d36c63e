"""The Dockerfile names files that are there, and lets nobody be root."""

from __future__ import annotations

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lines() -> list[tuple[str, str]]:
    """Instructions and what follows each, continued lines joined, comments left out."""
    file = ROOT / "Dockerfile"
    if not file.is_file():
        pytest.skip("there is no Dockerfile in this checkout")
    text = re.sub(r"^\s*#.*\n", "", file.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    parts = [line.partition(" ") for line in text.splitlines() if line]
    return [(word, rest.strip()) for word, _, rest in parts]


def test_every_instruction_is_one(lines: list[tuple[str, str]]) -> None:
    known = {"FROM", "ENV", "RUN", "WORKDIR", "ARG", "COPY", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK"}
    assert {word for word, _ in lines} <= known | {"ENTRYPOINT", "CMD"}


def test_files_that_are_copied_are_there_and_not_ignored(lines: list[tuple[str, str]]) -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    names = [n for w, rest in lines if w == "COPY" and "--from" not in rest for n in rest.split()[:-1]]
    assert names
    assert [n for n in names if not (ROOT / n).exists()] == []
    assert [n for n in names if not any(fnmatch(n.removeprefix("./"), a) for a in allowed)] == []


def test_the_build_needs_no_file_that_is_left_out(lines: list[tuple[str, str]]) -> None:
    copied = " ".join(rest for word, rest in lines if word == "COPY")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = [project["project"]["readme"], *project["project"]["license-files"]]
    needed += project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert [name for name in needed if name not in copied] == []
    assert "serve" in project["project"]["optional-dependencies"]


def test_the_server_runs_as_nobody_special_and_in_exec_form(lines: list[tuple[str, str]]) -> None:
    last = max(n for n, (word, _) in enumerate(lines) if word == "FROM")
    final = dict(lines[last:])
    assert final["USER"] not in ("", "root", "0")
    assert json.loads(final["ENTRYPOINT"]) == ["recbox", "serve"]
    assert json.loads(final["CMD"])[0] == "/artifact"
    assert json.loads(final["HEALTHCHECK"].partition("CMD ")[2])[0] == "python"
    assert "/livez" in final["HEALTHCHECK"]


def test_the_command_line_knows_what_the_container_says(lines: list[tuple[str, str]]) -> None:
    import click

    from recbox.cli.front import recbox

    said = json.loads(dict(lines)["CMD"])
    command = recbox.get_command(click.Context(recbox), "serve")
    assert command is not None
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in said if word.startswith("--")} <= options
