"""To which dataframe library does an object belong, without importing any.

Room: frame/. Knows values, not models.
Takes: any object.
Gives: `is_from`, which asks only the libraries that the user has already imported.
Source: docs/decisions/lazy-imports.md.
"""

from __future__ import annotations

import sys
from typing import Any


def is_from(data: Any, library: str, kind: str) -> bool:
    """Say whether `data` is an instance of `library.kind`, e.g. 'polars' and 'DataFrame'.

    An object of a library can only exist when the library is loaded, so nothing is imported.
    """
    module = sys.modules.get(library)
    expected = getattr(module, kind, None)
    return isinstance(expected, type) and isinstance(data, expected)
