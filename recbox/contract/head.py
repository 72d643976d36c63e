"""The laws of heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.kind import modular
from recbox.contract.law import Skip, broken, hold, law
from recbox.plugin import Head, Spec

USERS, ITEMS, WIDTH = 6, 9, 8
TOP = 4


@dataclass(frozen=True)
class Inputs:
    """Final vectors of some users `[n, D]` and some items `[m, D]`."""

    user: torch.Tensor
    item: torch.Tensor


def inputs(case: Case, double: bool = False, width: int = WIDTH) -> Inputs:
    generator = Context().generator("contract.head", width)
    user, item = (torch.randn(count, width, generator=generator) for count in (USERS, ITEMS))
    return Inputs(user.double(), item.double()) if double else Inputs(user, item)


def build(case: Case, context: Context, given: Inputs) -> nn.Module:
    nodes, width = len(given.user) + len(given.item), given.user.shape[1]
    return _head(case).build(Spec("", nodes, width, 1, None, None, context, "head"))


def call(module: nn.Module, given: Inputs) -> Mapping[str, torch.Tensor]:
    out = {"pairs": module(given.user[:, None], given.item[None]), "block": _block(module)(*_both(given))}
    vectors: Callable[..., tuple[torch.Tensor, torch.Tensor]] | None = getattr(module, "vectors", None)
    return (
        out if vectors is None else out | dict(zip(("user vectors", "item vectors"), vectors(*_both(given))))
    )


@law(instead="compute on the last dimension alone, and let the ones before it broadcast")
def pairs_broadcast(case: Case) -> None:
    """User and item vectors `[..., D]` broadcast against each other, and each pair has one finite score."""
    module, given = _built(case)
    user, item = _both(given)
    each = module(user[:, None], item[None])
    hold(each.shape == (USERS, ITEMS), f"{USERS} users × {ITEMS} items give {list(each.shape)}")
    for u, i, expected in (
        (user[0], item, each[0]),
        (user, item[0], each[:, 0]),
        (user[0], item[0], each[0, 0]),
        (user, item[: len(user)], each.diagonal()),
        (user[:, None], item[None].expand(len(user), -1, -1), each),
        (user[:0], item[:0], each[0, :0]),
    ):
        shapes = f"{list(u.shape)} and {list(i.shape)}"
        out = module(u, i)
        hold(out.shape == expected.shape, f"{shapes} give {list(out.shape)}, not {list(expected.shape)}")
        _close(out, expected, f"{shapes} give scores that are {{}} off")


@law(instead="try one width after another: spec.width is the sum of all hops where the recipe says concat")
def every_width_has_scores(case: Case) -> None:
    """It works, with finite scores, for vectors of any `spec.width`: 1, 5, 8 and 24."""
    for width in (1, 5, WIDTH, 3 * WIDTH):
        given = inputs(case, width=width)
        block = _block(build(case, case.context, given).eval())(*_both(given))
        hold(block.shape == (USERS, ITEMS), f"width {width}: a block of {list(block.shape)}")
        hold(block.dtype == torch.float32, f"width {width}: scores are {block.dtype}")
        hold(bool(torch.isfinite(block).all()), f"width {width}: some scores aren't finite")


@law(instead="compute both by the same formula; block(u, i) is forward(u[:, None], i[None])")
def blocks_equal_pairs(case: Case) -> None:
    """`block` gives each user's score of each item as `forward` does, to 1e-5, also for few or none."""
    module, given = _built(case)
    for n, m in ((USERS, ITEMS), (1, ITEMS), (USERS, 1), (1, 1), (0, ITEMS), (USERS, 0)):
        user, item = given.user[:n], given.item[:m]
        block = _block(module)(user, item)
        hold(block.shape == (n, m), f"{n} users and {m} items give {list(block.shape)}")
        _close(block, module(user[:, None], item[None]), f"a block of {n} and {m} is {{}} off")


@law(instead="normalise nothing over the batch, and give no pair a share of a sum")
def a_score_depends_on_its_pair_alone(case: Case) -> None:
    """A pair's score is the same, whichever other users and items are scored in the same call."""
    module, given = _built(case)
    block = _block(module)(*_both(given))
    alone = [[_block(module)(u[None], i[None])[0, 0] for i in given.item] for u in given.user]
    _close(torch.stack([torch.stack(row) for row in alone]), block, "alone, scores are {} off")
    one_by_one = torch.stack([module(u, i) for u, i in zip(given.user, given.item)])
    _close(module(given.user, given.item[:USERS]), one_by_one, "among other pairs, scores are {} off")


@law(instead="let `retrievable` be False where no inner product of two vectors is the score")
def retrievable_is_true(case: Case) -> None:
    """Where `retrievable` is True, `vectors` are of each user and each item alone, their inner product is the
    score to 1e-5, and the best by inner product are the best by score."""
    if not _head(case).retrievable:
        raise Skip("it doesn't claim to be retrievable")
    module, given = _built(case)
    vectors: Callable[..., tuple[torch.Tensor, torch.Tensor]] | None = getattr(module, "vectors", None)
    if vectors is None:
        broken("the module has no `vectors`")
    u, i = vectors(*_both(given))
    hold(
        u.shape[:1] == (USERS,) and i.shape == (ITEMS, u.shape[-1]),
        f"vectors of {list(u.shape)} and {list(i.shape)}",
    )
    block = _block(module)(*_both(given))
    _close(u @ i.T, block, "the inner products are {} off")
    best = (u @ i.T).topk(TOP).indices
    hold(torch.equal(best, block.topk(TOP).indices), f"the best {TOP} by inner product aren't those by score")
    one, other = vectors(given.user[:1], given.item[:1])
    _close(one, u[:1], "a user's vector is {} off when it is asked for alone")
    _close(other, i[:1], "an item's vector is {} off when it is asked for alone")


@law(instead="use functional.normalize, or add an epsilon to a norm before dividing by it")
def vectors_of_zeros_are_finite(case: Case) -> None:
    """A vector of zeros, such as that of a node without edges, has finite scores and finite gradients."""
    module, given = _built(case)
    for n, m in ((0, 1), (1, 0), (0, 0)):
        user, item = (n * given.user).requires_grad_(), (m * given.item).requires_grad_()
        out = _block(module)(user, item), module(user[:, None], item[None])
        hold(all(bool(torch.isfinite(scores).all()) for scores in out), "some scores aren't finite")
        torch.autograd.backward(out[0].square().sum() + out[1].sum())
        for name, leaf in (("users'", user), ("items'", item)):
            finite = leaf.grad is None or bool(torch.isfinite(leaf.grad).all())
            hold(finite, f"the gradient of the {name} vectors isn't finite")


@law(instead="use both vectors; what depends on one alone is no score of a pair")
def both_vectors_matter(case: Case) -> None:
    """Another user has other differences between items, and another item another score: a head that only adds
    something of the user to something of the item gives everybody the same list."""
    module, given = _built(case)
    block = _block(module)(*_both(given)).detach()
    size = max(float(block.abs().max()), 1e-12)
    across = float((block - block[:, :1]).abs().max())
    hold(across > 1e-5 * size, "all items have the same score")
    own = block - block.mean(1, keepdim=True) - block.mean(0, keepdim=True) + block.mean()
    hold(float(own.abs().max()) > 1e-5 * size, "all users have the same list, whatever their vectors")


@law(instead="check the backward pass of what you wrote yourself; don't detach or round")
def gradients_are_right(case: Case) -> None:
    """Gradients of both vectors, by `forward` and by `block`, are those of finite differences, in float64."""
    given = inputs(case, double=True)
    module = build(case, case.context, given).eval().double()
    user, item = (v.requires_grad_() for v in _both(given))
    ways = {"forward": lambda u, i: module(u[:, None], i[None]), "block": _block(module)}
    for name, way in ways.items():
        out = way(user, item)
        hold(out.requires_grad, f"scores of {name} carry no gradient")
        for what, g in zip(
            ("users'", "items'"), torch.autograd.grad(out.sum(), (user, item), allow_unused=True)
        ):
            hold(g is not None, f"{name} gives no gradient to the {what} vectors")
        try:
            torch.autograd.gradcheck(way, (user, item), fast_mode=True)
        except RuntimeError as error:
            broken(f"{name}: {str(error).strip().splitlines()[0]}")


def _head(case: Case) -> Head:
    assert isinstance(case.options, Head)  # noqa: S101
    return case.options


def _built(case: Case) -> tuple[nn.Module, Inputs]:
    given = inputs(case)
    return build(case, case.context, given).eval(), given


def _both(given: Inputs) -> tuple[torch.Tensor, torch.Tensor]:
    return given.user, given.item


def _block(module: nn.Module) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    block: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None = getattr(module, "block", None)
    return block if block is not None else broken("the module has no `block`")


def _close(found: torch.Tensor, expected: torch.Tensor, seen: str) -> None:
    hold(found.shape == expected.shape, f"the shape is {list(found.shape)}, not {list(expected.shape)}")
    if found.numel():
        gap = float((found - expected).detach().abs().max())
        hold(gap <= 1e-5 * max(1.0, float(expected.detach().abs().max())), seen.format(f"{gap:.2g}"))


@law(instead="say so by `learns`, or hold what isn't learned as a buffer")
def learns_is_true(case: Case) -> None:
    """The module has parameters exactly where `learns` says so."""
    module, _ = _built(case)
    count, said = sum(p.numel() for p in module.parameters()), _head(case).learns
    hold(bool(count) == said, f"`learns` is {said}, and it has {count} parameters")


KIND = modular(
    (
        pairs_broadcast,
        every_width_has_scores,
        blocks_equal_pairs,
        a_score_depends_on_its_pair_alone,
        retrievable_is_true,
        vectors_of_zeros_are_finite,
        both_vectors_matter,
        gradients_are_right,
        learns_is_true,
    ),
    inputs,
    build,
    call,
)
