"""A run with trackers: what they are told, and that they change nothing, whatever they do."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tracker_kit import SMALL, Heard, lines, run, tracker

import recbox
from recbox.errors import DataError, OptionError, PluginError, RecboxError

ABSENT = SMALL | {
    "data": {"source": {"use": "lightgcn", "folder": "nowhere"}, "split": {"by": "user-random"}}
}
"""A recipe that is sound, whose data isn't there."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return run(out=tmp_path_factory.mktemp("plain") / "a")


def kept(folder: Path) -> dict[str, str]:
    """What a run gives, file by file, but for times."""
    names = ("scorer.safetensors", "weights.safetensors", "layer0.safetensors", "recipe.yaml")
    found = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    metrics = json.loads((folder / "metrics.json").read_text())
    return found | {name: metrics[name] for name in ("test", "valid", "sentence")}


def test_a_tracker_is_told_all_of_a_run(tmp_path: Path, plain: Any) -> None:
    heard = Heard()
    outcome = run(out=tmp_path / "a", track=["lines"], code=[tracker(tmp_path)], progress=heard)
    told = lines(tmp_path / "lines.jsonl")
    assert [next(iter(line)) for line in told] == ["begin", "epoch", "epoch", "epoch", "end"]
    name, recipe, seed, data = told[0]["begin"]
    assert (name, seed, recipe["train"]["epochs"]) == ("small", 0, 3)
    assert recipe["train"]["optimizer"]["lr"] > 0, "every default is in the resolved recipe"
    assert data == outcome.metrics["data"]
    history = [json.loads(line) for line in (outcome.folder / "history.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in told[1:-1]] == history
    assert told[-1]["end"] == ["done", outcome.metrics, str(outcome.folder.absolute())]
    assert heard.of_trackers == []
    assert kept(outcome.folder) == kept(plain.folder)


def test_a_model_has_no_epochs(tmp_path: Path) -> None:
    recipe = {k: v for k, v in SMALL.items() if k not in ("dim", "layer", "objective", "train")}
    run(recipe | {"model": {"use": "ease"}}, track=["lines:x.jsonl"], code=[tracker(tmp_path)])
    assert [next(iter(line)) for line in lines(tmp_path / "x.jsonl")] == ["begin", "end"]


@pytest.mark.parametrize(
    ("faults", "said", "instead"),
    [
        ({"begin": "raise ValueError('no disk')"}, "fails in `begin`: ValueError: no disk", "mend mine.py"),
        ({"epoch": "1 / 0"}, "fails in `epoch`: ZeroDivisionError", "mend mine.py"),
        ({"end": "raise SystemExit(0)"}, "fails in `end`: SystemExit", "mend mine.py"),
        ({"begin": "import no_such_library"}, "needs the module 'no_such_library'", "pip install no_such"),
        ({"begin": "return 7"}, "begin returns a int, not a Track", "mend mine.py"),
        ({"epoch": "import os; os._exit(3)"}, "ended its process (exit code 3)", "mend mine.py"),
        ({"epoch": "import os; os.kill(os.getpid(), 11)"}, "ended its process by SIGSEGV", "mend mine.py"),
        ({"begin": "import os; os.close(int(__import__('sys').argv[1]))"}, "", "mend mine.py"),
    ],
)
def test_a_tracker_that_fails_is_left_out_with_one_notice(
    faults: dict[str, str], said: str, instead: str, tmp_path: Path, plain: Any
) -> None:
    heard = Heard()
    code = tracker(tmp_path, **faults)
    outcome = run(out=tmp_path / "a", track=["lines"], code=[code], progress=heard)
    (notice,) = heard.of_trackers
    assert said in notice
    assert instead in notice
    assert "the run goes on without it" in notice
    assert "mine.py" in notice.splitlines()[0]
    assert (outcome.status, kept(outcome.folder)) == ("done", kept(plain.folder))


@pytest.mark.parametrize("when", ["epoch", "end"])
def test_a_tracker_that_hangs_is_cut(when: str, tmp_path: Path, plain: Any, hurried: None) -> None:
    heard = Heard()
    code = tracker(tmp_path, **{when: "import time; time.sleep(600)"})
    start = time.monotonic()
    outcome = run(out=tmp_path / "a", track=["lines"], code=[code], progress=heard)
    assert time.monotonic() - start < 60
    assert "took more than 2 s and was cut" in heard.of_trackers[0]
    assert len(heard.of_trackers) == 1
    assert kept(outcome.folder) == kept(plain.folder)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less patience than a run has."""
    from recbox.tracker import line, trackers

    monkeypatch.setattr(trackers, "Patience", lambda: line.Patience(20, 20, 2, 2, 20, 1))


def test_a_hanging_one_holds_up_no_other(tmp_path: Path, hurried: None) -> None:
    slow = tracker(tmp_path, epoch="import time; 'slow' in str(self.file) and time.sleep(600)")
    heard = Heard()
    run(track=["lines:slow.jsonl", "lines:quick.jsonl"], code=[slow], progress=heard)
    assert len(lines(tmp_path / "quick.jsonl")) == 5
    assert len(heard.of_trackers) == 1


def test_what_it_prints_is_not_seen(tmp_path: Path) -> None:
    noise = "print('noise'); import os; os.write(1, b'noise'); os.write(2, b'noise')"
    code = tracker(tmp_path, begin=noise, epoch=noise, end=noise)
    recipe = tmp_path / "r.yaml"
    recipe.write_text(json.dumps(SMALL))
    command = [sys.executable, "-m", "recbox", "run", recipe, "--track", "lines", "--code", code, "--json"]
    done = subprocess.run(
        [*map(str, command), "--threads", "1"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "done"
    assert "noise" not in done.stderr
    assert len(lines(tmp_path / "lines.jsonl")) == 5


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ("tensorbord:logs", PluginError, "there is no tracker 'tensorbord'"),
        ("linse", PluginError, "did you mean 'lines'?"),
        ("", OptionError, "names no tracker"),
        (":x", OptionError, "names no tracker"),
        ("no-such.py:lines", PluginError, "there is no tracker 'no-such.py'"),
    ],
)
def test_a_name_that_is_not_there_ends_the_run_before_data_is_read(
    asked: str, error: type[RecboxError], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error) as raised:
        run(ABSENT, track=[asked], code=[tracker(tmp_path)])
    assert said in str(raised.value)


def test_a_where_that_is_refused_ends_it_too(tmp_path: Path) -> None:
    refuse = "from pydantic import field_validator\nfrom recbox.plugin import mistake\n"
    code = tracker(tmp_path, top=refuse)
    text = code.read_text().replace(
        "    def begin(",
        "    @field_validator('where')\n    @classmethod\n    def _no(cls, value):\n"
        "        raise mistake('a file is no place', instead='a folder')\n\n    def begin(",
        1,
    )
    code.write_text(text)
    with pytest.raises(OptionError) as raised:
        run(track=["lines:x"], code=[code])
    assert (raised.value.what, raised.value.instead) == ("a file is no place", "a folder")
    assert raised.value.where == "--track lines:x"


def test_a_distribution_tells_two_of_a_name_apart(tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text(tracker(tmp_path).read_text())
    codes = [tmp_path / "mine.py", other]
    other.write_text(other.read_text() + "\n# another file\n")
    with pytest.raises(PluginError, match="2 distributions bring a tracker 'lines'") as raised:
        run(track=["lines"], code=codes)
    assert "--track mine.py:lines" in raised.value.instead
    run(track=["other.py:lines:sub.jsonl"], code=codes)
    assert len(lines(tmp_path / "sub.jsonl")) == 5


def test_a_run_that_fails_is_ended_as_failed(tmp_path: Path) -> None:
    code = tracker(tmp_path)
    bad = code.read_text() + (
        "\n\nfrom recbox.plugin import Layer\n\n\n@final\nclass Bad(Layer):\n    '''Fails.'''\n\n"
        "    def width(self, width, dim):\n        return width\n\n"
        "    def build(self, spec):\n        raise RuntimeError('broken')\n"
    )
    code.write_text(bad)
    with pytest.raises(PluginError, match="broken"):
        run(SMALL | {"layer": [{"use": "bad"}]}, track=["lines"], code=[code])
    assert lines(tmp_path / "lines.jsonl")[-1] == {"end": ["failed", {}, "None"]}


def test_data_that_is_not_there_begins_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        run(ABSENT, track=["lines"], code=[tracker(tmp_path)])
    assert not (tmp_path / "lines.jsonl").exists()


def _started(tmp_path: Path) -> subprocess.Popen[str]:
    """A long run with a tracker, of which an epoch has been told."""
    recipe = tmp_path / "r.yaml"
    recipe.write_text(json.dumps(SMALL | {"train": {"epochs": 100_000, "batch": 256, "patience": None}}))
    command = [sys.executable, "-m", "recbox", "run", recipe, "--track", "lines", "--threads", "1"]
    child = subprocess.Popen(
        [*map(str, command), "--code", str(tracker(tmp_path))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _until(lambda: (tmp_path / "lines.jsonl").exists() and len(lines(tmp_path / "lines.jsonl")) > 3)
    return child


def _until(true: Any, limit: float = 90) -> None:
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def test_an_interrupted_run_ends_too(tmp_path: Path) -> None:
    child = _started(tmp_path)
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to all of the group
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130, said
    status, metrics, folder = lines(tmp_path / "lines.jsonl")[-1]["end"]
    assert (status, "test" in metrics, Path(folder).is_dir()) == ("interrupted", False, True)
    assert "the tracker" not in said


def test_a_job_of_a_search_that_gets_ctrl_c_twice_ends_its_trial_once(tmp_path: Path) -> None:
    """From the terminal, and from the process that started it, while its tracker still writes."""
    search = {"search": {"train.optimizer.lr": [0.01, 0.02]}}
    train = {"train": {"epochs": 100_000, "batch": 256, "patience": None}}
    (tmp_path / "r.yaml").write_text(json.dumps(SMALL | train | search))
    slow = tracker(tmp_path, end="import time; time.sleep(2)")
    command = [sys.executable, "-m", "recbox", "tune", "r.yaml", "--jobs", "2", "--trials", "2", "--no-prune"]
    command += ["--threads", "1", "--track", "lines", "--code", str(slow)]
    child = subprocess.Popen(command, start_new_session=True)

    def ended() -> list[str]:
        return [line["end"][0] for line in lines(tmp_path / "lines.jsonl") if "end" in line]

    _until(lambda: (tmp_path / "lines.jsonl").exists())
    _until(lambda: sum("begin" in x for x in lines(tmp_path / "lines.jsonl")) == 2)
    job = _jobs_of(child.pid)
    os.kill(job, signal.SIGINT)
    time.sleep(0.7)
    os.kill(job, signal.SIGINT)
    _until(ended)
    os.killpg(child.pid, signal.SIGINT)
    assert child.wait(60) == 130
    assert ended() == ["interrupted", "interrupted"]


def _jobs_of(parent: int) -> int:
    """The one process of a search that another one started."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words, stat = (folder / "cmdline").read_bytes(), (folder / "stat").read_text()
        except OSError:
            continue
        if b"recbox.tuning.job" in words and stat.rpartition(")")[2].split()[1] == str(parent):
            return int(folder.name)
    raise AssertionError("no job")


def test_a_run_that_is_killed_is_ended_as_failed_and_leaves_no_process(tmp_path: Path) -> None:
    child = _started(tmp_path)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate(timeout=60)
    _until(lambda: "end" in lines(tmp_path / "lines.jsonl")[-1], 30)
    assert lines(tmp_path / "lines.jsonl")[-1] == {"end": ["failed", {}, "None"]}


@pytest.mark.parametrize("unread", [False, True], ids=["as-it-answers", "with-an-answer-unread"])
def test_a_run_that_is_killed_between_question_and_answer_is_ended_too(unread: bool, tmp_path: Path) -> None:
    slow = tracker(tmp_path, epoch="import time; time.sleep(0.5)")
    ours, theirs = socket.socketpair()
    told = {"name": "small", "recipe": {}, "seed": 0, "data": {}}
    with theirs:
        command = [sys.executable, "-m", "recbox.tracker", theirs.fileno(), "lines", "lines.jsonl", slow]
        child = subprocess.Popen([*map(str, command)], pass_fds=[theirs.fileno()])
    with ours, ours.makefile("rwb", buffering=0) as line:
        line.readline()
        line.write(json.dumps({"begin": told}).encode() + b"\n")
        _until(lambda: (tmp_path / "lines.jsonl").exists())
        if not unread:
            line.readline()
        line.write(json.dumps({"epoch": {"epoch": 0}}).encode() + b"\n")
    assert child.wait(60) == 0
    assert lines(tmp_path / "lines.jsonl")[1:] == [{"epoch": {"epoch": 0}}, {"end": ["failed", {}, "None"]}]


def test_a_resumed_run_tells_the_earlier_epochs_again(tmp_path: Path) -> None:
    child = _started(tmp_path)
    os.killpg(child.pid, signal.SIGINT)
    child.communicate(timeout=60)
    recipe = json.loads((tmp_path / "r.yaml").read_text())
    done = len((tmp_path / "runs/small/history.jsonl").read_text().splitlines())
    recipe["train"]["epochs"] = done + 2
    recbox.run(recipe, threads=1, resume=True, track=["lines:again.jsonl"], code=[tmp_path / "mine.py"])
    epochs = [line["epoch"]["epoch"] for line in lines(tmp_path / "again.jsonl") if "epoch" in line]
    assert epochs == list(range(len(epochs)))
    assert len(epochs) >= 3
