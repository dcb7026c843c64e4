"""Simulations with known truth: responses drawn by NumPy alone, not by echelon."""
