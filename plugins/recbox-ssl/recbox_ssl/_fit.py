"""What terms say of vectors that they can't learn from, and of options that would do nothing."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from recbox.plugin import Options, differs, mistake

Hops = tuple[int, ...]
Temperature = Annotated[float, Field(ge=1e-3, le=1e3)]
"""Within these cosines over τ are told apart, and none is beyond what a number holds."""
Factor = Annotated[float, Field(ge=0, le=1e3)]
"""What something counts beside something else."""

FUSED = "another `fuse` than concat"
KEEPING = "layers that keep the width, as lightgcn"


def hold_passed(hops: Hops) -> None:
    """There is a layer, and messages are passed."""
    if len(hops) < 2:
        way = "a layer and `propagation: full`, or leave the term out here"
        raise mistake("it learns from what layers give, and here are none", instead=way)


def hold_first(hops: Hops, dim: int) -> None:
    """A vector of `dim` columns may stand in place of what the encoders give."""
    if hops[0] != dim:
        what = f"the encoders give {hops[0]} columns, and it hides them behind `dim`: {dim}"
        raise mistake(what, instead=FUSED)


def hold_final(hops: Hops, final: int, dim: int) -> None:
    """A network that reads or gives `dim` columns goes with final vectors."""
    if final != dim:
        what = f"the final vectors have {final} columns, and its network has `dim`: {dim}"
        fused = FUSED if hops[0] != dim else ""
        combined = "another `combine` than concat" if final == sum(hops) and len(hops) > 1 else ""
        raise mistake(what, instead=" and ".join(filter(None, (fused, combined))) or KEEPING)


def hold_same(hops: Hops, hop: int, first: int, dim: int, whose: str) -> None:
    """A hop is as wide as an earlier one that it is set against. whose: what the earlier one is."""
    if hops[hop] != hops[first]:
        what = f"hop {hop} has {hops[hop]} columns, and {whose} {hops[first]}"
        raise mistake(what, instead=KEEPING if hops[first] == dim else f"{KEEPING}, or {FUSED}")


def hold_used(options: Options, names: tuple[str, ...], why: str, instead: str) -> None:
    """Options that nothing would use are at their defaults. why: what doesn't use them."""
    for name in names:
        if differs(options, name):
            raise mistake(f"{why}, so `{name}` would do nothing", at=name, instead=instead)
