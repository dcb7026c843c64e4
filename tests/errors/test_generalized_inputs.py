"""What a clumsy user of a generalized model reads: the whole text, from table to the end.

The cases are below; the texts stand in `generalized_inputs.txt`, each under its '> name'.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import echelon
from echelon.cli import main
from echelon.engine.failures import kernel_failure
from echelon.errors import (
    ApproximationWarning,
    EchelonError,
    EchelonWarning,
    QuasiLikelihoodWarning,
    RankWarning,
    SeparationWarning,
    WeakIdentificationWarning,
)
from tests.designs import design_of
from tests.errors.test_formula_messages import cases

N, J = 120, 12
RNG = np.random.default_rng(4)
ROW = np.arange(N)
G = ROW % J
X, Z = RNG.normal(size=N).round(3), RNG.normal(size=N).round(3)
ETA = 0.5 * X + RNG.normal(size=J)[G]
BINARY = (RNG.uniform(size=N) < 1 / (1 + np.exp(-ETA))).astype(int)
COUNTS = RNG.poisson(np.exp(0.5 + 0.5 * ETA))
POSITIVE = RNG.gamma(3.0, np.exp(ETA)).round(3) + 0.001
CAT = np.array(list("abc"))[ROW % 3]
TABLE: dict[str, Any] = {"x": X, "z": Z, "g": G, "cat": CAT, "one": np.ones(N)}
ONE = "y ~ x + (1 | g)"
BY_CAT = "y ~ x + cat + (1 | g)"

TEXTS = cases("generalized_inputs.txt")


def fit(formula: str, y: Any, family: str, /, **options: Any) -> Callable[[], Any]:
    """Fit later; options that are arrays are columns."""
    columns = {k: v for k, v in options.items() if isinstance(v, np.ndarray)}
    given = {k: v for k, v in options.items() if k not in columns}
    return lambda: echelon.fit(formula, TABLE | columns | {"y": y}, family=family, **given)


def at(row: int, value: float, values: Any) -> Any:
    return np.where(row == ROW, value, values)


REFUSED: dict[str, Callable[[], Any]] = {
    # responses out of range
    "a binary response of 0, 1 and 2": fit(ONE, at(3, 2, BINARY), "binomial"),
    "a binary response with halves": fit(ONE, at(3, 0.5, BINARY), "binomial"),
    "a negative count": fit(ONE, at(3, -1, COUNTS), "poisson"),
    "a count with decimals": fit(ONE, at(3, 1.5, COUNTS), "nbinom2"),
    "a zero for gamma": fit(ONE, at(3, 0.0, POSITIVE), "gamma"),
    "a negative value for tweedie": fit(ONE, at(3, -1.0, POSITIVE), "tweedie"),
    "a zero for lognormal": fit(ONE, at(3, 0.0, POSITIVE), "lognormal"),
    "a zero for inverse gaussian": fit(ONE, at(3, 0.0, POSITIVE), "inverse_gaussian"),
    "percentages for beta": fit(ONE, np.linspace(1, 99, N), "beta"),
    "a share of one for beta": fit(ONE, at(3, 1.0, np.linspace(0.1, 0.9, N)), "beta"),
    "more successes than trials": fit(
        "y / n ~ x + (1 | g)", at(3, 9, COUNTS % 5), "binomial", n=np.full(N, 5)
    ),
    "rows without trials": fit("y / n ~ x + (1 | g)", 0 * ROW, "binomial", n=at(3, 0, 0 * ROW + 5)),
    "single trials for betabinomial": fit(ONE, BINARY, "betabinomial"),
    "one outcome only": fit(ONE, np.zeros(N), "binomial"),
    "successes in every trial": fit(
        "y / n ~ x + (1 | g)", np.full(N, 5), "binomial", n=np.full(N, 5)
    ),
    "counts all zero": fit(ONE, np.zeros(N), "poisson"),
    "one category": fit(ONE, np.full(N, "a"), "cumulative"),
    "two categories for an ordered family": fit(ONE, BINARY, "cumulative"),
    "decimals as categories": fit(ONE, POSITIVE, "cumulative"),
    "three categories for binomial": fit(ONE, CAT, "binomial"),
    "categories as counts": fit(ONE, CAT, "poisson"),
    "an infinite count": fit(ONE, at(3, np.inf, COUNTS), "poisson"),
    "no response at all": fit(ONE, np.full(N, np.nan), "poisson"),
    "no zeros for a zero part": fit(ONE, COUNTS + 1, "poisson", zero="~ 1"),
    # predictors, offset, weights
    "a NaN in a function": fit("y ~ log(x) + (1 | g)", COUNTS, "poisson"),
    "an infinite predictor": fit("y ~ v + (1 | g)", COUNTS, "poisson", v=at(3, np.inf, X)),
    "an offset of a negative base": fit(
        ONE, COUNTS, "poisson", offset="log(time)", time=at(3, -2.0, 1.0 + ROW)
    ),
    "an offset of zero exposure": fit(
        ONE, COUNTS, "poisson", offset="log(time)", time=at(3, 0.0, 1.0 + ROW)
    ),
    "weights of zero": fit(ONE, COUNTS, "poisson", weights="w", w=np.zeros(N)),
    "a negative weight": fit(ONE, BINARY, "binomial", weights="w", w=at(3, -1.0, 1.0 + 0 * X)),
    # groups
    "one group": fit(ONE, BINARY, "binomial", g=np.zeros(N)),
    "one row per group, binary": fit(ONE, BINARY, "binomial", g=ROW),
    "no rows in the subset": fit(ONE, BINARY, "binomial", subset="g == 99"),
    # numbers that no search can start from
    "an offset of thousands": fit(
        ONE, COUNTS, "poisson", offset="far", far=np.where(X > 0, 3000.0, 0.0)
    ),
    # verbs
    "overdispersion of single trials": lambda: fit(ONE, BINARY, "binomial")().overdispersion(),
    "overdispersion of positive numbers": lambda: fit(ONE, POSITIVE, "gamma")().overdispersion(),
    "zeros of binary outcomes": lambda: fit(ONE, BINARY, "binomial")().zero_inflation(),
    "zero simulated responses": lambda: fit(ONE, COUNTS, "poisson")().overdispersion(0),
    "an unseen category in new data": lambda: fit(BY_CAT, COUNTS, "poisson")().predict(
        {"x": [0.0], "cat": ["d"], "g": [0]}
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(EchelonError) as caught:
        REFUSED[name]()
    assert str(caught.value) == TEXTS[name]


IS_C = CAT == "c"
FAILED = {
    "a group without a mode": ("no_mode", {"group": 3}),
    "a factorisation that failed": ("not_positive_definite", {"index": 0}),
}


@pytest.mark.parametrize("name", FAILED)
def test_failures_of_the_inner_iterations(name: str) -> None:
    kind, fields = FAILED[name]
    labels = np.array([f"school {group}" for group in range(J)])[G]
    design = design_of(ONE, TABLE | {"y": COUNTS, "g": labels}, family="poisson")
    assert str(kernel_failure(kind, fields, design)) == TEXTS[name]


def test_a_failure_of_crossed_factors_names_no_group() -> None:
    formula = "y ~ x + (1 | g) + (1 | cat)"
    design = design_of(formula, TABLE | {"y": COUNTS}, family="poisson")
    failure = kernel_failure("no_mode", {"group": 0}, design)
    assert failure.what == "The random effects of the groups have no mode."


ANNOUNCED: dict[str, tuple[Callable[[], Any], type[EchelonWarning]]] = {
    "complete separation": (fit(ONE, X > 0.2, "binomial"), SeparationWarning),
    "a category of ones": (fit(BY_CAT, np.where(IS_C, 1, BINARY), "binomial"), SeparationWarning),
    "a category of zero counts": (
        fit(BY_CAT, np.where(IS_C, 0, COUNTS), "poisson"),
        SeparationWarning,
    ),
    "a hurdle that a category decides": (
        fit(ONE, np.where(IS_C, 0, 1 + COUNTS), "poisson", hurdle="~ cat"),
        SeparationWarning,
    ),
    "no group with both outcomes": (
        fit("y ~ 1 + (1 | g)", G % 2, "binomial"),
        WeakIdentificationWarning,
    ),
    "no group with two categories": (
        fit("y ~ 1 + (1 | g)", G % 3, "cumulative"),
        WeakIdentificationWarning,
    ),
    "most groups without an event": (
        fit("y ~ 1 + (1 | g)", np.where(G == 3, 1 * (ROW % 24 == 3), 0), "binomial"),
        ApproximationWarning,
    ),
    "a t distribution of normal errors": (
        fit("y ~ x", X + np.linspace(-1, 1, N), "student"),
        WeakIdentificationWarning,
    ),
    "a negative binomial without overdispersion": (
        fit("y ~ x", 3 + ROW % 2, "nbinom2"),
        WeakIdentificationWarning,
    ),
    "predictors that are nearly the same": (
        fit("y ~ x + v", COUNTS, "poisson", v=X + 2e-5 * Z),
        WeakIdentificationWarning,
    ),
    "a column of ones": (fit("y ~ x + one + (1 | g)", COUNTS, "poisson"), RankWarning),
    "a sum of columns": (
        fit("y ~ x + z + v + (1 | g)", BINARY, "binomial", v=X + 2 * Z),
        RankWarning,
    ),
    "quasi-likelihood": (fit(ONE, BINARY, "binomial", method="PQL1"), QuasiLikelihoodWarning),
}


@pytest.mark.filterwarnings("ignore::echelon.errors.SingularFitWarning")
@pytest.mark.parametrize("name", ANNOUNCED)
def test_announced(name: str) -> None:
    act, kind = ANNOUNCED[name]
    with pytest.warns(kind) as caught:
        act()
    found = [str(warning.message) for warning in caught if warning.category is kind]
    assert found == [TEXTS[name]]


def test_every_text_has_its_case() -> None:
    assert set(TEXTS) == {*REFUSED, *FAILED, *ANNOUNCED}


@pytest.mark.parametrize(
    ("method", "y", "kind"),
    [
        ("ML", np.where(IS_C, 1, BINARY), SeparationWarning),
        ("PQL1", BINARY, QuasiLikelihoodWarning),
    ],
)
def test_warnings_come_once_and_point_at_the_users_line(
    method: str, y: Any, kind: type[EchelonWarning]
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = echelon.fit(BY_CAT, TABLE | {"y": y}, family="binomial", method=method)
        fitted.refit(BINARY[::-1])
    assert [warning.category for warning in caught][:1] == [kind]
    assert {warning.filename for warning in caught} == {__file__}
    assert sum(warning.category is kind for warning in caught) == 1 + (method != "ML")


# What looks odd, and is right.


@pytest.mark.parametrize("name", ["größe", "two words", "it's", "π 🎉", "(a+b)|c"])
@pytest.mark.parametrize("family", ["binomial", "multinomial"])
def test_names_of_any_kind_in_back_quotes(name: str, family: str) -> None:
    y = BINARY if family == "binomial" else CAT
    data = {name: X, f"g {name}": G, "y": y}
    fitted = echelon.fit(f"y ~ `{name}`", data, family=family)
    assert all(name in coefficient or "Intercept" in coefficient for coefficient in fitted.beta)


def test_separated_columns_keep_their_names() -> None:
    data = {"größe m²": np.where(IS_C, "gross", "klein"), "y": np.where(IS_C, 1, BINARY)}
    with pytest.warns(SeparationWarning, match=r"'größe m²\[klein\]' has no finite estimate"):
        echelon.fit("y ~ `größe m²`", data, family="binomial")


def test_missing_values_are_dropped_and_counted() -> None:
    data = TABLE | {"y": at(3, np.nan, COUNTS), "x": at(4, np.nan, X)}
    assert echelon.fit(ONE, data, family="poisson").rows_dropped == 2


def test_groups_without_rows_are_no_groups() -> None:
    pd = pytest.importorskip("pandas")
    labels = pd.Categorical.from_codes(G, categories=list(range(J + 3)))
    fitted = echelon.fit(ONE, pd.DataFrame(TABLE | {"y": COUNTS, "g": labels}), family="poisson")
    assert fitted.n_groups == {"g": J}


def csv(path: Path, y: Any) -> str:
    rows = zip(y, X, G, CAT, strict=True)
    path.write_text("y,x,g,cat\n" + "\n".join(",".join(map(str, row)) for row in rows), "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("y", "options", "code", "name"),
    [
        (at(3, -1, COUNTS), ["--family", "poisson"], 1, "a negative count"),
        (BINARY, ["--family", "betabinomial"], 1, "single trials for betabinomial"),
        (COUNTS, ["--family", "posson"], 2, ""),
    ],
)
def test_command_line(
    y: Any, options: list[str], code: int, name: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert main(["fit", csv(tmp_path / "data.csv", y), ONE, *options]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    if name:
        assert said.err == TEXTS[name] + "\n"


def test_findings_are_said_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = csv(tmp_path / "data.csv", np.where(IS_C, 1, BINARY))
    assert main(["fit", path, BY_CAT, "--family", "binomial"]) == 0
    assert capsys.readouterr().err == TEXTS["a category of ones"] + "\n"
