"""Every chart of the groups is a method of `fit.plot`, with the options of its function."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import pytest

from echelon.api import Result
from echelon.result.plots.groups import GroupPlots
from tests.group_fits import sleep

NAMES = [name for name in vars(GroupPlots) if not name.startswith("_") and name != "fit"]


@pytest.mark.parametrize("name", NAMES)
def test_method_is_the_function(name: str) -> None:
    function = getattr(import_module(f"echelon.plot.{name}"), name)
    own = list(inspect.signature(getattr(GroupPlots, name)).parameters.values())[1:]
    assert own == list(inspect.signature(function).parameters.values())[1:]
    chart = getattr(Result(sleep()).plot, name)()
    assert chart.to_dict() == function(sleep()).to_dict()


def test_file(tmp_path: Path) -> None:
    path = Result(sleep()).plot.caterpillar().save(tmp_path / "chart.svg")
    assert path.read_text("utf-8").startswith("<svg")


def test_names() -> None:
    assert NAMES == [
        "caterpillar", "shrinkage", "random_qq", "random_scatter", "variance_shares", "group_sizes",
    ]  # fmt: skip
