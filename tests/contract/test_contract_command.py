"""`recbox plugins test`: what it finds, what it says, and that no plugin can bring it down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recbox.cli.front import call

LAYER = '''
from typing import final
from recbox.plugin import Layer

@final
class Hop(Layer):
    """The mean of the neighbours."""

    def width(self, width, dim):
        return width

    def build(self, spec):
        from torch import nn
        {build}
        class Mean(nn.Module):
            def forward(self, graph, x):
                return graph.propagate(x, "row")
        return Mean()
'''


def write(folder: Path, build: str = "", before: str = "", name: str = "mine.py") -> Path:
    path = folder / name
    path.write_text(before + LAYER.replace("{build}", build))
    return path


def test(asked: object, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict]:
    code = call(["plugins", "test", str(asked), "--json", *options])
    return code, json.loads(capsys.readouterr().out)


test.__test__ = False


def failed(document: dict) -> dict[str, str]:
    return {r["law"]: r["said"] for r in document["results"] if r["status"] == "failed"}


def test_a_file_with_a_good_layer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = test(write(tmp_path), capsys)
    assert (code, failed(document), document["ok"]) == (0, {}, True)
    assert document["count"]["passed"] > 10
    assert document["results"][0]["law"] == "loads"
    skipped = [r for r in document["results"] if r["status"] == "skipped"]
    assert all(r["said"] for r in skipped)


def test_a_package_that_is_not_installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, name="acme_hop.py")
    entry = '[project]\nname = "acme"\n[project.entry-points."recbox.layer"]\nhop = "acme_hop:Hop"\n'
    (tmp_path / "pyproject.toml").write_text(entry)
    code, document = test(tmp_path, capsys)
    assert (code, {r["plugin"] for r in document["results"]}) == (0, {"hop"})


@pytest.mark.parametrize(
    ("before", "said", "instead"),
    [
        ("1 / 0\n", "ZeroDivisionError", "mend acme_hop:Hop; RECBOX_TRACEBACK=1"),
        ("import not_there\n", "needs the module", "pip install not_there, which acme_hop:Hop needs"),
    ],
)
def test_a_package_that_is_not_installed_and_fails_is_named_by_its_entry_point(
    before: str, said: str, instead: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, before=before, name="acme_hop.py")
    entry = '[project]\nname = "acme"\n[project.entry-points."recbox.layer"]\nhop = "acme_hop:Hop"\n'
    (tmp_path / "pyproject.toml").write_text(entry)
    code, document = test(tmp_path, capsys)
    (loads,) = document["results"]
    assert (code, loads["status"]) == (2, "failed")
    assert said in loads["said"]
    assert loads["instead"].startswith(instead)


def test_a_name_a_distribution_and_a_kind(capsys: pytest.CaptureFixture[str]) -> None:
    for asked in ("lightgcn", "recbox-graph:lightgcn"):
        code, document = test(asked, capsys, "--kind", "layer")
        assert (code, {r["kind"] for r in document["results"]}) == (0, {"layer"})
    code, document = test("recbox-graph", capsys, "--kind", "head")
    assert (code, {r["plugin"] for r in document["results"]}) == (0, {"cosine", "dot", "mlp", "rating"})


def test_a_broken_law_says_what_was_seen_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, build="print('built')")
    assert call(["plugins", "test", str(path)]) == 2
    out = capsys.readouterr().out
    assert "FAILED prints-nothing" in out
    assert "seen: it writes 'built" in out
    assert "try:  raise errors" in out


def test_one_mistake_that_most_laws_run_into_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, build="raise KeyError('my own mistake')")
    assert call(["plugins", "test", str(path)]) == 2
    out = capsys.readouterr().out
    assert out.count("my own mistake") == 1
    assert "laws (defaults): same-seed-same-result, " in out
    assert f"({path}:14), each time\n    try:  mend this first" in out
    code, document = test(path, capsys)
    assert code == 2
    assert f"FAILED {len(failed(document))} laws" in out


@pytest.mark.parametrize(
    ("where", "code", "said"),
    [
        ("before", "import time\ntime.sleep(60)\n", "took more than 5 s and was cut"),
        ("before", "import os\nos._exit(3)\n", "ended"),
        ("build", "import time; time.sleep(60)", "took more than 5 s and was cut"),
        ("build", "import os; os._exit(3)", "ended the process (exit code 3)"),
        ("build", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "by SIGSEGV"),
    ],
)
def test_a_plugin_that_hangs_or_ends_the_process(
    where: str, code: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    once = f"import pathlib\n        if not pathlib.Path({str(tmp_path / 'seen')!r}).exists():\n"
    once += f"            pathlib.Path({str(tmp_path / 'seen')!r}).touch()\n            {code}"
    entry = '[project]\nname = "acme"\n[project.entry-points."recbox.layer"]\nhop = "acme_hop:Hop"\n'
    (tmp_path / "pyproject.toml").write_text(entry)
    write(tmp_path, **{where: once if where == "build" else code}, name="acme_hop.py")
    result, document = test(tmp_path, capsys, "--timeout", "5")
    seen = failed(document)
    assert result == 2
    assert len(seen) == 1
    assert said in next(iter(seen.values()))
    if where == "build":
        assert document["count"]["passed"] > 10  # the other checks went on in a new process


@pytest.mark.parametrize(
    ("again", "said"),
    [
        ("time.sleep(4)", ""),
        ("os.kill(os.getpid(), 9)", "loaded once more, in a new process, it ended the process by SIGKILL"),
    ],
)
def test_a_new_process_that_loads_slowly_or_never_loses_no_result(
    again: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = f"pathlib.Path({str(tmp_path / 'seen')!r})"
    before = f"import os, pathlib, time\nif {seen}.exists():\n    {again}\n"
    hangs = f"import pathlib, time\n        if not {seen}.exists():\n"
    hangs += f"            {seen}.touch()\n            time.sleep(60)"
    entry = '[project]\nname = "acme"\n[project.entry-points."recbox.layer"]\nhop = "acme_hop:Hop"\n'
    (tmp_path / "pyproject.toml").write_text(entry)
    write(tmp_path, build=hangs, before=before, name="acme_hop.py")
    code, document = test(tmp_path, capsys, "--timeout", "3")
    assert code == 2
    first = next(text for law, text in failed(document).items() if law != "loads")
    assert first == "it took more than 3 s and was cut"
    assert document["results"][0]["status"] == "passed"
    assert said in failed(document).get("loads", "")
    assert (document["count"]["passed"] > 10) is (said == "")


def test_required_options_without_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.py"
    path.write_text(LAYER.replace("{build}", "").replace('neighbours."""', 'neighbours."""\n    k: int\n'))
    assert call(["plugins", "test", str(path)]) == 2
    shown = capsys.readouterr()
    assert "seen: Hop can't be made without options: it requires k\n" in shown.out
    assert 'try:  give `examples = ({"k": ...},)` on the class' in shown.out
    assert "Traceback" not in shown.out + shown.err


@pytest.mark.parametrize("asked", ["no-such-plugin", "no/such/folder", "nothing.py", "", ":", "x" * 300])
def test_nothing_of_that_name(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["plugins", "test", asked]) == 2
    assert "recbox: " in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_no_name_of_a_plugin(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["plugins", "test", "./recbox-my-hop"]) == 2
    assert "./recbox-my-hop: there is no such file or folder" in capsys.readouterr().err


def test_a_folder_or_a_file_without_plugins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["plugins", "test", str(tmp_path)]) == 2
    assert "pyproject.toml" in capsys.readouterr().err
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'acme'\n")
    assert call(["plugins", "test", str(tmp_path)]) == 2
    assert "no plugin" in capsys.readouterr().err
    assert call(["plugins", "test", str(write(tmp_path)), "--kind", "head"]) == 2
    assert "no plugin of the kind head is here\n  try: another --kind" in capsys.readouterr().err
    (tmp_path / "empty.py").write_text("x = 1\n")
    assert call(["plugins", "test", str(tmp_path / "empty.py")]) == 2
    assert "no plugin" in capsys.readouterr().err
