"""cornac's LightGCN, by its own `fit`; it passes messages with DGL."""

from __future__ import annotations

import os
import sys
from types import ModuleType

from .clock import Clock
from .protocol import Fitted, Work, main, placed

SAID = "DGL with a weight an edge; its own epoch, which draws negatives one at a time in Python"


def fit(work: Work, clock: Clock) -> Fitted:
    """Its epochs, which end early."""
    import torch

    quiet_dgl()
    from cornac.data import Dataset
    from cornac.models import LightGCN

    torch.set_num_threads(work.threads)
    users, items = work.shape
    pair = work.train
    data = Dataset.from_uir(list(zip(*pair.tolist(), [1.0] * pair.shape[1])), seed=work.seed)
    draw = data.uij_iter
    data.uij_iter = lambda *args, **options: clock.over(draw(*args, **options))
    model = LightGCN(
        emb_size=work.dim,
        num_epochs=work.epochs,
        learning_rate=work.lr,
        batch_size=work.batch,
        num_layers=work.layers,
        lambda_reg=work.l2,
        seed=work.seed,
    )
    model.fit(data)

    def vectors():
        user = placed(model.U, data.uid_map, users)  # its ids are given in the order of first sight
        return user, placed(model.V, data.iid_map, items)

    return Fitted(vectors, SAID)


def quiet_dgl() -> None:
    """DGL 2.1 has a GraphBolt that is compiled for an older torch and can't be loaded; cornac needs none."""
    os.environ["DGLBACKEND"] = "pytorch"
    sys.modules.setdefault("dgl.graphbolt", ModuleType("dgl.graphbolt"))


if __name__ == "__main__":
    main(fit, ("cornac", "dgl", "torch"))
