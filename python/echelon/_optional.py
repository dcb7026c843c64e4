"""The one way to import late: a library that is heavy or optional, or a part of echelon.

Room: the foundation.
Takes: the name of a module and of the extra that installs it; the homes of a package's names.
Gives: the module, or an error that names the extra; the `__getattr__` of a package.
Source: docs/decisions/lazy-imports.md; PEP 562.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from echelon.errors import EchelonError


class MissingDependencyError(EchelonError, ImportError):
    """An optional library is not installed."""


def require(module: str, extra: str | None = None, purpose: str = "this") -> ModuleType:
    """Import `module` when it is needed, not before.

    Parameters
    ----------
    module : dotted name.
    extra : extra of echelon that installs it; None for a dependency that is always there.
    purpose : what it is needed for, in the user's words.

    Raises
    ------
    MissingDependencyError : the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingDependencyError(
            f"The library '{package}' is needed for {purpose} and is not installed.",
            where="this Python environment",
            got=str(error),
            need=f"an installed '{package}'",
            do=f"pip install 'echelon[{extra}]'" if extra else f"pip install {package}",
            slug="missing-library",
        ) from None


def on_demand(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Make a package's `__getattr__`: a name is imported from its home when first asked for.

    Parameters
    ----------
    package : dotted name of the package.
    homes : name -> module that has it; the module itself if its last part is that name.
    """

    def find(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        module = importlib.import_module(home)
        value = module if home == f"{package}.{name}" else getattr(module, name)
        setattr(sys.modules[package], name, value)
        return value

    return find
