"""A model of the hub: fetched at one commit, without code, once; here from a hub of the test's own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import text_made

HERE = Path(__file__).parent
REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
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
import sys, text_made
from recbox_text import Bert
from recbox.plugin import Context, RecboxError
spec = text_made.given({"title": ["film"]}, context=Context(threads=1, offline=sys.argv[2] == "offline"))
try:
    print(Bert.parse({"model": sys.argv[1], "text": "{title}"}).vectors(spec).shape)
except RecboxError as error:
    sys.exit(str(error))
"""


def encode(model: str, network: str, endpoint: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own, for the hub's client reads its address once."""
    import os

    changed = {"HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run(
        [sys.executable, "-c", CODE, model, network],
        env=os.environ | changed,
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_pinned_model_is_fetched_once_and_without_code(
    hub: tuple[str, list[str]], tmp_path: Path, cache: Path
) -> None:
    endpoint, asked = hub
    done = encode(f"org/name@{REVISION}", "online", endpoint, tmp_path)
    assert (done.returncode, done.stdout) == (0, f"(1, {text_made.WIDTH})\n"), done.stderr
    assert asked
    assert not [path for path in asked if ".py" in path or ".bin" in path]
    folder = cache / "text" / "hub" / "org--name" / REVISION
    assert (folder / "model.safetensors").is_file()
    asked.clear()
    again = encode(f"org/name@{REVISION}", "offline", endpoint, tmp_path)
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert asked == []


def test_a_hub_that_has_it_not_is_a_message(hub: tuple[str, list[str]], tmp_path: Path) -> None:
    done = encode("org/none@" + REVISION, "online", hub[0], tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("encoder.item: org/none at 0123456789ab can't be fetched\n  why: ")
    assert "Traceback" not in done.stderr


def test_without_the_network_nothing_is_asked(hub: tuple[str, list[str]], tmp_path: Path) -> None:
    done = encode(f"org/name@{REVISION}", "offline", hub[0], tmp_path)
    assert "--offline forbids the network" in done.stderr
    assert hub[1] == []
