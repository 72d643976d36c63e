"""Graph parts put together: encoder → layers → combine → head, and the scorer that they become."""

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.recommender.adopting import adopt
    from recbox.recommender.assembly import build
    from recbox.recommender.edges import build_graph, structures
    from recbox.recommender.extending import Base, extend, trained, trained_with
    from recbox.recommender.growth import Growth
    from recbox.recommender.guard import check_module, check_term, foreign, inspect, watching
    from recbox.recommender.lacking import left_out
    from recbox.recommender.recommender import Recommender, attends
    from recbox.recommender.scorer import GraphScorer
    from recbox.recommender.some import ask_for_rows

_HOME = {
    "adopt": ".adopting",
    "build": ".assembly",
    "build_graph": ".edges",
    "structures": ".edges",
    "Base": ".extending",
    "extend": ".extending",
    "trained": ".extending",
    "trained_with": ".extending",
    "Growth": ".growth",
    "check_module": ".guard",
    "check_term": ".guard",
    "foreign": ".guard",
    "inspect": ".guard",
    "watching": ".guard",
    "left_out": ".lacking",
    "Recommender": ".recommender",
    "attends": ".recommender",
    "GraphScorer": ".scorer",
    "ask_for_rows": ".some",
}

__all__ = [
    "Base",
    "GraphScorer",
    "Growth",
    "Recommender",
    "adopt",
    "ask_for_rows",
    "attends",
    "build",
    "build_graph",
    "check_module",
    "check_term",
    "extend",
    "foreign",
    "inspect",
    "left_out",
    "structures",
    "trained",
    "trained_with",
    "watching",
]

__getattr__ = lazily(__name__, _HOME)
