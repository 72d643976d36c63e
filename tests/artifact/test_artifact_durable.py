"""Kills, full disks, races and places that can't be written to: a whole artifact or none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from recbox.artifact import Content, check_target, open_artifact, write
from recbox.artifact.target import folder_name
from recbox.errors import ArtifactError

CHILD = """
import importlib.metadata, json, os, resource, signal, sys
importlib.metadata.version("torch")
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from artifact_tiny import content, popularity
from recbox.artifact import disk, write
from recbox.errors import ArtifactError

def killer(step, last, steps):
    def stepped(*args):
        count(last, steps)
        return step(*args)
    return stepped

def count(last, steps):
    steps.append(1)
    if len(steps) == last:
        os.kill(os.getpid(), signal.SIGKILL)

def kill(folder, last):
    steps = []
    for name in ("put", "sync", "move", "sync_folder", "_claim"):
        setattr(disk, name, killer(getattr(disk, name), last, steps))
    write(content(**popularity()), folder / "a")

def size(folder, most):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        write(content(**popularity()), folder / "a")
    except ArtifactError as error:
        (folder / "error").symlink_to(str(error).replace("/", "|"))
        os._exit(2)

for job, number in json.loads(sys.argv[3]):
    folder = Path(sys.argv[2]) / f"{job}-{number}"
    folder.mkdir()
    pid = os.fork()
    if pid == 0:
        try:
            {"kill": kill, "size": size}[job](folder, number)
            os._exit(0)
        finally:
            os._exit(1)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


KILLED, REFUSED = signal.SIGKILL, 2 << 8
JOBS = [("kill", n) for n in range(1, 34)] + [("size", n) for n in (0, 1, 100, 300, 600, 1000, 2000)]


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, int], int]]:
    """The wait status of a child for each job: killed at its n-th step, or no file larger than n bytes.

    They are forked from one process that has imported everything and run nothing.
    """
    place = tmp_path_factory.mktemp("children")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(place), json.dumps(JOBS)],
        capture_output=True, text=True, timeout=200, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return place, dict(zip(JOBS, map(int, done.stdout.split()), strict=True))


Children = tuple[Path, dict[tuple[str, int], int]]


def test_killed_between_any_two_steps(children: Children) -> None:
    folder, status = children
    found = {number: s for (job, number), s in status.items() if job == "kill"}
    assert set(found.values()) == {0, KILLED}
    assert sum(s == KILLED for s in found.values()) == 32, "the steps weren't swept"
    for number, ended in found.items():
        place = folder / f"kill-{number}" / "a"
        assert ended == KILLED or place.exists()
        if place.exists():
            assert open_artifact(place).dataset.name == "tiny"
        left = [n for n in os.listdir(place.parent) if n != "a"]
        assert all(n.startswith(".a.tmp-") for n in left)


def test_what_a_killed_writer_left_is_swept_by_the_next(
    children: Children, make: Callable[..., Content]
) -> None:
    place = children[0] / "kill-15"
    assert [n[:7] for n in os.listdir(place)] == [".a.tmp-"]
    write(make(), place / "b")
    assert len(os.listdir(place)) == 2
    write(make(), place / "a")
    assert sorted(os.listdir(place)) == ["a", "b"]


def test_files_larger_than_allowed(children: Children) -> None:
    """The limit on a file's size stands for a full disk: the system refuses the same write."""
    folder, status = children
    for (job, number), ended in status.items():
        if job == "size":
            assert ended == REFUSED
            assert os.listdir(folder / f"size-{number}") == ["error"]
            error = os.readlink(folder / f"size-{number}" / "error")
            assert "can't write the artifact" in error and "File too large" in error


def test_a_full_disk(tmp_path: Path, make: Callable[..., Content]) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        with pytest.raises(ArtifactError, match=r"No space left[\s\S]*free some space"):
            write(make(), disk / "a")
        assert os.listdir(disk) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_read_only_disk(tmp_path: Path, make: Callable[..., Content]) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(disk)], capture_output=True, check=False
    ).returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        for refused in (lambda: write(make(), disk / "a"), lambda: check_target(disk / "b" / "a")):
            with pytest.raises(ArtifactError, match=r"Read-only[\s\S]*name a folder that can be written"):
                refused()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_two_runs_with_one_target_have_one_winner(tmp_path: Path, make: Callable[..., Content]) -> None:
    for number in range(10):
        outcomes = race(2, lambda n=number: write(make(name="x"), tmp_path / f"a{n}"))
        errors = [o for o in outcomes if isinstance(o, Exception)]
        assert len(errors) == 1
        assert isinstance(errors[0], ArtifactError)
        assert open_artifact(tmp_path / f"a{number}").name == "x"
    assert len(os.listdir(tmp_path)) == 10


def test_runs_of_one_name_number_themselves(place: Path, make: Callable[..., Content]) -> None:
    outcomes = race(4, lambda: write(make(), None))
    assert {p.name for p in outcomes} == {"tiny", "tiny-2", "tiny-3", "tiny-4"}
    assert all(open_artifact(p).name == "tiny" for p in outcomes)
    assert sorted(os.listdir(place / "runs")) == ["tiny", "tiny-2", "tiny-3", "tiny-4"]


def race(runners: int, job: Callable[[], Path]) -> list[Path | Exception]:
    outcomes: list[Path | Exception] = []
    gate = threading.Barrier(runners)

    def run() -> None:
        gate.wait()
        try:
            outcomes.append(job())
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run) for _ in range(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_nothing_is_written_over_anything(place: Path, make: Callable[..., Content]) -> None:
    (place / "full").mkdir()
    (place / "full" / "mine.txt").write_text("mine")
    (place / "file").write_text("mine")
    (place / "link").symlink_to(place / "nowhere")
    for name in ("full", "file", "link", "file/below"):
        for refused in (lambda n=name: write(make(), Path(n)), lambda n=name: check_target(Path(n))):
            with pytest.raises(ArtifactError, match=f"{name}[\\s\\S]*(try: |)"):
                refused()
    assert (place / "full" / "mine.txt").read_text() == "mine"
    assert sorted(os.listdir(place)) == ["file", "full", "link"]


def test_an_empty_folder_may_be_filled(place: Path, make: Callable[..., Content]) -> None:
    (place / "empty").mkdir()
    check_target(Path("empty"))
    assert open_artifact(write(make(), Path("empty"))).name == "tiny"


def test_the_default_name_passes_over_what_is_there(place: Path, make: Callable[..., Content]) -> None:
    (place / "runs").mkdir()
    (place / "runs" / "tiny").write_text("a file in the way")
    assert write(make(), None).name == "tiny-2"
    assert write(make(), None).name == "tiny-3"


def test_checking_leaves_nothing(place: Path) -> None:
    check_target(None)
    check_target(place / "new" / "deep" / "a")
    assert os.listdir(place) == []


def test_a_process_without_rights_is_told_so(place: Path, make: Callable[..., Content]) -> None:
    for where in (Path("/proc/x/a"), Path("/proc/a")):
        with pytest.raises(ArtifactError, match="can't write"):
            check_target(where)
        with pytest.raises(ArtifactError, match="can't write"):
            write(make(), where)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("movielens-gcn", "movielens-gcn"),
        ("../../etc", "etc"),
        ("a b/c", "a-b-c"),
        ("...", "run"),
        ("", "run"),
        ("é" * 500, "é" * 80),
    ],
)
def test_names_of_folders(name: str, folder: str) -> None:
    assert folder_name(name) == folder


def test_a_writer_at_work_is_not_swept(place: Path, make: Callable[..., Content]) -> None:
    from recbox.artifact import disk

    with disk.staging(place, "a") as working:
        write(make(), place / "a")
        assert working.is_dir()
    assert os.listdir(place) == ["a"]


def test_a_probe_that_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / f".recbox-check.tmp-{'0' * 16}"
    left.mkdir()
    (left / "probe").write_text("x")
    check_target(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
