"""Marginal means, contrasts and families of tests."""
