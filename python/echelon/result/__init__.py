"""A fitted model as users hold it."""

from echelon.result.record import Result

__all__ = ["Result"]
