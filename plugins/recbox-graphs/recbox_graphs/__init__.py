"""Layers for graphs of several edge types."""
