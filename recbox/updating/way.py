"""How a method is brought to the data as it is now, without training: each has one way, or two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from recbox.errors import OptionError, UnsupportedError
from recbox.evaluate.baseline import SECONDS
from recbox.evaluate.fitting import excess, needed
from recbox.plugin import Model

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.data import Dataset

Way = Literal["pass", "fit", "histories", "solve", "keep"]
"""pass: one pass over the graph, of the same parameters. fit: fitted again, at one go and drawing nothing, on
all that there is now: what a run would give. histories: users by their histories as they are now, what was
fitted of items stays. solve: by the method's own rule, known items stay. keep: known users keep the vectors
that they have."""
AGAIN = "run the recipe again, with the new data: `recbox run`"


@dataclass(frozen=True)
class Plan:
    """why: why it isn't fitted again, where it could be."""

    way: Way
    why: str = ""


def ways(model: Model | type[Model]) -> tuple[Way, ...]:
    """Those of a model, by what its class says, the best first; none: it can't be updated."""
    found: list[Way] = []
    if not model.trained and not (model.draws and model.learns):
        found.append("fit")
    if "user-history" in model.accepts and model.exact:
        found.append("histories")
    elif model.folds is not None:
        found.append("solve" if model.folds else "keep")
    return tuple(found)


def plan(model: Model, use: str, data: Dataset, fit: bool | None, context: Context, where: str) -> Plan:
    """fit: whether it is to be fitted again; None: where that needs neither more than `context.memory` nor
    about `SECONDS`. An `UnsupportedError` where no way is left."""
    there = ways(model)
    if not there:
        why = "its numbers of a user were trained, and no rule makes them of a history"
        raise UnsupportedError(f"{use} can't be updated", where=where, why=why, instead=AGAIN)
    if "fit" not in there and fit:
        raise OptionError(
            f"{use} isn't fitted at one go: it is trained, or draws", where="--fit", instead=AGAIN
        )
    others = [way for way in there if way != "fit"]
    costs = _costs(model, data, fit, context) if "fit" in there else ""
    if "fit" in there and fit is not False and not costs:
        return Plan("fit")
    if not others:
        why = costs or "it has no other way than to be fitted again, and --no-fit forbids that"
        instead = f"--fit, however long it takes; or {AGAIN}" if "seconds" in costs else AGAIN
        raise UnsupportedError(f"{use} can't be updated", where=where, why=why, instead=instead)
    return Plan(others[0], costs or ("--no-fit was asked for" if "fit" in there else ""))


def _costs(model: Model, data: Dataset, fit: bool | None, context: Context) -> str:
    """Why it is too much to fit it again; empty where it isn't."""
    need = needed(model, data)
    if too_much := excess(need, context):
        return f"fitting it again {too_much}"
    if fit is None and need.seconds > SECONDS:
        return f"fitting it again takes about {need.seconds:,.0f} seconds, and --fit wasn't asked for"
    return ""
