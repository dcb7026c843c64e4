"""The face: public names, and docstrings that answer the same questions everywhere."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import echelon
from echelon import api

NAMES = {"fit", "Result", "read", "levels", "datasets"}
ATTRIBUTES = {
    "formula", "family", "link", "method", "n_obs", "n_groups", "beta", "vcov", "theta", "sigma",
    "log_likelihood", "objective", "aic", "bic", "df_model", "is_singular", "convergence",
    "rows_dropped", "fixed_effects", "variance_components", "fitted",
}  # fmt: skip
VERBS = {"conditional_modes", "residuals", "summary", "predict", "simulate", "refit"}
SECTIONS = ["Parameters", "Returns", "Raises", "Warns", "Notes", "Source", "Examples"]


def test_public_names() -> None:
    assert set(echelon.__all__) >= NAMES
    assert not [name for name in echelon.__all__ if not hasattr(echelon, name)]


def test_public_names_are_listed() -> None:
    assert dir(echelon) == sorted(echelon.__all__)
    with pytest.raises(AttributeError, match=r"^module 'echelon' has no attribute 'fits'$"):
        echelon.fits  # noqa: B018


def test_fit_is_the_function_whatever_was_imported_first() -> None:
    """The file fit.py does not take the place of the function."""
    program = "from echelon.fit import Fit; import echelon; print(echelon.fit.__module__)"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "echelon.api\n"


def test_result_has_every_documented_name() -> None:
    assert set(dir(api.Result)) >= ATTRIBUTES | VERBS
    assert not [name for name in VERBS if not callable(getattr(api.Result, name))]
    assert not [name for name in ATTRIBUTES if inspect.isfunction(getattr(api.Result, name))]


def public_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Functions of `api` and methods of `Result` that users call."""
    for owner in (api, api.Result):
        for name, value in vars(owner).items():
            own = getattr(value, "__module__", None) == api.__name__
            if inspect.isfunction(value) and own and not name.startswith("_"):
                yield name, value


@pytest.mark.parametrize(("name", "function"), list(public_functions()))
def test_docstring_sections(name: str, function: Callable[..., Any]) -> None:
    """What takes arguments says what each means and what comes back; the rest says it in a line."""
    text = inspect.getdoc(function)
    assert text, f"{name} has no docstring"
    assert re.match(r"[A-Z].*[.?]$", text.splitlines()[0]), "the first line is a sentence"
    found = re.findall(r"^(\w+)\n-{3,}$", text, flags=re.MULTILINE)
    assert found == [section for section in SECTIONS if section in found], "sections in order"

    signature = inspect.signature(function)
    parameters = [p for p in signature.parameters if p not in ("self", "args", "kwargs")]
    if not parameters:
        return
    assert {"Parameters", "Returns"} <= set(found)
    undocumented = [p for p in parameters if not re.search(rf"^.*\b{p}\b.* : ", text, re.M)]
    assert not undocumented


def test_public_properties_are_documented() -> None:
    properties = {k: v for k, v in vars(api.Result).items() if isinstance(v, property)}
    assert not [name for name, value in properties.items() if not inspect.getdoc(value)]
