"""LensKit's LightGCN scorer, by its own `train`; it is made of PyG's."""

from __future__ import annotations

from .clock import Clock
from .protocol import Fitted, Work, main, placed

SAID = "an edge list, so gather and scatter; edges go one way, from user to item; gradients are never cleared"


def fit(work: Work, clock: Clock) -> Fitted:
    """Its epochs, which end early."""
    import pandas as pd
    import torch
    from lenskit.data import from_interactions_df
    from lenskit.graphs import lightgcn
    from lenskit.training import TrainingOptions

    torch.set_num_threads(work.threads)
    users, items = work.shape
    batches = lightgcn.BatchIter
    lightgcn.BatchIter = lambda *args: clock.over(batches(*args))
    scorer = lightgcn.LightGCNScorer(
        embedding_size=work.dim,
        layer_count=work.layers,
        batch_size=work.batch,
        learning_rate=work.lr,
        regularization=work.l2,
        epochs=work.epochs,
    )
    data = from_interactions_df(pd.DataFrame(work.train.T, columns=["user_id", "item_id"]))
    scorer.train(data, TrainingOptions(device="cpu", rng=work.seed))

    @torch.no_grad()
    def vectors():
        both = scorer.model.get_embedding(scorer._edges).numpy()  # items come first
        user = placed(both[len(scorer.items) :], scorer.users.ids(), users)
        return user, placed(both[: len(scorer.items)], scorer.items.ids(), items)

    return Fitted(vectors, SAID)


if __name__ == "__main__":
    main(fit, ("lenskit", "torch_geometric", "torch"))
