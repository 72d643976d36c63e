"""WarpRec's LightGCN, in Lightning's trainer as WarpRec sets it up, without Ray around it."""

from __future__ import annotations

from .clock import Clock
from .protocol import Fitted, Work, main

SAID = "PyG's EdgeIndex (CSR); its loader has a worker beside the training process, as by default"


def fit(work: Work, clock: Clock) -> Fitted:
    """Its epochs, which end early."""
    import lightning
    import torch

    model, interactions = built(work)
    loader = model.get_dataloader(
        interactions=interactions,
        sessions=None,
        num_workers=max(work.threads - 1, 1),
        pin_memory=False,
        persistent_workers=True,
        seed=work.seed,
    )

    class Tick(lightning.Callback):
        def on_train_epoch_start(self, *_) -> None:
            clock.begin()

        def on_train_batch_end(self, *_) -> None:
            clock.tick()

    trainer = lightning.Trainer(
        max_epochs=work.epochs,
        max_steps=work.steps + work.warmup,
        accelerator="cpu",
        precision="32-true",
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
        callbacks=[Tick()],
    )
    trainer.fit(model, train_dataloaders=loader)

    @torch.no_grad()
    def vectors():
        model.eval()
        user, item = model.forward()
        return user.numpy(), item[:-1].numpy()  # the last one is padding

    return Fitted(vectors, SAID)


def built(work: Work):
    """The model and its interactions; ids are numbers already."""
    import narwhals as nw
    import pandas as pd
    from warprec.data.entities import Interactions
    from warprec.recommenders.collaborative_filtering_recommender.graph_based.lightgcn import LightGCN

    users, items = work.shape
    frame = nw.from_native(pd.DataFrame(work.train.T, columns=["user_id", "item_id"]), eager_only=True)
    maps = ({i: i for i in range(count)} for count in work.shape)
    interactions = Interactions(frame, work.shape, *maps)
    params = {
        "embedding_size": work.dim,
        "n_layers": work.layers,
        "reg_weight": work.l2,
        "batch_size": work.batch,
        "epochs": work.epochs,
        "learning_rate": work.lr,
    }
    info = {"n_users": users, "n_items": items}
    return LightGCN(params, info, interactions, seed=work.seed), interactions


if __name__ == "__main__":
    main(fit, ("warprec", "lightning", "torch_geometric", "torch"))
