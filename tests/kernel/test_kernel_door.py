"""The door: whatever is not a sound structure is a typed error, never a crash."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from recbox.errors import KernelError
from recbox.graph import CSR
from recbox.kernel import check

SOUND = CSR(np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1]), np.ones(4, np.float32), np.array([1, 0, 3, 2]), 3)


def sound(csr: CSR) -> bool:
    """The definition once more, edge by edge and without numpy's tricks."""
    indptr, indices, edges = csr.indptr.tolist(), csr.indices.tolist(), len(csr.indices)
    if csr.columns < 0 or not indptr or indptr[0] != 0 or indptr[-1] != edges:
        return False
    pairs = []
    for row, (start, end) in enumerate(pairwise(indptr)):
        if not 0 <= start <= end <= edges:
            return False
        part = indices[start:end]
        if part != sorted(set(part)) or not all(0 <= c < csr.columns for c in part):
            return False
        pairs += [(row, c) for c in part]
    if csr.weight is not None and not (len(csr.weight) == edges and np.isfinite(csr.weight).all()):
        return False
    return csr.reverse is None or opposite(csr, pairs)


def opposite(csr: CSR, pairs: list[tuple[int, int]]) -> bool:
    if csr.rows != csr.columns or len(csr.reverse) != len(pairs):
        return False
    for edge, other in enumerate(csr.reverse.tolist()):
        if not 0 <= other < len(pairs) or pairs[other] != pairs[edge][::-1]:
            return False
        if csr.weight is not None and csr.weight[other] != csr.weight[edge]:
            return False
    return True


NAMES = ("indptr", "indices", "weight", "reverse", "columns")
STRANGE = (-1, 0, 1, 2, 3, 5, 2**31, 2**62)


def mutated(csr: CSR, draw: np.random.Generator) -> CSR:
    """One to three random changes of numbers, lengths or sizes."""
    part = {n: getattr(csr, n) for n in NAMES}
    for _ in range(draw.integers(1, 4)):
        name = NAMES[draw.integers(5)]
        if part[name] is None:
            continue
        part[name] = part[name] + int(draw.integers(-2, 3)) if name == "columns" else change(part[name], draw)
    return CSR(**part)


def change(array: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    array = array.copy()
    how = draw.integers(5)
    if how == 0 or not len(array):
        return np.append(array, array.dtype.type(draw.integers(-1, 4)))
    at = draw.integers(len(array))
    if how == 1:
        return np.delete(array, at)
    if how == 2:
        array[at] = STRANGE[draw.integers(8)] if array.dtype.kind == "i" else np.nan
    elif how == 3:
        array[at] += array.dtype.type(draw.integers(-2, 3))
    else:
        other = draw.integers(len(array))
        array[[at, other]] = array[[other, at]]
    return array


def refused(count: int, interactions, seed: int) -> int:
    draw = np.random.default_rng(seed)
    bases = [SOUND, *(interactions(3 + n % 3, 4, 1 + n % 5, n, n % 2 == 0) for n in range(40))]
    seen = 0
    while seen < count:
        csr = mutated(bases[draw.integers(len(bases))], draw)
        if sound(csr):
            check(csr)
            continue
        seen += 1
        try:
            check(csr)
        except KernelError:
            continue
        raise AssertionError(f"let in: {csr}")
    return seen


def test_10000_malformed_structures_are_10000_typed_errors(interactions) -> None:
    assert refused(10_000, interactions, seed=0) == 10_000


@pytest.mark.soak
def test_many_more_malformed_structures(interactions) -> None:
    assert refused(50_000, interactions, seed=1) == 50_000


def test_a_sound_structure_passes_and_is_a_copy() -> None:
    out = check(SOUND)
    assert out.indices.tolist() == SOUND.indices.tolist() and out.indices.dtype == np.int64
    assert not np.shares_memory(out.indices, SOUND.indices)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", ">i4", "uint64"])
def test_any_integers_will_do(dtype: str) -> None:
    out = check(CSR(SOUND.indptr.astype(dtype), SOUND.indices.astype(dtype), columns=3))
    assert out.indptr.tolist() == SOUND.indptr.tolist() and out.indptr.dtype == np.int64


def test_a_structure_that_cannot_be_written_to_passes() -> None:
    frozen = SOUND.indices.copy()
    frozen.flags.writeable = False
    assert check(CSR(SOUND.indptr, frozen, columns=3)).indices.flags.writeable


ARRAYS = {"indptr": SOUND.indptr, "indices": SOUND.indices, "columns": 3}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"indptr": SOUND.indptr.astype(float)}, "indptr does not hold integers"),
        ({"indptr": [0, 1, 3, 4]}, "indptr is not a one-dimensional numpy array"),
        ({"indptr": np.array([], dtype=np.int64)}, "indptr has length 0"),
        ({"indptr": np.array([1, 1, 3, 4])}, "indptr starts at 1"),
        ({"indptr": np.array([0, 3, 1, 4])}, "indptr falls from 3 to 1"),
        ({"indptr": np.array([0, 1, 3, 5])}, "indptr ends at 5"),
        ({"indices": SOUND.indices[None]}, "indices is not a one-dimensional"),
        ({"indices": np.array([1, 0, 3, 1])}, "graph, row 1: edge 2 points to node 3"),
        ({"indices": np.array([1, 0, -1, 1])}, "graph, row 1: edge 2 points to node -1"),
        ({"indices": np.array([1, 2, 0, 1])}, "graph, row 1: the row does not rise at node 0"),
        ({"indices": np.array([1, 2, 2, 1])}, "graph, row 1: the row repeats node 2"),
        ({"indices": np.array([1, 0, 2, 2**64 - 1], dtype=np.uint64)}, "above 2^63"),
        ({"indices": np.array([1, 0, 2, None], dtype=object)}, "indices does not hold integers"),
        ({"indices": np.array([True, False, True, True])}, "indices does not hold integers"),
        ({"columns": -1}, "columns is -1"),
        ({"columns": 2**31}, "columns is 2147483648"),
        ({"columns": 3.0}, "columns is not an integer"),
        ({"weight": np.ones(3)}, "weight has the shape"),
        ({"weight": np.array([1, np.nan, 1, 1])}, "the weight of edge 1 is nan"),
        ({"weight": np.array([1, 1e300, 1, 1])}, "the weight of edge 1 is 1e+300"),
        ({"weight": np.array(["a"] * 4)}, "weight is not an array of numbers"),
        ({"reverse": np.array([1, 0, 3])}, "reverse has length 3"),
        ({"reverse": np.array([1, 0, 3, 4])}, "reverse points outside"),
        ({"reverse": np.array([0, 1, 3, 2])}, "reverse of edge 0 is not the edge 1 – 0"),
        ({"reverse": SOUND.reverse, "columns": 4}, "reverse needs as many rows as columns"),
        (
            {"reverse": SOUND.reverse, "weight": np.array([1.0, 2, 1, 1])},
            "edge 0 weighs 1.0, its opposite 2.0",
        ),
    ],
)
def test_each_fault_is_named(change: dict, words: str) -> None:
    with pytest.raises(KernelError, match=words.replace("+", r"\+").replace("^", r"\^")):
        check(CSR(**{**ARRAYS, **change}))
