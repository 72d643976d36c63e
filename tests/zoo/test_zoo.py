"""What `--help`, `plugins list`, `check` and `run` do about each creature, all of them installed at once."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from zoo_creatures import (
    CLASH,
    CRASHES,
    CREATURES,
    FAULTY,
    HANGS,
    LOUD,
    MODEL,
    NOWHERE,
    PLAIN,
    UNLOADABLE,
    WORKING,
    Creature,
)

import recbox.registry.importing as importing
from recbox.cli.front import call
from recbox.errors import PluginError
from recbox.registry import Registry

RUN = ("--threads", "1", "--device", "cpu")


def name(creature: Creature) -> str:
    return creature.name


def assert_blames(creature: Creature, message: str, says: str) -> None:
    """Distribution, entry point, cause and remedy, and no traceback."""
    assert "Traceback" not in message, message
    origin = f"{creature.distribution} 1.5, entry point {creature.plugin} = {creature.module}:Creature"
    for words in (origin, says, creature.remedy):
        assert words in message, message
    if creature.place:
        assert f"{creature.module}.py:" in message, message


Processes = dict[str, tuple[subprocess.Popen[bytes], Path, Path]]
"""By name: the process, and the files of its standard output and error."""


@pytest.fixture(scope="module", autouse=True)
def begun(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """`plugins list` with all of them, and a run of a recipe that uses none: begun before everything else."""
    folder = tmp_path_factory.mktemp("begun")
    (folder / "plain.yaml").write_text(json.dumps(PLAIN))
    commands = {"run": ["run", "plain.yaml", *RUN, "--json"], "list": ["plugins", "list", "--json"]}
    env = os.environ | {"PYTHONPATH": str(site), "OMP_NUM_THREADS": "1"}
    begun: Processes = {}
    for name, command in commands.items():
        out, err = (folder / f"{name}.{stream}" for stream in ("out", "err"))
        with out.open("w") as told_out, err.open("w") as told_err:
            whole = [sys.executable, "-m", "recbox", *command]
            process = subprocess.Popen(whole, cwd=folder, env=env, stdout=told_out, stderr=told_err)
        begun[name] = process, out, err
    yield begun
    for process, _, _ in begun.values():
        process.kill()
        process.wait()


def told(begun: tuple[subprocess.Popen[bytes], Path, Path]) -> tuple[str, str]:
    """What a process that should succeed printed."""
    process, out, err = begun
    assert process.wait(timeout=120) == 0, err.read_text()
    return out.read_text(), err.read_text()


@pytest.fixture(scope="module")
def rows(begun: Processes) -> dict[str, dict[str, Any]]:
    """What `plugins list --json` says of each distribution, from one call with all of them."""
    out, err = told(begun["list"])
    assert not err
    return {f"{row['distribution']} {row['name']}": row for row in json.loads(out)}


def test_help_imports_none_of_them(process: Callable[..., Any]) -> None:
    done = process("--help", python=("-X", "importtime"))
    assert done.code == 0 and "zoo" not in done.out + done.err


@pytest.mark.parametrize("creature", [*UNLOADABLE, *FAULTY], ids=name)
def test_check_says_what_it_can_know(creature: Creature, recbox: Callable[..., Any]) -> None:
    done = recbox("check", creature.recipe())
    if creature.check:
        assert done.code == 2
        assert_blames(creature, done.err, creature.check)
    else:
        assert done.code == 0 and done.out.endswith("ok\n"), done.err


@pytest.mark.parametrize("creature", [*UNLOADABLE, *FAULTY], ids=name)
def test_run_blames_it(creature: Creature, recbox: Callable[..., Any]) -> None:
    done = recbox("run", creature.recipe(), *RUN, "--json")
    assert (done.code, done.out) == (2, ""), done.err
    assert_blames(creature, done.err, creature.run)
    assert not Path("runs").exists() or not any(p.is_dir() for p in Path("runs").iterdir())


@pytest.mark.parametrize("creature", WORKING, ids=name)
def test_what_is_only_untidy_works(creature: Creature, recbox: Callable[..., Any]) -> None:
    assert recbox("check", creature.recipe()).code == 0
    done = recbox("run", creature.recipe(), *RUN, "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["status"] == "done"


def test_what_is_printed_is_no_part_of_the_results(zoo: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By `print` and by the descriptor, while it is imported, fits, is loaded and scores."""

    def told(*args: str) -> Any:
        forget(LOUD)
        assert call(list(args)) == 0
        out, err = capfd.readouterr()
        assert "below above" in " ".join(err.split()), err
        return json.loads(out), err

    Path("loud.yaml").write_text(json.dumps(LOUD.recipe()))
    document, _ = told("check", "loud.yaml", "--json")
    assert document["plan"]
    document, err = told("run", "loud.yaml", *RUN, "--json", "--out", "loud")
    assert document["status"] == "done" and "fits" in err and "scores" in err
    document, err = told("eval", "loud", "--json")
    assert document["test"] and "loads" in err and "scores" in err
    document, err = told("recommend", "loud", "--all", "--format", "json")
    assert len({row["user"] for row in document}) == 30 and "loads" in err and "scores" in err


def test_data_sets_are_found_beside_a_source_that_fails(recbox: Callable[..., Any]) -> None:
    blamed = replace(NOWHERE, place=True)
    shown = recbox("data", "show", "movielens-100k", "--json")
    assert shown.code == 0 and json.loads(shown.out)["users"] == 943
    assert not [name for name in sys.modules if name.startswith("zoo_") and name != "zoo_creatures"]
    done = recbox("data", "list", "--json")
    found = {row["name"] for row in json.loads(done.out)}
    assert done.code == 0 and {"movielens-100k", "movielens-1m"} <= found
    assert_blames(blamed, done.err, "failed: KeyError: 'place'")
    done = recbox("data", "show", NOWHERE.plugin)
    assert (done.code, done.out) == (2, "")
    assert_blames(blamed, done.err, "failed: KeyError: 'place'")


def test_a_clash_names_both_and_the_way_out(recbox: Callable[..., Any]) -> None:
    recipe = CLASH[0].recipe()
    for command in ("check", "run"):
        done = recbox(command, recipe)
        assert done.code == 2 and "Traceback" not in done.err
        assert "2 distributions bring a layer 'zoo-clash': zoo-clash-a, zoo-clash-b" in done.err
        assert "use: zoo-clash-a:zoo-clash" in done.err
    recipe["layer"] = [{"use": "zoo-clash-b:zoo-clash"}]
    assert recbox("run", recipe, *RUN).code == 0


def test_a_hang_is_told_of_and_can_be_interrupted(
    recbox: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = importing._tell

    def told(origin: str) -> None:
        """Ctrl-C by whoever has read it, once the module's own code is running: what importlib does before
        would swallow it."""
        tell(origin)
        while not hasattr(sys.modules.get("zoo_hangs"), "time"):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(importing, "PATIENCE", 0.2)
    monkeypatch.setattr(importing, "_tell", told)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever ran before in this process
    try:
        done = recbox("check", HANGS.recipe())
    finally:
        signal.signal(signal.SIGINT, before)
    assert done.code == 130 and "Traceback" not in done.err, done.err
    assert "zoo-hangs 1.5, entry point zoo-hangs = zoo_hangs:Creature: its import has taken" in done.err
    assert "recbox plugins list" in done.err


def test_show_looks_at_the_one_that_is_asked_for(recbox: Callable[..., Any]) -> None:
    done = recbox("plugins", "show", CRASHES.plugin)
    assert done.code == 0 and CRASHES.row in done.out and CRASHES.remedy in done.out
    done = recbox("plugins", "show", "zoo-prints", "--json")
    assert [row["name"] for row in json.loads(done.out)] == ["zoo-prints"]


def test_the_schema_leaves_the_broken_out_and_says_so(recbox: Callable[..., Any]) -> None:
    done = recbox("plugins", "schema", "--timeout", "1")
    schema = json.loads(done.out)
    assert done.code == 0 and {"layer.zoo-prints", "layer.gcn"} <= set(schema["$defs"])
    for creature in (*UNLOADABLE, HANGS, CRASHES):
        assert f"layer.{creature.plugin}" not in schema["$defs"]
        assert f"{creature.plugin!r} of {creature.distribution} 1.5" in done.err


def test_the_author_sees_the_whole_traceback(
    recbox: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECBOX_TRACEBACK", "1")
    fails = next(c for c in FAULTY if c.name == "fails")
    assert "Traceback" in recbox("run", fails.recipe(), *RUN).err
    raises = next(c for c in UNLOADABLE if c.name == "raises")
    assert "no such driver" in recbox("check", raises.recipe()).err.partition("Traceback")[2]


def test_a_baseline_that_fails_is_left_out_and_what_was_trained_stays(recbox: Callable[..., Any]) -> None:
    evaluate = {**PLAIN["evaluate"], "baseline": [{"use": "zoo-bad-model"}, {"use": "popularity"}]}
    done = recbox("run", {**PLAIN, "evaluate": evaluate}, *RUN, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)["baseline"]
    assert "failed: TypeError" in found["zoo-bad-model"]["left_out"]
    assert "zoo-bad-model 1.5, entry point" in found["zoo-bad-model"]["left_out"]
    assert found["popularity"]["test"]


FAILS = 'raise ValueError("it can\'t be loaded")'
GOOD = MODEL.replace("BODY", "Fixed(users, items)").replace("VALUE", "1.0")


def test_an_artifact_names_what_is_gone_or_fails(
    recbox: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    creature = Creature("once", GOOD.replace(FAILS, "return Fixed(30, 20)"), "model")
    creature.lay(site)
    with monkeypatch.context() as patch:
        patch.syspath_prepend(site)
        done = recbox("run", creature.recipe(), *RUN, "--out", "kept")
        assert done.code == 0, done.err
        assert recbox("eval", "kept").code == 0
        (site / "zoo_once.py").write_text(GOOD)
        forget(creature)
        done = recbox("recommend", "kept", "--all")
        assert done.code == 2
        assert "ValueError: it can't be loaded" in done.err and "zoo_once.py:" in done.err
        assert "zoo-once 1.5, entry point zoo-once = zoo_once:Creature" in done.err
    forget(creature)
    for command in (["eval", "kept"], ["recommend", "kept", "--all"]):
        done = recbox(*command)
        assert done.code == 2 and "pip install zoo-once==1.5" in done.err, done.err
        assert "there is no model 'zoo-once'" in done.err
    done = recbox("run", "kept/recipe.yaml")
    assert done.code == 2 and "install the package that brings it" in done.err


def test_a_recipe_that_names_the_distribution_says_what_to_install(zoo: Path) -> None:
    with pytest.raises(PluginError) as caught:
        Registry().load("layer", "acme:hop")
    assert caught.value.instead == "pip install acme"
    with pytest.raises(PluginError) as caught:
        Registry().load("layer", "mine.py:hop")
    assert caught.value.instead == "--code mine.py"
    with pytest.raises(PluginError) as caught:
        Registry().load("layer", "a; rm -rf ~:hop")
    assert "pip install" not in caught.value.instead


def forget(creature: Creature) -> None:
    """As a new process would: the module is imported again, from what lies there now."""
    sys.modules.pop(creature.module, None)
    importlib.invalidate_caches()


def test_an_unaffected_recipe_runs_beside_all_of_them(begun: Processes) -> None:
    out, err = told(begun["run"])
    assert json.loads(out)["status"] == "done" and "zoo" not in json.loads(out)["sentence"] + err


@pytest.mark.parametrize("creature", CREATURES, ids=name)
def test_list_has_a_row_for_it(creature: Creature, rows: dict[str, dict[str, Any]]) -> None:
    row = rows[f"{creature.distribution} {creature.plugin}"]
    assert (row["version"], row["entry_point"]) == ("1.5", f"{creature.module}:Creature")
    if not creature.row:
        assert row["error"] == "" and row["summary"]
        return
    assert creature.row in row["error"]
    assert creature.distribution in row["remedy"]


def test_list_for_people_says_whose_each_broken_one_is(recbox: Callable[..., Any]) -> None:
    done = recbox("plugins", "list", "--kind", "layer", "--timeout", "1")
    assert done.code == 0
    for creature in (*UNLOADABLE, HANGS, CRASHES):
        row, _, rest = done.out.partition(f"{creature.distribution} 1.5 ")[2].partition("\n")
        cause, remedy = rest.splitlines()[:2]
        assert row.strip() == "BROKEN"
        assert (
            f"entry point {creature.plugin} = {creature.module}:Creature: " in cause and creature.row in cause
        )
        assert remedy.startswith("    try: ") and creature.remedy in remedy


def test_list_says_who_prints_and_still_has_our_own(rows: dict[str, dict[str, Any]]) -> None:
    assert rows["zoo-prints zoo-prints"]["warning"] == "prints while it is imported: 'hello from the zoo'"
    assert not any(row["error"] for key, row in rows.items() if key.startswith("recbox-graph "))
    assert sum(key.startswith("zoo-") for key in rows) == len(CREATURES)
