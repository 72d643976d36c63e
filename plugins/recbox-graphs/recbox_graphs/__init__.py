"""Layers for graphs of several edge types, and an objective over triples: `{use: behaviour-gcn}`."""

from recbox_graphs.behaviour_gcn import BehaviourGCN
from recbox_graphs.kgat import KGAT
from recbox_graphs.relational import Relational
from recbox_graphs.transe import TransE

__all__ = ["KGAT", "BehaviourGCN", "Relational", "TransE"]
