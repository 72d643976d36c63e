"""A model of the hub: fetched at one commit, without code, once; here from a hub of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import text_made

HERE = Path(__file__).parent
REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def hub(models: dict[str, Path]) -> Iterator[tuple[str, list[str]]]:
    """Its address, and the paths that were asked for. It has one repository, with code and a pickle in it."""
    asked: list[str] = []
    files = {p.name: p.read_bytes() for p in models["bert"].iterdir()}
    files |= {"modeling_evil.py": b"raise SystemExit", "pytorch_model.bin": b"\x80\x04."}

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            asked.append(self.path)
            path = self.path.partition("?")[0]
            if path.startswith(f"/api/models/org/name/revision/{REVISION}"):
                listed = [{"rfilename": name, "size": len(data)} for name, data in files.items()]
                self._answer(json.dumps({"id": "org/name", "sha": REVISION, "siblings": listed}).encode())
            elif path.startswith(f"/api/models/org/name/tree/{REVISION}"):
                listed = [
                    {"type": "file", "path": n, "size": len(d), "oid": n.ljust(40, "0")}
                    for n, d in files.items()
                ]
                self._answer(json.dumps(listed).encode())
            else:
                name = path.rpartition("/")[2]
                data = files.get(name) if path.startswith(f"/org/name/resolve/{REVISION}/") else None
                self._answer(data)

        def _answer(self, data: bytes | None) -> None:
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            self.send_header("ETag", '"' + self.path.rpartition("/")[2].ljust(40, "0") + '"')
            self.send_header("X-Repo-Commit", REVISION)
            self.end_headers()
            if data is not None and self.command == "GET":
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


CODE = """
import json, sys, text_made
from recbox_text import Bert
from recbox.plugin import Context, RecboxError
for line in sys.stdin:
    model, offline = json.loads(line)
    spec = text_made.given({"title": ["film"]}, context=Context(threads=1, offline=offline))
    try:
        print(list(Bert.parse({"model": model, "text": "{title}"}).vectors(spec).shape), flush=True)
    except RecboxError as error:
        print(json.dumps(str(error)), flush=True)
"""
Encode = Callable[[str, bool], Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of the other process."""
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def encode(hub: tuple[str, list[str]], home: Path) -> Iterator[Encode]:
    """Encodes a text: the shape, or what is said. In a process of its own, for the hub's client reads its
    address once; the same for all tests, for it takes seconds to start."""
    changed = {"HF_ENDPOINT": hub[0], "HF_HOME": str(home / "hf"), "HF_HUB_DISABLE_XET": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", CODE],
        env=os.environ | changed | {"RECBOX_CACHE": str(home)},
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask(model: str, offline: bool) -> Any:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps([model, offline]) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield ask
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_pinned_model_is_fetched_once_and_without_code(
    hub: tuple[str, list[str]], encode: Encode, home: Path
) -> None:
    asked = hub[1]
    said = encode(f"org/name@{REVISION}", True)
    assert "nothing is fetched with --offline" in said
    assert asked == []
    assert encode(f"org/name@{REVISION}", False) == [1, text_made.WIDTH]
    assert asked
    assert not [path for path in asked if ".py" in path or ".bin" in path]
    assert (home / "text" / "hub" / "org--name" / REVISION / "model.safetensors").is_file()
    asked.clear()
    assert encode(f"org/name@{REVISION}", True) == [1, text_made.WIDTH]
    assert asked == []


def test_a_hub_that_has_it_not_is_a_message(encode: Encode) -> None:
    said = encode("org/none@" + REVISION, False)
    assert said.startswith("encoder.item: org/none at 0123456789ab can't be fetched\n  why: ")
