"""RecBole's LightGCN, by its own `Trainer`; data as its atomic files."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from .clock import Clock
from .protocol import Fitted, Work, main, placed, read

SAID = "its COO product, its loader without workers, its rejection of known negatives, all as they come"


def fit(work: Work, clock: Clock) -> Fitted:
    """Epochs of its trainer, which end early; no evaluation."""
    import torch

    with tempfile.TemporaryDirectory() as folder:
        write(work, Path(folder) / "data")
        model, trainer, loader, dataset = built(work, folder)
    while not clock.done:
        trainer._train_epoch(clock.over(loader), 0)

    @torch.no_grad()
    def vectors():
        model.eval()
        both = zip(("user_id", "item_id"), model.forward(), work.shape)
        # its number 0 is padding
        return tuple(placed(x[1:].numpy(), dataset.field2id_token[name][1:], n) for name, x, n in both)

    return Fitted(vectors, SAID)


def built(work: Work, folder: str):
    """As `recbole.quick_start` builds them."""
    from recbole.config import Config
    from recbole.data import create_dataset
    from recbole.data.utils import create_samplers, get_dataloader
    from recbole.utils import get_trainer, init_seed
    from recbole.utils.utils import get_model

    logging.disable(logging.WARNING)
    options = {
        "data_path": folder,
        "benchmark_filename": ["train", "valid", "test"],
        "load_col": {"inter": ["user_id", "item_id"]},
        "embedding_size": work.dim,
        "n_layers": work.layers,
        "reg_weight": work.l2,
        "train_batch_size": work.batch,
        "learning_rate": work.lr,
        "use_gpu": False,
        "seed": work.seed,
        "checkpoint_dir": folder,
    }
    config = Config(model="LightGCN", dataset="data", config_dict=options)
    init_seed(config["seed"], config["reproducibility"])
    dataset = create_dataset(config)
    parts = dataset.build()
    sampler, _, _ = create_samplers(config, dataset, parts)
    loader = get_dataloader(config, "train")(config, parts[0], sampler, shuffle=config["shuffle"])
    model = get_model(config["model"])(config, parts[0]).to(config["device"])
    return model, get_trainer(config["MODEL_TYPE"], config["model"])(config, model), loader, dataset


def write(work: Work, folder: Path) -> None:
    """The parts as it reads them; it wants a validation part, which nothing looks at."""
    folder.mkdir()
    test = read(Path(work.folder, "test.txt"))
    for part, pair in (("train", work.train), ("valid", test), ("test", test)):
        lines = "".join(f"{user}\t{item}\n" for user, item in pair.T.tolist())
        path = folder / f"data.{part}.inter"
        path.write_text(f"user_id:token\titem_id:token\n{lines}", encoding="utf-8")


if __name__ == "__main__":
    main(fit, ("recbole", "torch", "scipy", "numpy"))
