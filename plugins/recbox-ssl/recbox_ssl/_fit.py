"""What terms say of vectors that they can't learn from, and of options that would do nothing."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from recbox.plugin import Options, mistake

Hops = tuple[int, ...]
Temperature = Annotated[float, Field(ge=1e-3, le=1e3)]
"""Within these cosines over τ are told apart, and none is beyond what a number holds."""
Factor = Annotated[float, Field(ge=0, le=1e3)]
"""What something counts beside something else."""


def hold_passed(hops: Hops) -> None:
    """There is a layer, and messages are passed."""
    if len(hops) < 2:
        way = "a layer and `propagation: full`, or leave the term out here"
        raise mistake("it learns from what layers give, and here are none", instead=way)


def hold_first(hops: Hops, dim: int) -> None:
    """A vector of `dim` columns may stand in place of what the encoders give."""
    if hops[0] != dim:
        what = f"the encoders give {hops[0]} columns, and it hides them behind `dim`: {dim}"
        raise mistake(what, instead="another `fuse` than concat")


def hold_final(hops: Hops, final: int, dim: int) -> None:
    """A network that reads or gives `dim` columns goes with final vectors."""
    if final != dim:
        what = f"the final vectors have {final} columns, and its network has `dim`: {dim}"
        fused = "another `fuse` than concat" if hops[0] != dim else ""
        combined = "another `combine` than concat" if final == sum(hops) and len(hops) > 1 else ""
        way = " and ".join(filter(None, (fused, combined))) or "layers that keep the width, as lightgcn"
        raise mistake(what, instead=way)


def hold_used(options: Options, names: tuple[str, ...], why: str, instead: str) -> None:
    """Options that nothing would use are at their defaults. why: what doesn't use them."""
    for name in names:
        default: Any = type(options).model_fields[name].default
        if getattr(options, name) != default:
            raise mistake(f"{why}, so `{name}` would do nothing", at=name, instead=instead)
