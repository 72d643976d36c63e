"""The printed form of a measurement; the figures themselves are tested where they are taken."""

from __future__ import annotations

import pytest

from recbox.cli.timing import print_timings

REPORT = {
    "machine": {"cores": 2, "processor": "\x1b[31mAMD"},
    "graph": {"source": "gowalla", "nodes": 70_839, "edges": 1_620_256, "dim": 64},
    "triad_gb_s": 68.0,
    "repeat": 11,
    "row": [
        {
            "what": "sum",
            "name": "dgl",
            "ms": 3.4,
            "gb_s": 13.6,
            "of_triad": 0.2,
            "ratio": 1.0,
            "against": "dgl",
        },
        {
            "what": "sum",
            "name": "torch",
            "ms": 9.5,
            "gb_s": None,
            "of_triad": None,
            "ratio": 2.8,
            "against": "dgl",
        },
    ],
}


def test_each_row_is_printed_beside_what_it_is_compared_with(capsys: pytest.CaptureFixture[str]) -> None:
    print_timings(REPORT)
    lines = capsys.readouterr().out.splitlines()
    assert "cores 2, processor \\x1b[31mAMD" in lines[0]
    assert lines[1] == "gowalla: 70,839 nodes, 1,620,256 edges, 64 columns"
    assert lines[-2].split() == ["sum", "dgl", "3.40", "13.6", "20%", "1.00"]
    assert lines[-1].split() == ["torch", "9.50", "2.80", "dgl"]
