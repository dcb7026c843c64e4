"""Hypothesis finds the same examples in every quick run, and new ones in `make test-all`."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import pace

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("new", deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the profile by whether slow tests are left out."""
    pace.is_quick = "not slow" in config.getoption("-m", default="")
    settings.load_profile("same" if pace.is_quick else "new")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Spare the garbage collector what is there to stay: ten thousand tests, and their modules."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
