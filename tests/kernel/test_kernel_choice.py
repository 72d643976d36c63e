"""Which kernel is chosen, and that asking for one is quiet and cheap."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import block
import pytest
import torch

from recbox.errors import KernelError
from recbox.graph import interaction_csr
from recbox.kernel import Graph, choose
from recbox.kernel.choice import Facts, decide
from recbox.kernel.dgl_door import missing
from recbox.kernel.trial import Trial, trial

FINE, TRAP = Trial(0.2, 0.3), Trial(800.0, 0.3)


def test_dgl_where_it_is_sound() -> None:
    choice = decide("auto", "cpu", Facts("", True, FINE))
    assert choice.kernel == "dgl" and not choice.notice and "0.2 ms" in choice.reason


def test_torch_where_dgl_is_trapped_and_the_user_hears_of_it() -> None:
    choice = decide("auto", "cpu", Facts("", True, TRAP))
    assert choice.kernel == "torch" and "far too slow" in choice.notice
    asked = decide("dgl", "cpu", Facts("", True, TRAP))
    assert asked.kernel == "dgl" and "far too slow" in asked.notice


def test_torch_where_dgl_is_missing_or_cannot_reach_the_device() -> None:
    assert decide("auto", "cpu", Facts("dgl is not installed", False, None)).reason == "dgl is not installed"
    choice = decide("auto", "cuda", Facts("", False, None))
    assert choice.kernel == "torch" and choice.reason == "this DGL build can't use cuda" and not choice.notice
    for facts in (Facts("dgl is not installed", False, None), Facts("", False, None)):
        with pytest.raises(KernelError, match="dgl kernel can't be used"):
            decide("dgl", "cuda", facts)


def test_names_and_devices_that_there_are_not() -> None:
    with pytest.raises(KernelError, match="did you mean 'torch'"):
        choose("torhc", "cpu")
    with pytest.raises(KernelError, match="no sparse kernels for the device"):
        choose("auto", "mps")
    assert choose("torch", "cpu").kernel == "torch"


def test_the_trial_takes_milliseconds() -> None:
    if missing():
        pytest.skip(missing())
    assert trial() is trial()
    assert trial().dgl_ms < 200 and trial().torch_ms < 200


SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
long sysconf(int name) {
    long (*real)(int) = dlsym(RTLD_NEXT, "sysconf");
    return name == _SC_LEVEL3_CACHE_SIZE ? 0 : real(name);
}
"""


def test_a_machine_that_hides_its_cache_is_found_out(tmp_path: Path) -> None:
    """The trap itself: a C library that says what such virtual machines say."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if missing() or compiler is None or sys.platform != "linux":
        pytest.skip(missing() or "needs Linux and a C compiler to build the shim")
    (tmp_path / "shim.c").write_text(SHIM)
    shim = tmp_path / "shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", shim, tmp_path / "shim.c", "-ldl"], check=True)
    code = "from recbox.kernel import choose; c = choose('auto', 'cpu'); print(c.kernel, c.notice)"
    said = fresh(code, tmp_path, LD_PRELOAD=str(shim))
    assert said.startswith("torch DGL is far too slow on this machine"), said


def test_dgl_blocked_leaves_the_torch_kernel() -> None:
    if not block.blocked():
        pytest.skip(f"runs with {block.SWITCH}=1")
    assert choose("auto", "cpu").kernel == "torch" and "blocked" in choose("auto", "cpu").reason
    csr = interaction_csr(torch.tensor([0]).numpy(), torch.tensor([0]).numpy(), 1, 1)
    with pytest.raises(KernelError, match="blocked"):
        Graph.build(_layout(), {"interaction": csr}).dgl()


def _layout():
    from recbox.graph import Layout

    return Layout((("user", 1), ("item", 1)))


def fresh(code: str, home: Path, **more: str) -> str:
    """What a new process prints, on either stream."""
    env = {**os.environ, "HOME": str(home), "OMP_NUM_THREADS": "1", **more}
    env.pop("DGLBACKEND", None)
    prefix = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import block; block.install(); "
    )
    done = subprocess.run([sys.executable, "-c", prefix + code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_choice_prints_nothing_and_leaves_the_home_folder_alone(tmp_path: Path) -> None:
    code = (
        "import numpy as np, torch; from recbox.kernel import Graph; from recbox.graph import *; "
        "g = Graph.build(Layout((('user', 2), ('item', 2))), {'i': "
        "interaction_csr(np.array([0]), np.array([1]), 2, 2)}); "
        "g.propagate(torch.randn(4, 3, requires_grad=True)).sum().backward()"
    )
    assert fresh(code, tmp_path) == "" and not list(tmp_path.rglob("*"))


def test_importing_the_room_imports_neither_torch_nor_dgl(tmp_path: Path) -> None:
    code = "import sys, recbox.kernel; print([m for m in ('torch', 'dgl', 'scipy') if m in sys.modules])"
    assert fresh(code, tmp_path).strip() == "[]"
