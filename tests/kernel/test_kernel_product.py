"""The products: equal to dense ones, alike on both kernels, with right gradients."""

from __future__ import annotations

import pytest
import torch

from recbox.errors import KernelError
from recbox.kernel import product
from recbox.kernel.kernel import Kernel
from recbox.kernel.structure import Structure
from recbox.kernel.torch_kernel import TorchKernel

HAND = Structure(torch.tensor([0, 2, 2, 3]), torch.tensor([0, 1, 1]), 2)
"""Row 0 receives from 0 and 1, row 1 from nobody, row 2 from 1."""


def test_a_case_by_hand(kernel: Kernel) -> None:
    x = torch.tensor([[1.0, 2.0], [10.0, 20.0]])
    assert product.spmm(kernel, HAND, x).tolist() == [[11, 22], [0, 0], [10, 20]]
    weight = torch.tensor([2.0, 0.5, -1.0])
    assert product.spmm(kernel, HAND, x, weight).tolist() == [[7, 14], [0, 0], [-10, -20]]
    target = torch.tensor([[1.0, 1.0], [5.0, 5.0], [0.0, 2.0]])
    assert product.sddmm(kernel, HAND, target, x).tolist() == [3, 30, 40]
    left, right = torch.tensor([2.0, 5.0, 0.5]), torch.tensor([1.0, -1.0])
    assert product.spmm_scaled(kernel, HAND, x, left, right).tolist() == [[-18, -36], [0, 0], [-5, -10]]
    assert product.spmm_scaled(kernel, HAND, x, left, None).tolist() == [[22, 44], [0, 0], [5, 10]]
    assert x.tolist() == [[1, 2], [10, 20]]
    soft = product.edge_softmax(kernel, HAND, torch.tensor([0.0, 0.0, 7.0]))
    assert soft.tolist() == [0.5, 0.5, 1.0]


@pytest.mark.parametrize("seed", range(5))
def test_products_equal_dense_ones(kernel: Kernel, bipartite, dense, seed: int) -> None:
    s = bipartite(seed=seed)
    x, w, a = torch.randn(20, 7), torch.randn(s.edges), torch.randn(30, 7)
    for out, matrix in (
        (product.spmm(kernel, s, x), dense(s)),
        (product.spmm(kernel, s, x, w), dense(s, w)),
    ):
        bound = 1e-5 * (matrix.abs() @ x.double().abs()) + 1e-12
        assert ((out - matrix @ x.double()).abs() <= bound).all()
    dots = (a.double() @ x.double().T)[s.rows, s.indices]
    bound = 1e-5 * (a.double().abs() @ x.double().abs().T)[s.rows, s.indices]
    assert ((product.sddmm(kernel, s, a, x) - dots).abs() <= bound).all()
    filled = dense(s, w).masked_fill(dense(s, torch.ones(s.edges)) == 0, -torch.inf)
    assert torch.allclose(
        product.edge_softmax(kernel, s, w).double(), filled.softmax(1)[s.rows, s.indices], atol=1e-6
    )


def test_heads_are_the_single_products_side_by_side(kernel: Kernel, bipartite) -> None:
    s, heads = bipartite(), 3
    x, a = torch.randn(20, heads, 4), torch.randn(30, heads, 4)
    w = torch.randn(s.edges, heads)
    one = range(heads)
    alone = torch.stack([product.spmm(kernel, s, x[:, h].contiguous(), w[:, h].contiguous()) for h in one], 1)
    assert torch.equal(product.spmm(kernel, s, x, w), alone)
    shared = torch.stack(
        [product.spmm(kernel, s, x[:, h].contiguous(), w[:, 0].contiguous()) for h in one], 1
    )
    assert torch.equal(product.spmm(kernel, s, x, w[:, 0]), shared)
    assert torch.allclose(product.spmm(kernel, s, x)[:, 1], product.spmm(kernel, s, x[:, 1].contiguous()))
    dots = torch.stack([product.sddmm(kernel, s, a[:, h].contiguous(), x[:, h].contiguous()) for h in one], 1)
    assert torch.equal(product.sddmm(kernel, s, a, x), dots)
    soft = torch.stack([product.edge_softmax(kernel, s, w[:, h].contiguous()) for h in one], 1)
    assert torch.allclose(product.edge_softmax(kernel, s, w), soft)


def test_kernels_agree_to_1e_5_of_the_absolute_sum(both, bipartite, dense) -> None:
    dgl, own = both
    s = bipartite(400, 300, 0.3)
    x = torch.randn(300, 16) * torch.logspace(-3, 3, 16)
    bound = 1e-5 * (dense(s) @ x.double().abs())
    assert ((product.spmm(dgl, s, x) - product.spmm(own, s, x)).abs() <= bound).all()
    e = torch.randn(s.edges, 2) * 10
    assert torch.allclose(product.edge_softmax(dgl, s, e), product.edge_softmax(own, s, e), atol=1e-6)
    small = x.bfloat16()
    near = 2**-8 * (dense(s) @ small.double().abs())
    assert ((product.spmm(dgl, s, small).double() - product.spmm(own, s, small).double()).abs() <= near).all()


def test_gradients_in_float64(kernel: Kernel, bipartite) -> None:
    s = bipartite(9, 7, 0.4)
    x = torch.randn(7, 2, 3, dtype=torch.float64, requires_grad=True)
    a = torch.randn(9, 2, 3, dtype=torch.float64, requires_grad=True)
    w = torch.randn(s.edges, 2, dtype=torch.float64, requires_grad=True)
    left, right = torch.rand(9), torch.rand(7)
    check = torch.autograd.gradcheck
    for ends in ((left, right), (left, None), (None, right), (None, None)):
        assert check(lambda x, ends=ends: product.spmm_scaled(kernel, s, x[:, 0], *ends), x)
    assert check(lambda x: product.spmm(kernel, s, x), x)
    assert check(lambda x, w: product.spmm(kernel, s, x, w), (x, w))
    assert check(lambda x, w: product.spmm(kernel, s, x[:, 0], w[:, 1]), (x, w))
    assert check(lambda a, x: product.sddmm(kernel, s, a, x), (a, x))
    assert check(lambda w: product.edge_softmax(kernel, s, w), w)
    assert check(lambda w: product.edge_softmax(kernel, s, w[:, 0]), w)


def test_gradients_of_gradients(kernel: Kernel, bipartite) -> None:
    s = bipartite(6, 5, 0.4)
    x = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    a = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    w = torch.randn(s.edges, dtype=torch.float64, requires_grad=True)
    ends = torch.rand(6), torch.rand(5)
    check = torch.autograd.gradgradcheck
    assert check(lambda x, w: product.spmm(kernel, s, x, w), (x, w))
    assert check(lambda x: product.spmm_scaled(kernel, s, x, *ends), x)
    assert check(lambda a, x: product.sddmm(kernel, s, a, x), (a, x))
    assert check(lambda w: product.edge_softmax(kernel, s, w), w)


def test_attention_by_sums_of_ends_needs_no_gather(kernel: Kernel, bipartite) -> None:
    s = bipartite()
    p, q = torch.randn(30), torch.randn(20)
    ends = product.sddmm(kernel, s, torch.stack([p, torch.ones(30)], 1), torch.stack([torch.ones(20), q], 1))
    assert torch.allclose(ends, p[s.rows] + q[s.indices])


def test_bf16_is_accumulated_in_fp32(kernel: Kernel) -> None:
    star = Structure(torch.tensor([0, 4096]), torch.arange(4096), 4096)
    ones = torch.ones(4096, 32, dtype=torch.bfloat16)
    assert (product.spmm(kernel, star, ones) == 4096).all()
    assert (product.spmm(kernel, star, ones, torch.ones(4096)) == 4096).all()
    assert product.spmm(kernel, star, ones).dtype == torch.bfloat16
    assert product.edge_softmax(kernel, star, ones[:, 0]).dtype == torch.bfloat16


def test_sums_in_bfloat16_are_torchs_on_both(both, bipartite) -> None:
    dgl, own = both
    x = torch.randn(20, 8).bfloat16()
    assert torch.equal(dgl.sum(bipartite(), x), own.sum(bipartite(), x))


def test_on_a_device_torch_has_no_sum_in_bfloat16() -> None:
    cpu, cuda = (TorchKernel().native(torch.device(name)) for name in ("cpu", "cuda"))
    assert cpu - cuda == {torch.bfloat16}


def test_bf16_gradients_reach_fp32_weights(kernel: Kernel, bipartite) -> None:
    s = bipartite()
    x = torch.randn(20, 8).bfloat16().requires_grad_()
    w = torch.randn(s.edges, requires_grad=True)
    product.spmm(kernel, s, x, w).float().square().sum().backward()
    exact_x = x.detach().float().requires_grad_()
    exact_w = w.detach().requires_grad_()
    product.spmm(kernel, s, exact_x, exact_w).square().sum().backward()
    assert x.grad.dtype == torch.bfloat16 and w.grad.dtype == torch.float32
    assert torch.allclose(w.grad, exact_w.grad, rtol=0.05, atol=0.3)
    assert torch.allclose(x.grad.float(), exact_x.grad, rtol=0.05, atol=0.3)


def test_a_masked_row_gives_zeros_and_nan_stays_visible(kernel: Kernel) -> None:
    e = torch.tensor([-torch.inf, -torch.inf, 1.0])
    assert product.edge_softmax(kernel, HAND, e).tolist() == [0, 0, 1]
    assert product.edge_softmax(kernel, HAND, torch.tensor([-torch.inf, 3.0, 1.0])).tolist() == [0, 1, 1]
    assert product.edge_softmax(kernel, HAND, torch.tensor([torch.nan, 0.0, 1.0]))[0].isnan()


def test_a_dense_structure(kernel: Kernel) -> None:
    """Where DGL works in blocks, for which it needs edge ids of its own."""
    n, degree = 2000, 1500
    columns = (torch.arange(n)[:, None] + torch.arange(degree)) % n
    s = Structure(torch.arange(n + 1) * degree, columns.sort(dim=1).values.flatten(), n)
    assert (product.spmm(kernel, s, torch.ones(n, 16)) == degree).all()


def test_nothing_at_all(kernel: Kernel) -> None:
    bare = Structure(torch.zeros(4, dtype=torch.int64), torch.zeros(0, dtype=torch.int64), 2)
    x = torch.randn(2, 5, requires_grad=True)
    out = product.spmm(kernel, bare, x)
    out.sum().backward()
    assert out.shape == (3, 5) and not out.any() and not x.grad.any()
    assert product.spmm(kernel, HAND, torch.randn(2, 0)).shape == (3, 0)
    assert product.sddmm(kernel, bare, torch.randn(3, 5), torch.randn(2, 5)).shape == (0,)
    assert product.edge_softmax(kernel, bare, torch.zeros(0, 2)).shape == (0, 2)


def test_autocast_changes_nothing(kernel: Kernel, bipartite) -> None:
    s, x = bipartite(), torch.randn(20, 8)
    w = torch.randn(s.edges)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = product.spmm(kernel, s, x), product.spmm(kernel, s, x, w)
    assert torch.equal(inside[0], product.spmm(kernel, s, x))
    assert torch.equal(inside[1], product.spmm(kernel, s, x, w))


def test_the_same_call_repeats_bit_for_bit(kernel: Kernel, bipartite) -> None:
    s = bipartite(300, 200, 0.3)
    x, w = torch.randn(200, 16), torch.randn(s.edges)
    for call in (
        lambda: product.spmm(kernel, s, x),
        lambda: product.spmm(kernel, s, x, w),
        lambda: product.sddmm(kernel, s, x.repeat(2, 1)[:300], x),
        lambda: product.edge_softmax(kernel, s, w),
    ):
        assert torch.equal(call(), call())


@pytest.mark.parametrize(
    "call",
    [
        lambda k: product.spmm(k, HAND, torch.randn(3, 2)),
        lambda k: product.spmm(k, HAND, torch.ones(2, 2, dtype=torch.int64)),
        lambda k: product.spmm(k, HAND, torch.randn(2)),
        lambda k: product.spmm(k, HAND, torch.randn(2, 2), torch.randn(2)),
        lambda k: product.spmm(k, HAND, torch.randn(2, 2), torch.randn(3, 2)),
        lambda k: product.spmm(k, HAND, torch.randn(2, 4, 2), torch.randn(3, 3)),
        lambda k: product.sddmm(k, HAND, torch.randn(2, 2), torch.randn(2, 2)),
        lambda k: product.sddmm(k, HAND, torch.randn(3, 2), torch.randn(2, 3)),
        lambda k: product.edge_softmax(k, HAND, torch.randn(4)),
    ],
)
def test_wrong_shapes_are_typed_errors(kernel: Kernel, call) -> None:
    with pytest.raises(KernelError):
        call(kernel)
