"""The cache: texts are encoded once, whatever is killed, damaged, or run twice at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, final

import numpy as np
import pytest
import text_made
from recbox_text import Bert
from recbox_text._network import Network

from recbox.plugin import Context
from recbox.progress import Progress, Task

HERE = Path(__file__).parent
TITLES = [f"film {i}" for i in range(100)]


@final
class Heard(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.done = 0.0

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return Counted(self)

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        self.notices.append(message)


@final
class Counted(Task):
    def __init__(self, heard: Heard) -> None:
        self.heard = heard

    def advance(self, steps: float = 1, **facts: object) -> None:
        self.heard.done += steps


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that a model was run on, in order."""
    seen: list[str] = []
    encode = Network.encode

    def counting(self: Network, texts: Any) -> np.ndarray:
        seen.extend(texts)
        return encode(self, texts)

    monkeypatch.setattr(Network, "encode", counting)
    return seen


def vectors(
    model: Path, titles: list[str] = TITLES, progress: Heard | None = None, **options: Any
) -> np.ndarray:
    context = Context(threads=1, offline=True, progress=progress or Heard())
    asked = Bert.parse({"model": str(model), "text": "{title}", "batch": 2, **options})
    return asked.vectors(text_made.given({"title": titles}, context=context))


def files(cache: Path) -> list[Path]:
    return sorted((cache / "text" / "vectors").glob("*/*.safetensors"))


def test_texts_are_encoded_once_and_longest_first(
    models: dict[str, Path], cache: Path, encoded: list[str]
) -> None:
    titles = ["a", "film of drama", "a", "comedy", "film of drama"]
    first, heard = vectors(models["bert"], titles), Heard()
    assert encoded == ["film of drama", "comedy", "a"]
    again = vectors(models["bert"], titles[::-1], heard)
    assert len(encoded) == 3, "another order of the nodes is found too"
    assert heard.done == 0
    np.testing.assert_array_equal(again, first[::-1])
    assert [f.name for f in files(cache)] == ["all.safetensors"]


@pytest.mark.parametrize(
    "change",
    [
        {"pooling": "cls"},
        {"max_length": 5},
        {"prompt": "a "},
        {"batch": 3},
        {"precision": "bf16"},
        {"quantize": "int8"},
    ],
)
def test_other_options_are_other_vectors(change: Any, models: dict[str, Path], encoded: list[str]) -> None:
    vectors(models["bert"], ["a", "b"])
    vectors(models["bert"], ["a", "b"], **change)
    assert len(encoded) == 4


@pytest.mark.parametrize("change", [{"projection": "mlp"}, {"normalise": False}, {"train": "frozen"}])
def test_what_comes_after_the_model_changes_nothing_in_it(
    change: Any, models: dict[str, Path], encoded: list[str]
) -> None:
    vectors(models["bert"], ["a", "b"])
    vectors(models["bert"], ["a", "b"], **change)
    assert len(encoded) == 2


def test_another_model_of_the_same_sizes_is_another(tmp_path: Path, encoded: list[str]) -> None:
    one, other = (vectors(text_made.bert(tmp_path / str(seed), seed), ["a"]) for seed in (0, 1))
    assert len(encoded) == 2
    assert np.abs(one - other).max() > 1e-3


def test_a_model_that_moved_is_the_same(models: dict[str, Path], tmp_path: Path, encoded: list[str]) -> None:
    import shutil

    vectors(models["bert"], ["a"])
    vectors(shutil.copytree(models["bert"], tmp_path / "moved"), ["a"])
    assert len(encoded) == 1


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "text", "other rows"])
def test_a_damaged_file_is_noticed_and_encoded_anew(
    damage: str, models: dict[str, Path], cache: Path, encoded: list[str]
) -> None:
    expected = vectors(models["bert"])
    (file,) = files(cache)
    whole = file.read_bytes()
    if damage == "other rows":
        vectors(models["bert"], TITLES[:50])
        whole = next(f for f in files(cache) if f != file).read_bytes()
    changed = {
        "flip": whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:],
        "cut": whole[:-1],
        "empty": b"",
        "text": b"not a tensor",
        "other rows": whole,
    }
    file.write_bytes(changed[damage])
    encoded.clear()
    heard = Heard()
    np.testing.assert_array_equal(vectors(models["bert"], progress=heard), expected)
    assert len(encoded) == 100
    assert "damaged" in heard.notices[0]
    assert vectors(models["bert"]) is not None
    assert len(encoded) == 100, "what was encoded anew is kept"


def test_a_damaged_part_costs_its_own_texts_alone(
    models: dict[str, Path], cache: Path, encoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after three parts of 32, the second of which is cut off then."""
    encode = Network.encode

    def stopping(self: Network, texts: Any) -> np.ndarray:
        if len(encoded) == 96:
            raise KeyboardInterrupt
        return encode(self, texts)

    with monkeypatch.context() as patch:
        patch.setattr(Network, "encode", stopping)
        with pytest.raises(KeyboardInterrupt):
            vectors(models["bert"])
    parts = files(cache)
    assert [f.stem for f in parts] == ["000000", "000001", "000002"]
    parts[1].write_bytes(parts[1].read_bytes()[:-5])
    encoded.clear()
    found = vectors(models["bert"])
    assert len(encoded) == 100 - 64
    np.testing.assert_array_equal(found, vectors(models["bert"]))


def start(model: Path, out: Path) -> subprocess.Popen[str]:
    """It waits after each part, until its input ends."""
    command = [sys.executable, str(HERE / "text_encode.py"), str(model), "200", str(out)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE)


def test_a_killed_run_goes_on_where_it_was(
    models: dict[str, Path], cache: Path, tmp_path: Path, encoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = start(models["bert"], tmp_path / "never.npy")
    assert killed.stdout is not None
    assert killed.stdout.readline() == "32\n", "the first part is done"
    killed.kill()
    killed.wait()
    titles = [f"film {i}" for i in range(200)]
    found = vectors(models["bert"], titles)
    assert len(encoded) == 200 - 32
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "other"))
    np.testing.assert_array_equal(found, vectors(models["bert"], titles))
    assert len(files(cache)) == 1


def test_two_runs_at_once_share_the_work(models: dict[str, Path], tmp_path: Path, cache: Path) -> None:
    first = start(models["bert"], tmp_path / "first.npy")
    assert first.stdout is not None
    assert first.stdout.readline() == "32\n"
    second = start(models["bert"], tmp_path / "second.npy")
    assert second.stdout is not None
    said = second.stdout.readline()
    assert said == "notice another run is encoding the same texts; waiting for it\n"
    rest, more = (run.communicate(timeout=120)[0] for run in (first, second))
    assert first.returncode == second.returncode == 0
    assert (rest.split(), more) == (["32"] * 5 + ["8"], ""), "the second encodes nothing"
    np.testing.assert_array_equal(np.load(tmp_path / "first.npy"), np.load(tmp_path / "second.npy"))
    assert len(files(cache)) == 1


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoded: list[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "file"))
    heard = Heard()
    assert vectors(models["bert"], progress=heard).shape == (100, text_made.WIDTH)
    assert len(heard.notices) == 1
    assert "RECBOX_CACHE" in heard.notices[0]


def test_what_is_found_in_the_cache_needs_no_model_in_memory(models: dict[str, Path]) -> None:
    vectors(models["bert"], ["a", "b"])
    code = (
        "import sys, text_made; from recbox_text import _encoding, Bert; from recbox.plugin import Spec\n"
        "[sys.modules.pop(m) for m in list(sys.modules) if m.split('.')[0] == 'transformers']\n"
        f"o = Bert.parse({{'model': {str(models['bert'])!r}, 'text': '{{title}}', 'batch': 2}})\n"
        "o.vectors(text_made.given({'title': ['a', 'b']})); sys.exit('transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=HERE, timeout=60).returncode == 0
