"""Laws of the engine: what a fit must satisfy whatever the data are.

`fit` here is `echelon.fit`. The optimum is compared through the objective (tight) and through
beta, whose error is of first order in the error of theta (less tight).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import echelon
from echelon.api import Result
from echelon.engine.reference.gaussian import evaluate
from echelon.errors import EchelonWarning
from tests.property.models import MODELS, methods, mixed_models, models, options, seeds, table

law = settings(derandomize=True, deadline=None, max_examples=40)

Data = dict[str, Any]


def fit(formula: str, data: Data, **chosen: Any) -> Result:
    """Fit without the findings: small random data are often singular."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return echelon.fit(formula, data, **chosen)


def assert_same(one: Result, other: Result, beta: float = 1e-6) -> None:
    """The same optimum, found twice."""
    np.testing.assert_allclose(one.objective, other.objective, rtol=1e-9, atol=1e-8)
    ours, theirs = np.array(list(one.beta.values())), np.array(list(other.beta.values()))
    scale = np.sqrt(np.diag(other.vcov))
    np.testing.assert_allclose(ours / scale, theirs / scale, atol=beta)


@law
@given(models, seeds, methods, options)
def test_row_order(model: str, seed: int, method: str, chosen: dict[str, str]) -> None:
    data = table(seed)
    order = np.random.default_rng(seed).permutation(len(data["y"]))
    shuffled = {name: values[order] for name, values in data.items()}
    one = fit(MODELS[model], data, method=method, **chosen)
    assert_same(one, fit(MODELS[model], shuffled, method=method, **chosen))


@law
@given(mixed_models, seeds)
def test_group_labels(model: str, seed: int) -> None:
    """Names of groups carry no information, nor does the order they sort in."""
    data = table(seed)
    renamed = {f"g{i}": f"{(i * 5) % 7}-é" for i in range(7)}
    renamed |= {f"k{i}": f"{9 - i} q" for i in range(5)}
    relabel = np.vectorize(renamed.__getitem__)
    one = fit(MODELS[model], data)
    two = fit(MODELS[model], data | {name: relabel(data[name]) for name in ("g", "k")})
    assert_same(one, two)
    if "g" in one.n_groups:
        before, after = one.conditional_modes("g"), two.conditional_modes("g")
        keys = zip(after["group"], after["term"], strict=True)
        found = dict(zip(keys, after["estimate"], strict=True))
        moved = [found[renamed[g], t] for g, t in zip(before["group"], before["term"], strict=True)]
        np.testing.assert_allclose(moved, before["estimate"], atol=1e-4 * one.sigma)


@law
@given(models, seeds, methods)
def test_rescaling_the_response(model: str, seed: int, method: str) -> None:
    """c y: theta stays, beta and sigma times c, objective + 2 m log c."""
    data, c = table(seed), 250.0
    one = fit(MODELS[model], data, method=method)
    two = fit(MODELS[model], data | {"y": c * data["y"]}, method=method)
    m = one.n_obs - (len(one.beta) if method == "REML" else 0)
    np.testing.assert_allclose(two.objective, one.objective + 2 * m * np.log(c), rtol=1e-9)
    scale = np.sqrt(np.diag(one.vcov))
    ours = np.array(list(two.beta.values())) / c
    np.testing.assert_allclose(ours / scale, np.array(list(one.beta.values())) / scale, atol=1e-6)
    np.testing.assert_allclose(two.sigma, c * one.sigma, rtol=1e-5)


@law
@given(mixed_models, seeds, methods)
def test_rescaling_a_predictor(model: str, seed: int, method: str) -> None:
    """c x: its coefficient / c; REML counts the unit of X, + 2 log c per column with x."""
    data, c = table(seed), 1e-3
    formula = MODELS[model]
    one = fit(formula, data, method=method)
    two = fit(formula, data | {"x": c * data["x"]}, method=method)
    columns = sum("x" in name.split(":") for name in one.beta) if method == "REML" else 0
    structured = any(s in formula for s in ("cs(", "id("))
    assert not (structured and "x |" in formula)
    expected = one.objective + 2 * columns * np.log(c)
    np.testing.assert_allclose(two.objective, expected, rtol=1e-9, atol=1e-7)
    if "x" in one.beta:
        error = np.sqrt(np.diag(one.vcov))[list(one.beta).index("x")]
        assert abs(two.beta["x"] * c - one.beta["x"]) <= 1e-6 * error


@law
@given(models, seeds, methods)
def test_adding_a_constant_to_the_response(model: str, seed: int, method: str) -> None:
    """Only the intercept moves."""
    data, c = table(seed), 1e4
    one = fit(MODELS[model], data, method=method)
    two = fit(MODELS[model], data | {"y": data["y"] + c}, method=method)
    np.testing.assert_allclose(two.objective, one.objective, rtol=1e-8)
    moved = np.array(list(two.beta.values())) - np.array(list(one.beta.values()))
    expected = [c if name == "(Intercept)" else 0.0 for name in one.beta]
    np.testing.assert_allclose(moved, expected, atol=1e-5)


@law
@given(seeds, methods)
def test_shifting_a_predictor(seed: int, method: str) -> None:
    """x + c where intercept and slope vary together: another parametrisation of the same model.

    A calendar year as predictor is the usual case: intercept and slope then correlate by nearly
    -1 and the criterion is a narrow valley in theta.
    """
    data, c = table(seed), 2_000.0
    for formula in ("y ~ x + (x | g)", "y ~ x + z + (x + z | g) + (1 | k)"):
        one = fit(formula, data, method=method)
        two = fit(formula, data | {"x": data["x"] + c}, method=method)
        np.testing.assert_allclose(two.objective, one.objective, rtol=0, atol=1e-5)
        error = np.sqrt(one.vcov[1, 1])
        assert abs(two.beta["x"] - one.beta["x"]) <= 1e-3 * error


@law
@given(seeds, methods)
def test_nested_formula_is_the_explicit_interaction(seed: int, method: str) -> None:
    data = table(seed)
    one = fit("y ~ x + (1 | g/h)", data, method=method)
    two = fit("y ~ x + (1 | g) + (1 | g:h)", data, method=method)
    assert list(one.n_groups.items()) == list(two.n_groups.items())
    np.testing.assert_array_equal(one.theta, two.theta)
    assert one.objective == two.objective
    explicit = data | {"gh": np.char.add(np.char.add(data["g"], "/"), data["h"])}
    assert_same(one, fit("y ~ x + (1 | g) + (1 | gh)", explicit, method=method))


@law
@given(seeds, methods)
def test_order_of_terms(seed: int, method: str) -> None:
    data = table(seed)
    one = fit("y ~ x + z + (x | g) + (1 | k)", data, method=method)
    two = fit("y ~ z + x + (1 | k) + (x | g)", data, method=method)
    np.testing.assert_allclose(one.objective, two.objective, rtol=1e-9)
    np.testing.assert_allclose(
        [one.beta[name] for name in two.beta], list(two.beta.values()), atol=1e-6
    )


@law
@given(mixed_models, seeds)
def test_each_method_is_best_by_its_own_criterion(model: str, seed: int) -> None:
    """No theta does better: not that of the other method, not random ones."""
    from_method = {m: fit(MODELS[model], table(seed), method=m) for m in ("ML", "REML")}
    rng = np.random.default_rng(seed)
    for method, best in from_method.items():
        thetas = [other.theta for other in from_method.values()]
        thetas += [best.theta * rng.uniform(0.5, 1.5, len(best.theta)) for _ in range(5)]
        for theta in thetas:
            value = evaluate(best.fit.design, theta, method).objective
            assert best.objective <= value + 1e-7 * abs(value)


@law
@given(mixed_models, seeds, methods, options)
def test_fit_is_the_twin_at_its_theta(
    model: str, seed: int, method: str, chosen: dict[str, str]
) -> None:
    """Every number of the fit, from the dense formulas at the theta that was found."""
    found = fit(MODELS[model], table(seed), method=method, **chosen)
    design = found.fit.design
    twin = evaluate(design, found.theta, method)
    np.testing.assert_allclose(found.objective, twin.objective, rtol=1e-10)
    np.testing.assert_allclose(list(found.beta.values()), twin.beta, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found.vcov, twin.vcov, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(found.sigma, twin.sigma, rtol=1e-9)
    for block, ours, theirs in zip(
        design.rows.blocks, found.fit.estimates.modes, twin.modes(design), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-7 * found.sigma, err_msg=block.grouping)


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_balanced_one_way_has_closed_form(method: str) -> None:
    """REML: sigma_g^2 = (MSB - MSW) / k; ML: ((1 - 1/J) MSB - MSW) / k (Searle et al. 1992)."""
    rng = np.random.default_rng(3)
    groups, size = 12, 5
    y = (2 * rng.standard_normal(groups)[:, None] + rng.standard_normal((groups, size))).ravel()
    means = y.reshape(groups, size).mean(axis=1)
    within = ((y.reshape(groups, size) - means[:, None]) ** 2).sum() / (groups * (size - 1))
    between = size * ((means - y.mean()) ** 2).sum() / (groups - 1)
    share = 1 if method == "REML" else 1 - 1 / groups
    found = fit("y ~ 1 + (1 | g)", {"y": y, "g": np.repeat(np.arange(groups), size)}, method=method)
    np.testing.assert_allclose(found.sigma**2, within, rtol=1e-6)
    variance = (found.theta[0] * found.sigma) ** 2
    np.testing.assert_allclose(variance, (share * between - within) / size, rtol=1e-6)


@law
@given(seeds)
def test_weights_of_two_are_not_rows_written_twice_but_scale_the_variance(seed: int) -> None:
    """Prior weights all c: sigma^2 times c and nothing else, as in `lmer`."""
    data = table(seed)
    one = fit(MODELS["slope"], data)
    two = fit(MODELS["slope"], data | {"c": np.full(len(data["y"]), 4.0)}, weights="c")
    np.testing.assert_allclose(two.objective, one.objective, rtol=1e-9)
    np.testing.assert_allclose(two.sigma, 2 * one.sigma, rtol=1e-5)
    np.testing.assert_allclose(list(two.beta.values()), list(one.beta.values()), atol=1e-6)


@law
@given(models, seeds)
def test_offset_is_subtracted(model: str, seed: int) -> None:
    data = table(seed)
    one = fit(MODELS[model], data, offset="exposure")
    two = fit(MODELS[model], data | {"y": data["y"] - data["exposure"]})
    assert_same(one, two)
    np.testing.assert_allclose(one.fitted - data["exposure"], two.fitted, atol=1e-4)


@pytest.mark.parametrize("model", ["slope", "three levels", "crossed slopes", "nested and crossed"])
def test_threads_give_the_same_fit(model: str) -> None:
    """To the last bit, with enough rows that threads are used."""
    data = table(11, n=60_000)
    fits = [fit(MODELS[model], data, control={"threads": threads}) for threads in (1, 2, 3)]
    for other in fits[1:]:
        assert other.objective == fits[0].objective
        np.testing.assert_array_equal(other.theta, fits[0].theta)
        np.testing.assert_array_equal(other.vcov, fits[0].vcov)
        assert list(other.beta.values()) == list(fits[0].beta.values())
