"""Slopes of a predictor, and where they can be told from zero."""
