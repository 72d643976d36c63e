"""Trackers of recbox: TensorBoard, MLflow, Weights & Biases."""

from recbox_track.mlflow import MLflow
from recbox_track.tensorboard import TensorBoard
from recbox_track.wandb import WandB

__all__ = ["MLflow", "TensorBoard", "WandB"]
