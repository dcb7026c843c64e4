"""Whether this is the quick suite: conftest.py says so before tests are collected."""

from __future__ import annotations

is_quick = False
