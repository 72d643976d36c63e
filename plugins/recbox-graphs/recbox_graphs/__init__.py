"""Layers for graphs of several edge types: `{use: behaviour-gcn}`."""

from recbox_graphs.behaviour_gcn import BehaviourGCN

__all__ = ["BehaviourGCN"]
