"""New versions go live without a failed request; damaged ones don't."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from loading import load
from serving import Server, inside, server

from recbox.api.load import load as load_artifact
from recbox.artifact import read_manifest
from recbox.serve.version import Version
from recbox.serve.watching import look
from recbox.store import Store


def version_of(artifact: Path) -> str:
    return read_manifest(artifact).checksum[:12]


def until(ready: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)


def point(link: Path, folder: Path) -> None:
    """What a promotion does."""
    link.with_suffix(".new").symlink_to(folder)
    os.replace(link.with_suffix(".new"), link)


def damage(artifact: Path, out: Path, draw: random.Random) -> Path:
    """A copy with one byte changed in some file, or with a file missing."""
    shutil.copytree(artifact, out)
    file = draw.choice(sorted(f for f in out.rglob("*") if f.is_file() and f.stat().st_size > 100))
    if draw.random() < 0.3:
        file.unlink()
        return out
    raw = bytearray(file.read_bytes())
    raw[draw.randrange(len(raw))] ^= 0x55
    file.write_bytes(raw)
    return out


@pytest.mark.parametrize(
    ("times", "damaged"), [(4, 2), pytest.param(50, 10, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
)
def test_versions_are_swapped_under_load(artifact, other, tmp_path, times, damaged, capfd):
    """Each answer is of one version whole: its list is the one that this version gives."""
    draw, link, good = random.Random(5), tmp_path / "live", [artifact, other]
    bad = set(draw.sample(range(times), damaged))
    point(link, artifact)
    with inside(link, tmp_path / "e.db", reload_every=0.05) as own:
        own.items(user="u0", k=5)
        with load(own.port, 4, lambda n: ("/recommend", {"user": f"u{n % 20}", "k": 5})) as asking:
            now = artifact
            for turn in range(times):
                if turn in bad:
                    before = refused(own)
                    point(link, damage(artifact, tmp_path / f"bad{turn}", draw))
                    until(lambda before=before: refused(own) > before)
                else:
                    now = good[1] if now is good[0] else good[0]
                    point(link, now)
                    until(lambda now=now: own.get("/about").json["version"] == version_of(now))
                assert own.get("/about").json["version"] == version_of(now)
        assert set(asking.count) == {200}, asking.count
    lists: dict[tuple[str, str], list] = {}
    for body, told in asking.told:
        key = told["version"], body["user"]
        items = [row["item"] for row in told["items"]]
        assert lists.setdefault(key, items) == items
    assert {version for version, _ in lists} == {version_of(artifact), version_of(other)}
    assert capfd.readouterr().err.count('"version refused"') == damaged


def refused(own) -> float:
    lines = own.get("/metrics").body.decode().splitlines()
    return float(next(line for line in lines if line.startswith("recbox_reloads_refused_total ")).split()[1])


def test_a_folder_takes_the_place_of_another_events_stay_and_the_end_is_orderly(artifact, other, tmp_path):
    """Also by SIGHUP, in each process."""
    place = tmp_path / "shop"
    shutil.copytree(artifact, place)
    with server(place, tmp_path / "e.db", "--reload-every", "0", workers=2) as own:
        first = own.items(user="u1", k=1)[0]
        assert own.post("/events", {"events": [{"user": "u1", "item": first}]}).status == 200
        shutil.copytree(other, tmp_path / "next")
        place.rename(tmp_path / "old")
        (tmp_path / "next").rename(place)
        time.sleep(0.3)
        assert own.get("/about").json["version"] == version_of(artifact)
        own.process.send_signal(signal.SIGHUP)
        until(lambda: len(own.said("new version")) == 2)
        for _ in range(6):
            found = own.post("/recommend", {"user": "u1", "k": 60}).json
            assert found["version"] == version_of(other) and found["folded"]
            assert first not in [row["item"] for row in found["items"]]
        _end_under_load(own, tmp_path / "e.db")


def _end_under_load(own: Server, path: Path) -> None:
    """SIGTERM: all that was accepted is answered, what was acknowledged is stored."""

    def ask(n: int):
        if n % 3:
            return "/recommend", {"user": f"u{n % 20}", "k": 20}
        return "/events", {"events": [{"user": "x", "item": n, "event_id": str(n)}]}

    with load(own.port, 8, ask) as asking:
        until(lambda: asking.count[200] > 50)
        assert own.stop() == 0
    assert set(asking.count) <= {200, "refused"}, asking.count
    assert not own.said("fault") and not own.said("process ended")
    stored = sum(told["stored"] for body, told in asking.told if "events" in body)
    with Store(path) as store:
        assert len(store.of_user("x")) == stored > 10


def test_vectors_are_the_files_and_outlive_it(artifact, other, tmp_path):
    """Mapped: processes share them, and a version whose folder is gone still answers as it did."""
    place = tmp_path / "shop"
    shutil.copytree(artifact, place)
    version = Version.open(place)
    vectors = version.vectors
    mapped = Path("/proc/self/maps").read_text()
    assert str(place / "scorer.safetensors") in mapped
    before = vectors[1].clone()
    shutil.rmtree(place)
    shutil.copytree(other, place)
    assert torch.equal(vectors[1], before) and torch.equal(vectors[1], load_artifact(artifact).scorer.item)


def test_a_look_tells_versions_apart(artifact, tmp_path):
    place = tmp_path / "a"
    shutil.copytree(artifact, place)
    before = look(place)
    assert before and look(place) == before and look(tmp_path / "none") == ()
    (place / "node" / "item.parquet").write_bytes(b"x")
    assert look(place) != before
