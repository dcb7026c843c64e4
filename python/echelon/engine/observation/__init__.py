"""Observation models: one file per response family."""
