"""Predictions: means, probabilities and new responses, for rows of the fit and new ones."""

from echelon.predict.predictions import predict

__all__ = ["predict"]
