"""The one way to import a library that is heavy or optional.

Room: the foundation.
Takes: the name of a module and of the extra that installs it.
Gives: the module, or an error that names the extra.
Source: docs/decisions/lazy-imports.md.
"""

from __future__ import annotations

import importlib
from types import ModuleType

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
