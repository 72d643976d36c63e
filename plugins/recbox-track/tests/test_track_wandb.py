"""What wandb wrote, by its own messages; and that it dialled nobody."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from recbox_track import WandB
from track_made import Told, problems, told

BLOCK, HEADER = 32768, 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


@pytest.fixture(scope="module")
def proxy() -> Iterator[socket.socket]:
    """Whoever dials out comes here: connections wait in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("wandb", reason="the extra recbox-track[wandb] is not installed")
    return tmp_path_factory.mktemp("wandb")


@pytest.fixture(scope="module")
def run(folder: Path, proxy: socket.socket) -> Told:
    address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            patch.setenv(name, address)
        for name in ("NO_PROXY", "no_proxy"):
            patch.delenv(name, raising=False)
        patch.setenv("WANDB_MODE", "online")
        patch.setenv("WANDB_API_KEY", "0" * 40)
        return told(folder, f"wandb:{folder / 'logs'}")


@pytest.fixture(scope="module")
def records(folder: Path, run: Told) -> list[Any]:
    from wandb.proto.wandb_internal_pb2 import Record

    assert problems(run) == []
    (file,) = (folder / "logs" / "wandb").glob("offline-run-*/run-*.wandb")
    return [Record.FromString(chunk) for chunk in chunks(file.read_bytes())]


def chunks(data: bytes) -> Iterator[bytes]:
    """The records of a log in LevelDB's format, after the seven bytes of wandb's own header."""
    at, parts = HEADER, b""
    while at + HEADER <= len(data):
        if BLOCK - at % BLOCK < HEADER:
            at += BLOCK - at % BLOCK
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        part, at = data[at + HEADER : at + HEADER + length], at + HEADER + length
        parts = part if kind in (FULL, FIRST) else parts + part
        if kind in (FULL, LAST):
            yield parts


def of(records: list[Any], kind: str) -> list[Any]:
    return [getattr(r, kind) for r in records if r.WhichOneof("record_type") == kind]


def items(found: Any) -> dict[str, Any]:
    return {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in found}


def test_the_curves_are_those_of_the_history(records: list[Any], run: Told) -> None:
    rows = [items(row.item) for row in of(records, "history")]
    assert [row["valid/ndcg@10"] for row in rows] == run.curve("ndcg@10")
    assert [row["loss"] for row in rows] == [row["loss"] for row in run.history]
    assert [row["_step"] for row in rows] == [0, 1, 2]


def test_figures_recipe_and_artifact_are_there(records: list[Any], run: Told) -> None:
    summary: dict[str, Any] = {}
    for found in of(records, "summary"):
        summary |= items(found.update)
    assert {m: summary[f"test/{m}"] for m in run.test} == run.test
    assert summary["artifact"] == str(run.outcome.folder.absolute())
    (begun,) = of(records, "run")[:1]
    config = items(begun.config.update)
    assert (config["recipe"]["train"]["epochs"], config["seed"]) == (3, 3)
    assert config["data"] == run.outcome.metrics["data"]
    assert begun.display_name == "small"
    assert of(records, "exit")[0].exit_code == 0


def test_nobody_was_dialled(run: Told, proxy: socket.socket) -> None:
    """Although the environment asks for an online run."""
    proxy.settimeout(0.5)
    with pytest.raises(TimeoutError):
        proxy.accept()


def test_a_connection_would_be_seen(folder: Path) -> None:
    """The same library online, on purpose: it goes through the proxy."""
    import os
    import subprocess
    import sys

    code = "import wandb; wandb.init(mode='online', settings=wandb.Settings(init_timeout=5, silent=True))"
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
        env = {k: v for k, v in os.environ.items() if k.lower() != "no_proxy"} | dict.fromkeys(names, address)
        child = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=folder,
            env=env | {"WANDB_API_KEY": "0" * 40},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            server.settimeout(60)
            server.accept()[0].close()
        finally:
            child.kill()
            child.wait()


def test_the_folder_has_a_default() -> None:
    assert WandB().where == "wandb"
