"""Rankings that other tools made, judged by the rules of this one.

A file or frame → `Listing` (what it is, which columns) → `gather` (ids matched, every odd row counted, each
user's best k) → `recbox.evaluate.measure`; where pairs are judged, `point` → `measure_pairs`. `paired` says
whether a difference is more than chance.
"""

from recbox.outside.causes import causes
from recbox.outside.form import FORMATS, Listing, listing
from recbox.outside.gathering import Gathered, gather
from recbox.outside.oddities import Oddities
from recbox.outside.pairing import Side, Tested, paired
from recbox.outside.pointing import PairOddities, Pointed, point
from recbox.outside.words import sentence

__all__ = [
    "FORMATS",
    "Gathered",
    "Listing",
    "Oddities",
    "PairOddities",
    "Pointed",
    "Side",
    "Tested",
    "causes",
    "gather",
    "listing",
    "paired",
    "point",
    "sentence",
]
