"""The safetensors format: an own writer that streams, and an own strict reader.

The public library accepts a doubled name, a tensor `../../x`, NaN, and 200,000 empty tensors; an artifact's
reader does not. Layout (huggingface.co/docs/safetensors): 8 bytes little-endian header length, a JSON header,
the data, which the tensors cover without gap or overlap.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from recbox.artifact import strict
from recbox.errors import ArtifactError

DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
NAMES = {np.dtype(code): name for name, code in DTYPES.items()}
HEADER = 1 << 20
"""Bytes that a header may have."""
TENSORS = 4096
"""Tensors that a file may have."""
CHUNK = 4 << 20


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies. begin, end: bytes from the start of the file."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def numpy(self) -> np.dtype[Any]:
        return np.dtype(DTYPES[self.dtype])


def chunks(arrays: Mapping[str, np.ndarray], where: str) -> Iterator[bytes | memoryview]:
    """The bytes of a file that holds `arrays`; an `ArtifactError` for one that couldn't be read again."""
    ordered = {name: _storable(name, arrays[name], where) for name in sorted(arrays, key=_order(arrays))}
    header, offset = {}, 0
    for name, array in ordered.items():
        header[name] = {
            "dtype": NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    _entries(text, 8 + len(text) + offset, where)
    yield len(text).to_bytes(8, "little") + text
    for array in ordered.values():
        flat = array.reshape(-1).view(np.uint8)
        for start in range(0, len(flat), CHUNK):
            yield flat[start : start + CHUNK].data


def described(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    """dtype and shape by name, as the manifest has them."""
    return {n: {"dtype": NAMES.get(a.dtype, str(a.dtype)), "shape": list(a.shape)} for n, a in arrays.items()}


def read_header(file: BinaryIO, size: int, where: str) -> tuple[bytes, dict[str, Entry]]:
    """The header's bytes (its length among them) and the tensors, in the order of their data."""
    start = file.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > min(HEADER, size - 8):
        raise _damaged(where, f"its header is said to have {length:,} bytes")
    text = file.read(length)
    if len(text) != length:
        raise _damaged(where, "it ends within its header")
    return start + text, _entries(text, size, where)


def scan(file: BinaryIO, raw: bytes, entries: Mapping[str, Entry], where: str) -> str:
    """Read all data once: the file's SHA-256, and an error for a number that is not finite."""
    digest = hashlib.sha256(raw)
    for name, entry in entries.items():
        for start in range(entry.begin, entry.end, CHUNK):
            chunk = file.read(min(CHUNK, entry.end - start))
            digest.update(chunk)
            if len(chunk) % entry.numpy.itemsize or not _sound(np.frombuffer(chunk, entry.numpy)):
                raise _damaged(where, f"the tensor {name!r} holds a value that is no finite number")
    return digest.hexdigest()


def read_array(file: BinaryIO, entry: Entry, where: str, *, mapped: bool = False) -> np.ndarray:
    """One tensor, in memory of its own; mapped: the file's, which processes share, and a page of its own for
    what is written to."""
    count = math.prod(entry.shape)
    if mapped and count and entry.begin % entry.numpy.itemsize == 0:
        return np.memmap(file, entry.numpy, "c", entry.begin, entry.shape)
    file.seek(entry.begin)
    array = np.fromfile(file, entry.numpy, count)
    if array.nbytes != entry.end - entry.begin or not _sound(array):
        raise _damaged(where, "it changed while it was read")
    return array.reshape(entry.shape)


def _order(arrays: Mapping[str, np.ndarray]) -> Any:
    """Wide types first, so that every tensor lies on a multiple of its item size."""
    return lambda name: (-np.asarray(arrays[name]).dtype.itemsize, name)


def _storable(name: str, array: np.ndarray, where: str) -> np.ndarray:
    array = np.ascontiguousarray(array).reshape(np.shape(array))
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if array.dtype not in NAMES:
        raise ArtifactError(f"the tensor {name!r} has a type that can't be saved: {array.dtype}", where=where)
    if not _sound(array):
        raise ArtifactError(
            f"the tensor {name!r} holds numbers that are not finite",
            where=where,
            why="the training diverged, or a method divided by zero",
            instead="a smaller learning rate, or clip: 1.0",
        )
    return array


def _sound(array: np.ndarray) -> bool:
    if array.dtype == bool:
        return bool((array.view(np.uint8) <= 1).all())
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def _entries(text: bytes, size: int, where: str) -> dict[str, Entry]:
    header = strict.parse_object(text, where, HEADER)
    if len(header) > TENSORS:
        raise _damaged(where, f"it says that it has {len(header):,} tensors")
    base = 8 + len(text)
    entries = {name: _entry(name, value, base, where) for name, value in header.items()}
    ordered = dict(sorted(entries.items(), key=lambda pair: (pair[1].begin, pair[1].end)))
    position = base
    for name, entry in ordered.items():
        if entry.begin != position:
            raise _damaged(where, f"the tensor {name!r} doesn't begin where the one before it ends")
        position = entry.end
    if position != size:
        raise _damaged(where, "its tensors don't cover it to its end")
    return ordered


def _entry(name: str, value: Any, base: int, where: str) -> Entry:
    bad = not name.isprintable() or not 0 < len(name) <= 200 or ".." in name or "/" in name or "\\" in name
    if bad or not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise _damaged(where, f"the tensor {name[:60]!r} has a bad name or description")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise _damaged(where, f"the tensor {name!r} is of an unknown type")
    if not (_counts(shape) and len(shape) <= 8 and _counts(offsets) and len(offsets) == 2):
        raise _damaged(where, f"the tensor {name!r} has a bad shape or place")
    if math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize != offsets[1] - offsets[0]:
        raise _damaged(where, f"the tensor {name!r} has more or fewer bytes than its shape")
    return Entry(dtype, tuple(shape), base + offsets[0], base + offsets[1])


def _counts(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 2**40 for n in value)


def _damaged(where: str, why: str) -> ArtifactError:
    return ArtifactError("the file is damaged", where=where, why=why)
