"""Late imports."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from echelon._optional import MissingDependencyError, on_demand, require


def test_a_library_that_is_there() -> None:
    assert require("math").pi > 3


def test_a_library_that_is_not_there() -> None:
    with pytest.raises(MissingDependencyError) as caught:
        require("no_such_library.part", extra="extra", purpose="testing")
    assert str(caught.value).splitlines() == [
        "The library 'no_such_library' is needed for testing and is not installed.",
        "  where: this Python environment",
        "  got:   No module named 'no_such_library'",
        "  need:  an installed 'no_such_library'",
        "  do:    pip install 'echelon[extra]'",
        "  see:   errors#missing-library",
    ]


def test_names_come_from_their_homes(monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleType("package")
    monkeypatch.setitem(sys.modules, "package", package)
    find = on_demand("package", {"sqrt": "math", "tree": "ast"})
    assert find("sqrt")(4) == 2
    assert package.sqrt is find("sqrt"), "kept for the next time"
    with pytest.raises(AttributeError, match=r"^module 'package' has no attribute 'cbrt'$"):
        find("cbrt")
    with pytest.raises(AttributeError):
        find("tree")  # ast has no tree


def test_a_home_can_be_the_name_itself() -> None:
    assert on_demand("xml", {"dom": "xml.dom"})("dom") is sys.modules["xml.dom"]
