"""Contrasts: categories of a predictor to numeric columns, with R's codings and names.

Room: design/. Knows categories, not rows.
Takes: the number of categories (k), the coding and the reference category.
Gives: coding matrices (k, k - 1), column labels, and `label_texts`.
Source: Chambers & Hastie (1992), section 2.3.2; R's contr.treatment, contr.sum, contr.helmert,
    contr.poly.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from echelon._types import FloatArray
from echelon.design.recipe import Categories, Labels

_POLY_NAMES = (".L", ".Q", ".C")


@lru_cache(maxsize=256)
def coding_matrix(coding: str, n_categories: int, reference: int = 0) -> FloatArray:
    """Code k categories in k - 1 columns.

    Parameters
    ----------
    coding : 'treatment', 'sum', 'helmert' or 'poly'.
    n_categories : k, at least 2.
    reference : position of the reference category; treatment only.

    Returns
    -------
    Matrix (k, k - 1), read-only: row i holds the values of category i, no unit.

    Examples
    --------
    >>> coding_matrix("sum", 3).tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]
    """
    k = n_categories
    if coding == "treatment":
        matrix = np.delete(np.eye(k), reference, axis=1)
    elif coding == "sum":
        matrix = np.vstack([np.eye(k - 1), -np.ones(k - 1)])
    elif coding == "helmert":
        matrix = np.triu(-np.ones((k, k)), 0)[:, 1:]
        matrix[np.arange(1, k), np.arange(k - 1)] = np.arange(1, k)
    else:
        matrix = _polynomial(k)
    matrix.flags.writeable = False
    return matrix


def _polynomial(k: int) -> FloatArray:
    """Orthonormal polynomials on 1..k, each with a positive value at the last category."""
    scores = np.arange(k) - (k - 1) / 2
    columns = [np.full(k, k**-0.5)]
    for _ in range(k - 1):
        column = scores * columns[-1]
        for _ in range(2):  # once more, for orthogonality to the last digit
            for other in columns:
                column = column - (column @ other) * other
        columns.append(column / np.linalg.norm(column))
    return np.column_stack(columns[1:])


def contrast_labels(categories: Categories) -> tuple[str, ...]:
    """Name the k - 1 columns of a coded factor: what stands in the brackets.

    Treatment names the category; sum and Helmert count; polynomial gives .L, .Q, .C, ^4, ...
    Removing the brackets gives R's name.
    """
    k = len(categories.texts)
    if categories.coding == "treatment":
        return _without(categories.texts, categories.reference)
    if categories.coding == "poly":
        return _POLY_NAMES[: k - 1] + tuple(f"^{degree}" for degree in range(4, k))
    return tuple(str(i) for i in range(1, k))


def _without(texts: tuple[str, ...], position: int) -> tuple[str, ...]:
    return texts[:position] + texts[position + 1 :]


def label_texts(labels: Labels) -> tuple[str, ...]:
    """Word labels as R would: integers and text as they are, 2.0 as '2', True as 'TRUE'.

    Examples
    --------
    >>> label_texts(np.array([1.0, 2.5])), label_texts(np.array([False, True]))
    (('1', '2.5'), ('FALSE', 'TRUE'))
    """
    if labels.dtype.kind == "M":
        return tuple(np.datetime_as_string(labels).tolist())
    values = labels.tolist()
    if labels.dtype.kind in "iu":
        return tuple(map(str, values))
    return tuple([label_text(label) for label in values])


def label_text(label: object) -> str:
    """Word one label."""
    if type(label) is str:
        return label
    if isinstance(label, bool | np.bool_):
        return "TRUE" if label else "FALSE"
    if isinstance(label, float):
        return f"{label:.15g}"
    return str(label)
