"""What the doctor says of a machine, and that nothing keeps it from saying it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from recbox import doctor
from recbox.context import Context
from recbox.doctor import Finding, examine


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    start = time.process_time()
    found = examine(Context(threads=1))
    assert time.process_time() - start < 8  # well under 4 s of wall time on an idle machine
    return found


def test_every_part_of_the_machine_is_named(findings: list[Finding]) -> None:
    named = {finding.what for finding in findings}
    assert {
        "python",
        "torch",
        "gpu",
        "dgl",
        "kernel on cpu",
        "threads",
        "memory",
        "cache",
        "plugins",
    } <= named
    assert {finding.level for finding in findings} <= {"ok", "info", "warning", "error"}


def test_what_is_wrong_comes_with_a_way_out(findings: list[Finding]) -> None:
    assert all(f.remedy for f in findings if f.level in ("warning", "error"))


def test_the_kernel_is_named_with_its_reason(findings: list[Finding]) -> None:
    kernel = next(f for f in findings if f.what == "kernel on cpu")
    assert kernel.detail.startswith(("dgl: installed and sound: DGL", "torch: "))


def test_too_many_threads_are_seen() -> None:
    found = next(doctor._threads(Context(threads=10_000)))
    assert found.level == "warning" and found.remedy.startswith("--threads ")


def test_too_much_memory_is_seen() -> None:
    assert next(doctor._memory(Context(memory=2**60))).level == "warning"


def test_limits_of_a_control_group(tmp_path: Path) -> None:
    file = tmp_path / "cpu.max"
    assert doctor.cpu_quota(file) is None
    for text, cores in (("max 100000", None), ("150000 100000", 1.5), ("rubbish", None)):
        file.write_text(text)
        assert doctor.cpu_quota(file) == cores
    file.write_text("MemTotal: 9 kB\nMemAvailable: 3 kB\n")
    assert doctor.free_bytes(file) == 3072


def test_a_driver_that_torch_cannot_use() -> None:
    def says(cuda: str | None, driver: bool) -> str:
        return next(doctor._gpu(cuda, lambda: False, driver)).detail

    assert "can't use the driver" in says("12.8", True)
    assert "built for the CPU alone" in says(None, True)
    assert says(None, False) == says("12.8", False) == "none; runs use the CPU"


def test_folders_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECBOX_DATA", str(tmp_path / "gone"))
    assert next(doctor._data(Context())).level == "warning"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "file" / "cache"))
    assert next(doctor._cache(Context())).level == "error"
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "new" / "cache"))
    assert next(doctor._cache(Context())).level in ("ok", "warning") and not (tmp_path / "new").exists()


def installed(folder: Path, name: str, version: str, entry: str = "") -> None:
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if entry:
        (info / "entry_points.txt").write_text(entry)


def test_a_broken_plugin_is_an_error_with_its_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "broken-thing", "1.0", "[recbox.layer]\nbroken = nowhere_to_be_found:Layer\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = next(f for f in doctor._plugins(Context()) if f.what == "layer broken")
    assert found.level == "error" and "broken-thing 1.0" in found.detail and found.remedy


def test_a_plugin_that_ends_the_process_is_an_error_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "crash-thing", "1.0", "[recbox.layer]\ncrash = crash_thing:Layer\n")
    (tmp_path / "crash_thing.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = next(f for f in doctor._plugins(Context()) if f.what == "layer crash")
    assert found.level == "error" and "SIGSEGV" in found.detail and "crash-thing 1.0" in found.detail


@pytest.mark.parametrize(("version", "dangerous"), [("5.2.9", True), ("4.57.1", True), ("5.3.0", False)])
def test_a_dangerous_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, dangerous: bool
) -> None:
    installed(tmp_path, "transformers", version)
    monkeypatch.syspath_prepend(tmp_path)
    assert bool(list(doctor._packages(Context()))) == dangerous


def test_a_failed_examination_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: 1 / 0)
    found = next(f for f in examine(Context(threads=1)) if f.what == "threads")
    assert found.level == "error" and "ZeroDivisionError" in found.detail
