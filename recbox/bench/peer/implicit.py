"""implicit's ALS: how fast it ranks. It is fitted a few times over the data, so that it has factors."""

from __future__ import annotations

from .clock import Clock
from .protocol import Fitted, Work, main

ITERATIONS = 3
SAID = f"ALS, {ITERATIONS} iterations; `recommend` for all users in one call, what is liked already left out"


def fit(work: Work, clock: Clock) -> Fitted:
    """ALS with as many factors as LightGCN has columns; the clock is left alone."""
    import numpy as np
    from implicit.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix
    from threadpoolctl import threadpool_limits

    # implicit warns of BLAS threads beside its own
    threadpool_limits(1, "blas")
    known = csr_matrix((np.ones(work.train.shape[1], np.float32), tuple(work.train)), shape=work.shape)
    model = AlternatingLeastSquares(
        factors=work.dim,
        iterations=ITERATIONS,
        num_threads=work.threads,
        random_state=work.seed,
        use_gpu=False,
    )
    model.fit(known, show_progress=False)
    users = np.arange(work.shape[0])
    some = users[:512]
    model.recommend(some, known[some], N=work.k, filter_already_liked_items=True)  # a first time

    def rank() -> int:
        model.recommend(users, known, N=work.k, filter_already_liked_items=True)
        return len(users)

    return Fitted(lambda: (model.user_factors, model.item_factors), SAID, rank)


if __name__ == "__main__":
    main(fit, ("implicit", "scipy", "numpy"))
