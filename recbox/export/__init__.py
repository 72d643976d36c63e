"""A fitted method for use elsewhere: arrays for numpy, or graphs in ONNX."""

from recbox.export.writing import FORMATS, Exported, export

__all__ = ["FORMATS", "Exported", "export"]
