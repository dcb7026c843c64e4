"""The command line: `echelon fit`, `describe`, `datasets`, `info`."""

from __future__ import annotations

from echelon.cli.app import main

__all__ = ["main"]
