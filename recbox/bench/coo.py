"""LightGCN over torch's COO format, as most public code has it: what a step is compared with."""

from __future__ import annotations

import torch
from torch.nn.functional import softplus

from recbox.data import Dataset


class CooLightGCN:
    """Vectors of all nodes as one parameter, `torch.sparse.mm` with the normalised adjacency for each layer,
    the mean of the layers, BPR with an L2 on the batch's own vectors, dense Adam (He et al. 2020,
    arXiv:2002.02126; the code beside the paper). Negatives are drawn for a whole batch at once, where that
    code draws them one by one."""

    def __init__(
        self,
        train: Dataset,
        vectors: torch.Tensor,
        draw: torch.Generator,
        *,
        layers: int = 3,
        batch: int = 2048,
        lr: float = 1e-3,
        decay: float = 1e-4,
    ) -> None:
        """vectors: float32 `[users + items, d]`, to begin with, on the device where it all happens."""
        self.users, self.items = len(train.user), len(train.item)
        self.user = torch.from_numpy(train.interaction.user)
        self.item = torch.from_numpy(train.interaction.item)
        self.known = torch.sort(self.user * self.items + self.item).values
        self.layers, self.batch, self.decay, self.draw = layers, batch, decay, draw
        self.vectors = torch.nn.Parameter(vectors.clone())
        self.adjacency = self._adjacency().to(vectors.device)
        self.optimizer = torch.optim.Adam([self.vectors], lr=lr)

    def step(self) -> torch.Tensor:
        """One update; the loss."""
        loss = self.loss(*(t.to(self.vectors.device) for t in self._sample()))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def loss(self, user: torch.Tensor, item: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
        """BPR of a batch, int64 `[B]` each, and the weighted L2."""
        hops = [self.vectors]
        for _ in range(self.layers):
            hops.append(torch.sparse.mm(self.adjacency, hops[-1]))
        final = torch.stack(hops, dim=1).mean(dim=1)
        places = user, item + self.users, negative + self.users
        u, p, n = (final[place] for place in places)
        first = sum(self.vectors[place].pow(2).sum() for place in places)
        bpr = softplus((u * n).sum(1) - (u * p).sum(1)).mean()
        return bpr + self.decay * 0.5 * first / len(user)

    def _sample(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Interactions at random, and for each an item that its user has not."""
        rows = torch.randint(len(self.user), (self.batch,), generator=self.draw)
        user, item = self.user[rows], self.item[rows]
        negative = torch.randint(self.items, (self.batch,), generator=self.draw)
        for _ in range(8):
            key = user * self.items + negative
            place = torch.searchsorted(self.known, key).clamp_max(len(self.known) - 1)
            bad = (self.known[place] == key).nonzero().squeeze(1)
            if not len(bad):
                break
            negative[bad] = torch.randint(self.items, (len(bad),), generator=self.draw)
        return user, item, negative

    def _adjacency(self) -> torch.Tensor:
        """D^-1/2 A D^-1/2, both directions of every interaction."""
        row = torch.cat([self.user, self.item + self.users])
        column = torch.cat([self.item + self.users, self.user])
        nodes = self.users + self.items
        scale = torch.bincount(row, minlength=nodes).clamp_min(1).float().pow(-0.5)
        place, value = torch.stack([row, column]), scale[row] * scale[column]
        return torch.sparse_coo_tensor(place, value, (nodes, nodes), check_invariants=False).coalesce()
