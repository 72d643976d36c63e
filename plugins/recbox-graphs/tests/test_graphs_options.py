"""Options that would do nothing are refused, with what uses them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from recbox_graphs.behaviour_gcn import BehaviourGCN
from recbox_graphs.kgat import KGAT
from recbox_graphs.relational import Relational
from recbox_graphs.transe import TransE

from recbox.plugin import Options


@pytest.mark.parametrize(
    ("part", "options", "said"),
    [
        (Relational, {"transform": "none", "bases": 2}, "`bases` is for basis; `none` would not use it"),
        (Relational, {"transform": "full", "bases": 8}, "`bases` is for basis; `full` would not use it"),
        (TransE, {"form": "bpr", "margin": 0.5}, "`margin` is for the form margin; `bpr` would not use it"),
    ],
)
def test_an_option_without_a_use_is_refused(part: type[Options], options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        part.parse(options)


@pytest.mark.parametrize(
    ("part", "options"),
    [
        (Relational, {"transform": "none"}),
        (Relational, {"bases": 2}),
        (TransE, {"form": "bpr"}),
        (TransE, {"margin": 0.5}),
    ],
)
def test_what_is_said_in_full_is_read_again(part: type[Options], options: dict[str, Any]) -> None:
    assert part.parse(part.parse(options).values()) == part.parse(options)


def test_layers_say_which_edges_they_look_at() -> None:
    assert BehaviourGCN().only_edges == {"interaction", "behaviour"}
    assert Relational().only_edges is None
    assert KGAT().only_edges is None
