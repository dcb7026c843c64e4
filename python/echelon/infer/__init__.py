"""Inference from a fit: tests, bounds, and tables of estimates."""
