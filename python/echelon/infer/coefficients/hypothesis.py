"""Test linear hypotheses about the fixed effects, one by one and all at once.

Room: infer/. Tests; the text is read by `hypothesis_text`.
Takes: a `Fit` and hypotheses as text, as weights by name, or as a matrix.
Gives: a table, one row per hypothesis and one for all.
Source: docs/theory.md (14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.errors import SpecError, near_matches
from echelon.fit import Fit
from echelon.infer.coefficients.hypothesis_text import Hypothesis, read_hypotheses
from echelon.infer.coefficients.inference import Counted
from echelon.infer.coefficients.joint import joint_inference
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.coefficients.wald import df_note
from echelon.infer.components.generalized_fits import coefficient_names
from echelon.infer.components.parameters import SCALE
from echelon.options import read_conf_level
from echelon.table import Table

JOINT = "joint"
DEPENDENT = 1e-10  # share of the largest singular value that counts as zero
_WHERE = "test(), argument hypothesis"


def hypothesis_tests(
    fit: Fit,
    hypothesis: Any,
    df_method: str | None = None,
    robust: Counted | None = None,
    conf_level: float | None = None,
) -> Table:
    """Test linear hypotheses about the fixed effects.

    Each hypothesis is tested by t, all together by F; where degrees of freedom are not counted
    (df_method "normal") by z and chi-square. A coefficient that the fit left out, because its
    column repeats others, cannot be tested: its row is NaN, and a note says so.

    Parameters
    ----------
    fit : a fitted model.
    hypothesis : equations as text, "ses = 0, ses:sector[Catholic] = sector[Catholic] / 2", or a
        list of them; `a = b = c` are two. Or weights by name of coefficient, {"ses": 1, "age": -1},
        or a matrix (m, p) of weights in the order of the coefficients, whose sums should be 0.
        The coefficients of a generalized model's other linear predictors go by their names:
        "zero.ses = 0", "1|2 = 2|3"; in a matrix they come last.
    df_method : how degrees of freedom are counted; None for the fit's way.
    robust : covariance of the coefficients and degrees of freedom in place of the model's.
    conf_level : of the intervals; None for that of the fit.

    Returns
    -------
    Table with columns hypothesis, test ("t", "z", "F", "chi-square"), estimate, std_error,
    statistic, df_num, df, p_value, conf_low, conf_high. The estimate is left side minus right
    side, in response units per unit of the predictor. The last row, "joint", tests all at once.

    Raises
    ------
    SpecError : a name is no coefficient, the text is no linear equation, or the hypotheses
        contradict each other.

    Source
    ------
    Theory (14). lmerTest 3.1.3 `contest`, pbkrtest 0.5.2 `KRmodcomp`: cases lmm_machines_slope_reml
    (kr_F), lmm_sleep_slope_reml (kr_F_days).

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep")).fit
    >>> round(hypothesis_tests(fit, "days = 10").row(hypothesis="days = 10")["p_value"], 3)
    0.766
    """
    hypotheses = _read(hypothesis, coefficient_names(fit))
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    inference = joint_inference(fit, df_method, robust)
    L = np.array([one.weights for one in hypotheses])
    value = np.array([one.value for one in hypotheses])
    n_redundant = _redundant(L, value, hypotheses)
    rows = inference.rows(L, level, value)
    rows = {**rows, **{name: rows[name] - value for name in ("estimate", "conf_low", "conf_high")}}
    notes = (*_notes(inference, L, hypotheses, n_redundant), df_note(inference.df_method))
    return _table(hypotheses, rows, _joint_row(inference, L, value), notes)


def _read(hypothesis: Any, names: tuple[str, ...]) -> tuple[Hypothesis, ...]:
    if isinstance(hypothesis, str):
        return read_hypotheses(hypothesis, names)
    if isinstance(hypothesis, Mapping):
        return (_of_weights(hypothesis, names),)
    is_list = isinstance(hypothesis, Sequence) and bool(hypothesis)
    if is_list and all(isinstance(one, str | Mapping) for one in hypothesis):
        return tuple([part for one in hypothesis for part in _read(one, names)])
    return _of_matrix(hypothesis, names)


def _of_weights(weights: Mapping[Any, Any], names: tuple[str, ...]) -> Hypothesis:
    row = np.zeros(len(names))
    for name, weight in weights.items():
        if name not in names:
            raise SpecError(
                f"There is no coefficient '{name}'.",
                where=_WHERE,
                got=repr(name),
                need="fixed-effect coefficients, named as in the summary",
                do=near_matches(str(name), names),
                slug="unknown-coefficient",
            )
        row[names.index(name)] = _numbers(weight, ())
    if not row.any():
        raise _no_weights(f"{dict(weights)!r:.60}", names)
    return Hypothesis(_worded(row, names), row, 0.0)


def _of_matrix(matrix: Any, names: tuple[str, ...]) -> tuple[Hypothesis, ...]:
    L = _numbers(matrix, (-1, len(names)))
    if not len(L) or not L.any(axis=1).all():
        raise _no_weights("a row of zeros" if len(L) else "no rows", names)
    return tuple([Hypothesis(_worded(row, names), row, 0.0) for row in L])


def _numbers(value: Any, shape: tuple[int, ...]) -> FloatArray:
    """Read finite numbers; one row may stand for a matrix of one."""
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty((0, 0, 0))
    if len(shape) == 2 and array.ndim == 1:
        array = array[None, :]
    fits = array.ndim == len(shape) and array.shape[1:] == shape[1:]
    if not fits or not np.isfinite(array).all():
        need = "a finite number" if not shape else f"finite numbers (m, {shape[1]})"
        raise SpecError(
            "A hypothesis is neither text nor weights of the coefficients.",
            where=_WHERE,
            got=_shown(value),
            need=f"text, or for each coefficient {need}" if not shape else f"text, or {need}",
            do="write fit.test('ses = 0'), with your names.",
            slug="hypothesis-not-readable",
        )
    return array


def _shown(value: object) -> str:
    """Show a value in short; an array of numbers by its shape, which is what is wrong with it."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and np.isfinite(value).all():
        return f"an array of shape {value.shape}"
    return f"{value!r:.60}".replace("\n", " ")


def _no_weights(got: str, names: tuple[str, ...]) -> SpecError:
    return SpecError(
        "A hypothesis gives no weight to any coefficient.",
        where=_WHERE,
        got=got,
        need=f"weights of {len(names):,} coefficients that are not all zero",
        do="leave the row out, or write the hypothesis as text: fit.test('ses = 0').",
        slug="hypothesis-not-readable",
    )


def _worded(weights: FloatArray, names: tuple[str, ...]) -> str:
    """Write weights as an equation: 'ses - 0.5 age = 0'."""
    text = ""
    for name, weight in zip(names, weights.tolist(), strict=True):
        if weight:
            sign = " - " if weight < 0 else " + "
            size = "" if abs(weight) == 1 else f"{abs(weight):.4g} "
            text += (sign if text else sign.strip().replace("+", "")) + size + name
    return f"{text} = 0"


def _redundant(L: FloatArray, value: FloatArray, hypotheses: tuple[Hypothesis, ...]) -> int:
    """Count hypotheses that follow from others; refuse those that contradict them."""
    size = np.abs(L).max(axis=1)
    column = np.abs(L / size[:, None]).max(axis=0)
    scaled = L / size[:, None] / np.where(column > 0, column, 1.0)
    length = np.linalg.norm(scaled, axis=1)
    left, sigma, _ = np.linalg.svd(scaled / length[:, None])
    rank = int((sigma > DEPENDENT * sigma[0]).sum())
    relations, right = left[:, rank:].T, value / size / length
    off = np.abs(relations @ right) > 1e-9 * (np.abs(relations) @ np.abs(right))
    if not off.any():
        return len(L) - rank
    involved = np.abs(relations[off]).max(axis=0) > 1e-9
    texts = [one.text for one, is_in in zip(hypotheses, involved, strict=True) if is_in]
    raise SpecError(
        "The hypotheses contradict each other.",
        where=_WHERE,
        got="; ".join(texts[:5]),
        need="hypotheses that can be true together",
        do="test them one at a time.",
        slug="hypotheses-contradict",
    )


def _notes(
    inference: LinearInference,
    L: FloatArray,
    hypotheses: tuple[Hypothesis, ...],
    n_redundant: int,
) -> list[str]:
    notes = []
    if n_redundant:
        verb = "follows" if n_redundant == 1 else "follow"
        notes.append(
            f"{n_redundant:,} of the {len(L):,} hypotheses {verb} from the others; the joint test"
            " counts what is left."
        )
    is_known = inference.is_estimable(L)
    unknown = [one.text for one, known in zip(hypotheses, is_known, strict=True) if not known]
    if unknown:
        shown = "; ".join(unknown[:5])
        notes.append(f"Not estimable, and not in the joint test: {shown}.")
    return notes


def _joint_row(
    inference: LinearInference, L: FloatArray, value: FloatArray
) -> tuple[str, float, float, float, float]:
    """Name of the test, statistic, df_num, df and p of all hypotheses at once."""
    joint = inference.joint(L, value)
    numbers = (float(joint.df_num), joint.df_den, joint.p_value)
    if np.isposinf(joint.df_den):
        return ("chi-square", joint.statistic * joint.df_num, *numbers)
    return ("F", joint.statistic, *numbers)


def _table(
    hypotheses: tuple[Hypothesis, ...],
    rows: dict[str, FloatArray],
    joint: tuple[str, float, float, float, float],
    notes: tuple[str, ...],
) -> Table:
    name, statistic, df_num, df, p_value = joint
    single = "z" if np.isposinf(rows["df"]).any() else "t"
    below = {"statistic": statistic, "df": df, "p_value": p_value}
    columns = {key: np.append(values, below.get(key, np.nan)) for key, values in rows.items()}
    return Table(
        title="Tests of hypotheses",
        notes=notes,
        scales=dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), SCALE),
        data={
            "hypothesis": np.array([*(one.text for one in hypotheses), JOINT], dtype=object),
            "test": np.array([*[single] * len(hypotheses), name], dtype=object),
            **{key: columns[key] for key in ("estimate", "std_error", "statistic")},
            "df_num": np.append(np.ones(len(hypotheses)), df_num),
            **{key: columns[key] for key in ("df", "p_value", "conf_low", "conf_high")},
        },
    )
