"""Rows that are written are those, whatever their width, type and place in memory."""

from __future__ import annotations

import pytest
import torch

from recbox.kernel import put


@pytest.fixture(params=["default", "warn", "error"], autouse=True)
def mode(request: pytest.FixtureRequest):
    """Sums in any order, or in one: what a process was set to stays."""
    before = torch.get_deterministic_debug_mode()
    torch.set_deterministic_debug_mode(request.param)
    now = torch.get_deterministic_debug_mode()
    yield
    assert torch.get_deterministic_debug_mode() == now
    torch.set_deterministic_debug_mode(before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int64])
@pytest.mark.parametrize("width", [0, 1, 3, 4, 8, 64])
def test_the_rows_and_no_others(dtype: torch.dtype, width: int) -> None:
    rows = torch.randperm(50, generator=torch.Generator().manual_seed(0))[:20]
    table, x = (torch.randint(-9, 9, (n, width)).to(dtype) for n in (50, 20))
    expected = table.clone()
    expected[rows] = x
    assert put(table, rows, x) is table and torch.equal(table, expected)


@pytest.mark.parametrize("start", [0, 1, 2])
def test_parts_of_memory_that_begin_anywhere(start: int) -> None:
    table, x = torch.zeros(100).narrow(0, start, 96).view(12, 8), torch.randn(17, 8)[start:]
    put(table, torch.tensor([5, 0]), x[:2])
    assert torch.equal(table[[5, 0]], x[:2]) and int((table != 0).any(1).sum()) == 2
    turned = torch.zeros(8, 12).T
    put(turned, torch.tensor([3]), x[:1])
    assert torch.equal(turned[3], x[0])


@pytest.mark.parametrize("skip", [0, 4, 8, 12])
@pytest.mark.parametrize("width", [4, 8])
def test_memory_that_a_file_gave_begins_anywhere_too(skip: int, width: int) -> None:
    """As the tensors of a checkpoint do: torch's offset is 0, and the address is no multiple of 16."""
    count = 5 * width
    table = torch.frombuffer(bytearray(4 * count + 16), dtype=torch.float32, offset=skip, count=count)
    given = torch.frombuffer(bytearray(8 * width + 16), dtype=torch.float32, offset=skip, count=2 * width)
    given.fill_(1.0)
    put(table.view(5, width), torch.tensor([4, 1]), given.view(2, width))
    assert table.view(5, width).sum(1).tolist() == [0, width, 0, 0, width]


def test_a_single_row_of_wider_ones() -> None:
    table = torch.zeros(3, 4)
    put(table, torch.tensor([2]), torch.ones(1, 7)[:, :4])
    put(table[:1], torch.tensor([0]), torch.ones(4, 1).T)
    assert table.sum(1).tolist() == [4, 0, 4]


def test_what_is_no_number_is_copied_too_and_a_parameter_may_be_written() -> None:
    table = torch.nn.Parameter(torch.zeros(4, 4))
    put(table, torch.tensor([1]), torch.tensor([[torch.nan, torch.inf, -0.0, 1.0]]))
    assert str(table[1].tolist()) == "[nan, inf, -0.0, 1.0]"
    put(table, torch.empty(0, dtype=torch.int64), torch.empty(0, 4))
    assert bool((table[[0, 2, 3]] == 0).all())
