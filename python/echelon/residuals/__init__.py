"""Fitted values and residuals of the rows of a fit."""

from echelon.residuals.kinds import KINDS, fitted_values, residuals

__all__ = ["KINDS", "fitted_values", "residuals"]
