"""Who is timed, under which name, and what recbox is held to against each."""

from __future__ import annotations

from dataclasses import dataclass, field

KERNELS = ("dgl", "torch")


@dataclass(frozen=True)
class Peer:
    """module: what has to be importable. title: in tables. goals: by kernel, how many times faster recbox's
    epoch is to be."""

    name: str
    module: str
    title: str
    goals: dict[str, float] = field(default_factory=dict)


_FAR = {"dgl": 8.0, "torch": 4.5}
ROSTER = {
    peer.name: peer
    for peer in (
        Peer("recbole", "recbole", "RecBole LightGCN", _FAR),
        Peer("pyg", "torch_geometric", "PyG LightGCN", _FAR),
        Peer("cornac", "cornac", "cornac LightGCN", _FAR),
        Peer("warprec", "warprec", "WarpRec LightGCN", {"dgl": 4.0, "torch": 2.0}),
        Peer("lenskit", "lenskit", "LensKit LightGCN"),
        Peer("implicit", "implicit", "implicit ALS"),
    )
}
"""By the name of the runner, `peers/NAME.py`, and of `peers/requirements-NAME.txt`."""
