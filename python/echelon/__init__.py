"""Hierarchical linear models for Python."""
