"""The list that all products in float64 give: what a search among large catalogues is held to."""

from __future__ import annotations

from types import SimpleNamespace

import torch

from recbox.serve.asked import Recommend
from recbox.serve.catalogue import Catalogue
from recbox.serve.person import Person
from recbox.serve.ranking import List
from recbox.serve.searching import lister


def whole(person: Person, asked: Recommend, catalogue: Catalogue) -> List:
    vectors = catalogue.version.vectors[1], catalogue.fresh.vectors
    products = [part.double() @ person.vector.double() for part in vectors if part is not None]
    known = SimpleNamespace(scores=lambda _: torch.cat(products).float(), seen=person.seen, vector=None)
    return lister(known, asked, catalogue, None)(asked.k)
