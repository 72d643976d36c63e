"""The exact best k: equal to a full stable sort, ties and masks included."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.errors import KernelError
from recbox.kernel import top_k


def sorted_whole(scores: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    out = torch.sort(scores, dim=1, descending=True, stable=True)
    return out.values[:, :k], out.indices[:, :k]


def test_a_case_by_hand() -> None:
    scores = torch.tensor([[1.0, 3.0, 3.0, 2.0, 3.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
    values, indices = top_k(scores, 2)
    assert indices.tolist() == [[1, 2], [0, 1]] and values.tolist() == [[3, 3], [0, 0]]


def test_masked_scores_come_last_and_can_be_recognised() -> None:
    values, indices = top_k(torch.tensor([[-torch.inf, 5.0, -torch.inf, -1.0]]), 4)
    assert indices.tolist() == [[1, 3, 0, 2]]
    assert values.isneginf().tolist() == [[False, False, True, True]]


@given(
    seed=st.integers(0, 2**31),
    rows=st.integers(1, 6),
    columns=st.sampled_from([1, 2, 5, 63, 65, 700, 3000]),
    k=st.sampled_from([1, 2, 7, 40, 200]),
    levels=st.sampled_from([1, 2, 5, 50, 10**6]),
    masked=st.sampled_from([0.0, 0.5, 0.999]),
    dtype=st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.float16]),
)
@settings(max_examples=200)
def test_it_is_a_full_stable_sort(seed, rows, columns, k, levels, masked, dtype) -> None:
    draw = torch.Generator().manual_seed(seed)
    scores = torch.randint(-levels, levels + 1, (rows, columns), generator=draw).float() / levels
    scores[torch.rand(rows, columns, generator=draw) < masked] = -torch.inf
    scores = scores.to(dtype)
    values, indices = top_k(scores, k)
    best, place = sorted_whole(scores, k)
    assert torch.equal(values, best) and torch.equal(indices, place)
    assert torch.equal(scores.gather(1, indices), values)


def test_signed_zeros_tie() -> None:
    assert top_k(torch.tensor([[-0.0, 0.0, -0.0]]), 2)[1].tolist() == [[0, 1]]


def test_a_slice_of_a_larger_block() -> None:
    whole = torch.randn(8, 4000)
    part = whole[:, 7:3333]
    assert torch.equal(top_k(part, 20)[1], sorted_whole(part, 20)[1])


def test_the_block_of_rows_does_not_matter() -> None:
    scores = torch.randn(50, 2000).round(decimals=1)
    together = top_k(scores, 20)[1]
    assert torch.equal(together, torch.cat([top_k(part, 20)[1] for part in scores.split(7)]))


def test_scores_stay_as_they_were() -> None:
    scores = torch.randn(4, 3000).round()
    before = scores.clone()
    top_k(scores, 10)
    assert torch.equal(scores, before)


@pytest.mark.parametrize("columns", [3, 5000])
def test_nan_is_refused(columns: int) -> None:
    scores = torch.zeros(2, columns)
    scores[1, columns - 1] = torch.nan
    with pytest.raises(KernelError, match="row 1: scores hold nan"):
        top_k(scores, 1)


def test_what_makes_no_sense_is_refused() -> None:
    for bad, k in ((torch.zeros(3), 1), (torch.zeros(2, 2, dtype=torch.int64), 1), (torch.zeros(2, 2), 0)):
        with pytest.raises(KernelError):
            top_k(bad, k)


def test_nothing_to_rank() -> None:
    assert top_k(torch.zeros(3, 0), 5)[1].shape == (3, 0)
    assert top_k(torch.zeros(0, 4), 5)[1].shape == (0, 4)
