"""The package as a whole: its recipe, what it needs, what it imports, damaged states."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from classic_made import drawn, fitted, scores
from recbox_classic import BPRMF, IALS, SLIM, MultVAE, RP3beta, UserKNN
from recbox_classic._matrix import largest

from recbox.data.dataset import Dataset, Interactions
from recbox.plugin import Model, sparse

HERE = Path(__file__).resolve().parents[1]
ALL = [UserKNN, RP3beta, SLIM, IALS, BPRMF, MultVAE]
MOVIELENS, GOWALLA = (943, 1682, 70_012), (29_858, 40_981, 810_128)


@pytest.mark.parametrize("recipe", sorted(HERE.glob("recipes/*.yaml")), ids=lambda file: file.stem)
def test_the_recipes_of_the_package_are_sound(recipe: Path) -> None:
    command = [sys.executable, "-m", "recbox", "check", recipe]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_checking_imports_neither_torch_nor_scipy() -> None:
    code = (
        "import sys; from recbox_classic import BPRMF, IALS, SLIM, MultVAE, RP3beta, UserKNN; "
        "[cls.parse({}).grid for cls in (BPRMF, IALS, SLIM, MultVAE, RP3beta, UserKNN)]; "
        "sys.exit(bool({'torch', 'scipy', 'polars'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.parametrize("cls", ALL)
def test_a_grid_is_of_twelve_settings_at_most(cls: type[Model]) -> None:
    assert 2 <= int(np.prod([len(v) for v in cls.grid.values()])) <= 12
    assert all(getattr(cls(), name) in values for name, values in cls.grid.items()), "the defaults are in it"


@pytest.mark.parametrize("cls", ALL)
def test_movielens_is_no_matter_for_any(cls: type[Model]) -> None:
    need = cls().need(*MOVIELENS)
    assert need.seconds < 60
    assert need.memory < 2 * 2**30


def test_gowalla_is_too_long_for_slim_alone() -> None:
    assert SLIM().need(*GOWALLA).seconds > 60
    assert SLIM(by="admm").need(*GOWALLA).memory > 5 * 4 * 40_981**2
    for model in (UserKNN(), RP3beta()):
        assert model.need(*GOWALLA).seconds < 60
        assert model.need(*GOWALLA).memory < 2 * 2**30


@pytest.mark.parametrize("cls", [UserKNN, RP3beta, SLIM])
def test_a_damaged_state_is_refused_not_read_past_its_arrays(cls: type[Model]) -> None:
    arrays, json = fitted(cls(), drawn()).state()
    arrays["right.indices"] = arrays["right.indices"].copy()
    arrays["right.indices"][0] = 10_000
    with pytest.raises(ValueError, match="indices"):
        cls().load(arrays, json)


def test_several_behaviours_of_a_pair_count_once() -> None:
    import polars as pl

    from recbox.data.dataset import Nodes

    nodes = [Nodes(pl.DataFrame({"id": np.arange(n)})) for n in (2, 3)]
    x = Interactions(np.array([0, 0, 0, 1]), np.array([1, 1, 0, 1]), np.ones(4, np.float32))
    assert sparse.history(Dataset("made", *nodes, x)).toarray().tolist() == [[1, 1, 0], [0, 1, 0]]


def test_the_largest_of_each_row_by_hand() -> None:
    """Row 0: 3, 5, 5, 1: both fives with k = 2, the lower column with k = 1, as in row 1 of 2 and 2."""
    row, column = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 1, 2, 3, 3, 1])
    value = np.array([3.0, 5.0, 5.0, 1.0, 2.0, 2.0])
    assert largest(row, column, value, 2, (3, 4)).toarray().tolist() == [
        [0, 5, 5, 0],
        [0, 2, 0, 2],
        [0, 0, 0, 0],
    ]
    assert largest(row, column, value, 1, (3, 4)).toarray().tolist() == [
        [0, 5, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 0, 0],
    ]


@pytest.mark.parametrize("cls", ALL)
def test_the_three_kinds_are_told_apart(cls: type[Model]) -> None:
    """People of `drawn` take items of their own kind: unseen ones of it are above others as popular."""
    x = drawn(240, 40)
    found = scores(MultVAE(dim=8, hidden=0) if cls is MultVAE else cls(), x)
    own = np.arange(240)[:, None] % 3 == np.arange(40) % 3
    gap = [
        found[:-1, i][(x[:-1, i] == 0) & (own[:-1, i] == same)].mean() for i in range(39) for same in (1, 0)
    ]
    assert np.mean(np.array(gap[::2]) > np.array(gap[1::2])) > 0.9
