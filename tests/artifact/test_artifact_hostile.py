"""Hostile artifacts, one attack each: all refused by our own message, nothing outside read, nothing run."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from artifact_damage import rehash, use_all

from recbox.artifact import open_artifact
from recbox.errors import ArtifactError, PluginError


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def safetensors(header: Any, data: bytes = b"", *, text: bytes | None = None) -> bytes:
    raw = json.dumps(header).encode() if text is None else text
    return struct.pack("<Q", len(raw)) + raw + data


def one(dtype: str = "F32", shape: Any = (1,), offsets: Any = (0, 4)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


FOUR = np.ones(1, np.float32).tobytes()
SET: dict[str, bytes] = {
    "a doubled key": safetensors(0, FOUR, text=b'{"a":%s,"a":%s}' % ((json.dumps(one()).encode(),) * 2)),
    "a path as a name": safetensors({"../../x": one()}, FOUR),
    "an absolute path as a name": safetensors({"/etc/x": one()}, FOUR),
    "zero times huge": safetensors({"a": one(shape=(0, 2**62), offsets=(0, 0))}),
    "a product that overflows": safetensors({"a": one(shape=(2**32, 2**32), offsets=(0, 4))}, FOUR),
    "200,000 tensors": safetensors({f"t{i}": one(shape=(0,), offsets=(0, 0)) for i in range(200_000)}),
    "5,000 tensors": safetensors({f"t{i}": one(shape=(0,), offsets=(0, 0)) for i in range(5_000)}),
    "not a number": safetensors({"a": one()}, np.array([np.nan], np.float32).tobytes()),
    "infinity": safetensors({"a": one()}, np.array([-np.inf], np.float32).tobytes()),
    "an unknown type": safetensors({"a": one(dtype="F99")}, FOUR),
    "a type of another size": safetensors({"a": one(dtype="F64")}, FOUR),
    "a truth value of 2": safetensors({"a": one("BOOL", (1,), (0, 1))}, b"\x02"),
    "a header of 100 MB": struct.pack("<Q", 100 << 20) + b"{" + b" " * 64,
    "a header longer than 64 bits allow": b"\xff" * 8 + b"{}",
    "a negative shape": safetensors({"a": one(shape=(-1,))}, FOUR),
    "a shape that is text": safetensors({"a": {**one(), "shape": "1"}}, FOUR),
    "a shape of truth values": safetensors({"a": one(shape=(True,))}, FOUR),
    "nine dimensions": safetensors({"a": one(shape=(1,) * 9)}, FOUR),
    "a gap": safetensors({"a": one(offsets=(4, 8))}, FOUR * 2),
    "an overlap": safetensors({"a": one(), "b": one()}, FOUR),
    "bytes after the end": safetensors({"a": one()}, FOUR * 2),
    "too few bytes": safetensors({"a": one()}, FOUR[:2]),
    "metadata": safetensors({"__metadata__": {"_target_": "os.system"}, "a": one()}, FOUR),
    "no object": safetensors([1]),
    "deep nesting": safetensors(0, text=b'{"a":' * 5000 + b"1" + b"}" * 5000),
    "a name with a line break": safetensors({"a\nb": one()}, FOUR),
    "bad UTF-8": safetensors(0, text=b'{"\xff": 1}'),
    "half a surrogate": safetensors(0, FOUR, text=b'{"\\ud800": %s}' % json.dumps(one()).encode()),
    "a NaN in the header": safetensors(0, text=b'{"a": NaN}'),
    "a number of 5,000 digits": safetensors(0, text=b'{"a": ' + b"9" * 5000 + b"}"),
    "nothing": b"",
}


@pytest.mark.parametrize("attack", SET, ids=str)
def test_hostile_tensors_are_refused(attack: str, copy: Path) -> None:
    """The manifest is forged to fit, so that the tensor reader itself has to see it."""
    (copy / "layer0.safetensors").write_bytes(SET[attack])
    names = [n for n in ("a", "../../x", "/etc/x", "a\nb") if n.encode() in SET[attack]]
    rehash(copy, tensors={"layer0.safetensors": {n: {"dtype": "F32", "shape": [1]} for n in names[:1]}})
    with pytest.raises(ArtifactError, match=r"layer0\.safetensors|manifest"):
        open_artifact(copy).tensors("layer0")


def test_other_shapes_and_names_than_the_manifest_says(copy: Path) -> None:
    for forged in ({"item": {"dtype": "F32", "shape": [3, 9]}}, {"user": {"dtype": "F32", "shape": [9, 3]}}):
        rehash(copy, tensors={"layer0.safetensors": forged})
        with pytest.raises(ArtifactError, match="aren't those of the manifest"):
            open_artifact(copy)


def _link(path: Path, name: str) -> None:
    (path / name).rename(path.parent / "elsewhere")
    (path / name).symlink_to(path.parent / "elsewhere")


def _hard_link(path: Path, name: str) -> None:
    os.link(path / name, path.parent / "second")


def _pipe(path: Path, name: str) -> None:
    (path / name).unlink()
    os.mkfifo(path / name)


def _folder(path: Path, name: str) -> None:
    (path / name).unlink()
    (path / name).mkdir()


def _gone(path: Path, name: str) -> None:
    (path / name).unlink()


@pytest.mark.parametrize("name", ["manifest.json", "scorer.safetensors", "node/item.parquet"])
@pytest.mark.parametrize("attack", [_link, _hard_link, _pipe, _folder, _gone])
def test_only_plain_files_are_read(attack: Callable[[Path, str], None], name: str, copy: Path) -> None:
    attack(copy, name)
    with pytest.raises(ArtifactError, match=name.split("/")[0]):
        open_artifact(copy)


def test_a_linked_node_folder_is_refused(copy: Path) -> None:
    _link(copy, "node")
    with pytest.raises(ArtifactError, match="not a plain file"):
        open_artifact(copy)


@pytest.mark.parametrize("name", ["evil.pkl", "model.pt", "node/x.npy", "pytorch_model.bin", "sub"])
def test_what_the_manifest_does_not_name_is_refused(name: str, copy: Path) -> None:
    (copy / name).mkdir() if name == "sub" else (copy / name).write_bytes(b"cos\nsystem\n(S'id'\ntR.")
    with pytest.raises(ArtifactError, match=r"doesn't name|not a plain file"):
        open_artifact(copy)


def test_what_a_desktop_leaves_is_no_matter(copy: Path) -> None:
    (copy / ".DS_Store").write_bytes(b"x")
    assert open_artifact(copy).name == "tiny"


@pytest.mark.parametrize(
    "name", ["../x.safetensors", "/etc/passwd", "a/b.safetensors", "node/../x.parquet", "x.pkl", "CON", ""]
)
def test_a_manifest_names_no_other_places(name: str, copy: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["file"][name] = document["file"]["recipe.yaml"]
        document["tensor"][name] = {}

    rehash(copy, edit=edit)
    with pytest.raises(ArtifactError, match="names a file that no artifact has"):
        open_artifact(copy)


EDITS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a newer format": lambda d: d.update(format=2),
    "a format of true": lambda d: d.update(format=True),
    "no format": lambda d: d.pop("format"),
    "an unknown field": lambda d: d.update(code_path="x.py"),
    "a status that is none": lambda d: d.update(status="fine"),
    "a missing file": lambda d: d["file"].pop("README.md"),
    "a negative size": lambda d: d["file"]["README.md"].update(size=-1),
    "a size as a float": lambda d: d["file"]["README.md"].update(size=1.0),
    "a short hash": lambda d: d["file"]["README.md"].update(sha256="ab"),
    "more users": lambda d: d["node"]["user"].update(count=13),
    "fewer items": lambda d: d["node"]["item"].update(count=8),
    "2^39 items": lambda d: d["node"]["item"].update(count=2**39),
    "ids of another type": lambda d: d["node"]["item"].update(id="string"),
    "a column that isn't there": lambda d: d["node"]["user"].update(columns=[{"name": "x", "type": "text"}]),
    "another fingerprint": lambda d: d["data"].update(fingerprint="0" * 64),
    "a smaller test part": lambda d: d["split"].update(test=11),
    "a scorer of another kind": lambda d: d["scorer"].update(kind="source"),
    "a scorer for more users": lambda d: d["scorer"]["json"].update(users=99),
    "a scorer without data": lambda d: d["scorer"].update(json={}),
    "an option too many": lambda d: d["scorer"]["options"].update(path="/etc/passwd"),
    "an option of another type": lambda d: d["scorer"]["options"].update(l2="1"),
}


@pytest.mark.parametrize("attack", EDITS, ids=str)
def test_a_forged_manifest_is_refused(attack: str, copy: Path) -> None:
    rehash(copy, edit=EDITS[attack])
    with pytest.raises(ArtifactError, match="copy"):
        use_all(open_artifact(copy))


def test_a_newer_format_says_what_to_do(copy: Path) -> None:
    rehash(copy, edit=lambda d: d.update(format=7))
    with pytest.raises(ArtifactError, match=r"format 7[\s\S]*upgrade recbox"):
        open_artifact(copy)


@pytest.mark.parametrize(
    "use", ["os:system", "os.system", "builtins:eval", "../evil", "nothing", "recbox.model.ease:EASE"]
)
def test_plugins_are_found_by_registry_name_alone(use: str, copy: Path) -> None:
    rehash(copy, edit=lambda d: d["scorer"].update(use=use))
    with pytest.raises(PluginError, match="there is no model"):
        _ = open_artifact(copy).scorer


def test_a_manifest_edited_by_hand_is_refused(copy: Path) -> None:
    text = (copy / "manifest.json").read_text()
    (copy / "manifest.json").write_text(text.replace('"seed": 0', '"seed": 1'))
    with pytest.raises(ArtifactError, match="checksum"):
        open_artifact(copy)


def test_a_doubled_key_in_the_manifest_is_refused(copy: Path) -> None:
    text = (copy / "manifest.json").read_text()
    (copy / "manifest.json").write_text(text.replace('"format": 1', '"format": 1, "format": 1'))
    with pytest.raises(ArtifactError, match="'format' stands twice"):
        open_artifact(copy)


def test_sparse_structures_are_checked_before_a_kernel_sees_them(copy: Path) -> None:
    from recbox.artifact import tensors

    arrays = open_artifact(copy).tensors("scorer")
    for name, bad in (("history.indptr", 10**9), ("history.indices", -1), ("history.indices", 2**30)):
        forged = {k: v.copy() for k, v in arrays.items()}
        forged[name][1] = bad
        (copy / "scorer.safetensors").write_bytes(b"".join(tensors.chunks(forged, "x")))
        rehash(copy)
        with pytest.raises(ArtifactError, match="no sparse structure"):
            _ = open_artifact(copy).scorer


def test_ids_out_of_range_are_refused(copy: Path) -> None:
    from recbox.artifact import tensors

    arrays = open_artifact(copy).tensors("interaction")
    for name, bad in (("test.item", 9), ("train.user", -1), ("train.row", 0), ("valid.row", 60)):
        forged = {k: v.copy() for k, v in arrays.items()}
        forged[name][3] = bad
        (copy / "interaction.safetensors").write_bytes(b"".join(tensors.chunks(forged, "x")))
        rehash(copy)
        with pytest.raises(ArtifactError, match=r"interaction\.safetensors"):
            _ = open_artifact(copy).dataset


def test_a_file_changed_after_opening_is_noticed(copy: Path) -> None:
    found = open_artifact(copy)
    raw = (copy / "node" / "item.parquet").read_bytes()
    (copy / "node" / "item.parquet").unlink()
    (copy / "node" / "item.parquet").write_bytes(raw)
    with pytest.raises(ArtifactError, match="changed after it was checked"):
        _ = found.item


@pytest.mark.parametrize("what", ["nothing", "empty", "file"])
def test_what_is_no_artifact_is_called_so(what: str, tmp_path: Path) -> None:
    place = tmp_path / "x"
    if what == "empty":
        place.mkdir()
    if what == "file":
        place.write_text("x")
    with pytest.raises(ArtifactError, match=r"no such folder|no recbox artifact"):
        open_artifact(place)
