"""PyG's LightGCN (`torch_geometric.nn.LightGCN`), in the loop of PyG's own example for it.

The graph is a CSR tensor that was normalised once. By default the layers would normalise edges anew, three
times a step, and without a sparse tensor gather and scatter: both are slower.
"""

from __future__ import annotations

from .clock import Clock
from .protocol import Fitted, Work, main

SAID = "CSR tensor, normalised once (by default: anew in each layer and step); negatives aren't rejected"


def fit(work: Work, clock: Clock) -> Fitted:
    """Steps of BPR with uniform negatives."""
    import torch
    from torch.utils.data import DataLoader
    from torch_geometric.nn import LightGCN

    torch.manual_seed(work.seed)
    users, items = work.shape
    pair, graph = graph_of(work)
    model = LightGCN(users + items, work.dim, work.layers, normalize=False)
    optimizer = torch.optim.Adam(model.parameters(), lr=work.lr)
    loader = DataLoader(range(pair.shape[1]), batch_size=work.batch, shuffle=True)
    while not clock.done:
        for index in clock.over(loader):
            positive = pair[:, index]
            drawn = torch.randint(users, users + items, (len(index),))
            label = torch.cat([positive, torch.stack([positive[0], drawn])], dim=1)
            optimizer.zero_grad()
            above, below = model(graph, label).chunk(2)
            loss = model.recommendation_loss(above, below, node_id=label.unique(), lambda_reg=work.l2)
            loss.backward()
            optimizer.step()

    @torch.no_grad()
    def vectors():
        both = model.get_embedding(graph).numpy()
        return both[:users], both[users:]

    return Fitted(vectors, SAID)


def graph_of(work: Work):
    """int64 `[2, n]`: pairs of nodes, items after users; and their normalised CSR tensor, both ways."""
    import torch
    from torch_geometric.nn.conv.gcn_conv import gcn_norm
    from torch_geometric.utils import to_torch_csr_tensor

    users, items = work.shape
    pair = torch.from_numpy(work.train.copy())
    pair[1] += users
    both = torch.cat([pair, pair.flip(0)], dim=1)
    edge, weight = gcn_norm(both, None, users + items, add_self_loops=False)
    return pair, to_torch_csr_tensor(edge, weight, size=(users + items, users + items))


if __name__ == "__main__":
    main(fit, ("torch_geometric", "torch"))
