//! Checks that every observation model must pass; for tests.

use crate::observation::tails::Link;
use crate::observation::{Derivatives, Need, Observation, Row, Rows};

pub const LINKS: [Link; 5] =
    [Link::Logit, Link::Probit, Link::Cloglog, Link::Loglog, Link::Cauchit];

/// Ordinary linear predictors.
pub fn grid() -> Vec<f64> {
    vec![
        -40.0, -25.0, -8.0, -5.1, -3.0, -1.2, -0.4, -0.0, 0.0, 0.03, 0.5, 1.7, 3.1, 5.2, 9.0, 25.0,
        40.0,
    ]
}

/// Linear predictors that no density can be computed at naively.
pub fn far() -> Vec<f64> {
    vec![-1e300, -1e8, -1e4, -700.0, -51.0, -40.0, 0.0, 40.0, 51.0, 700.0, 1e4, 1e8, 1e300]
}

/// All that a model says about one row.
pub fn at(
    model: &dyn Observation,
    row: Row,
    eta: &[f64],
    active: usize,
    need: Need,
) -> Derivatives {
    let mut out = Derivatives::default();
    let rows = Rows { y: &[row.y], trials: &[row.trials], weights: &[] };
    model.evaluate(&rows, eta, active, need, &mut out);
    out
}

/// P(row) or its density, with the constant.
pub fn density(model: &dyn Observation, row: Row, eta: &[f64]) -> f64 {
    (at(model, row, eta, 0, Need::Value).value[0] + model.constant(row)).exp()
}

/// Compares each order of derivatives with central differences of the one below.
pub fn derivatives(model: &dyn Observation, row: Row, eta: &[f64], active: usize) {
    derivatives_above(0.0, model, row, eta, active);
}

/// `derivatives`, where anything is rounded as numbers of size `unit` are.
pub fn derivatives_above(unit: f64, model: &dyn Observation, row: Row, eta: &[f64], active: usize) {
    let (channels, h) = (model.channels(), 2e-4);
    let all = at(model, row, eta, active, Need::Information);
    let cube = at(model, row, eta, active, Need::Gradient);
    let newton = at(model, row, eta, active, Need::Newton);
    for l in 0..channels {
        // Four points: the error is of order h^4.
        let shifted = |by: f64| {
            let mut point = eta.to_vec();
            point[l] += by;
            at(model, row, &point, active, Need::Information)
        };
        let points = [shifted(h), shifted(-h), shifted(2.0 * h), shifted(-2.0 * h)];
        let slope = |f: &dyn Fn(&Derivatives) -> f64| {
            let v = [f(&points[0]), f(&points[1]), f(&points[2]), f(&points[3])];
            let scale = v.iter().fold(unit, |a, b| a.max(b.abs()));
            ((8.0 * (v[0] - v[1]) - (v[2] - v[3])) / (12.0 * h), scale)
        };
        let near = |what: &str, exact: f64, (slope, scale): (f64, f64)| {
            let bound = 1e-6 * exact.abs() + 4e-12 * scale + 1e-290;
            let message = format!("{what} by {l}: y {} eta {eta:?}", row.y);
            assert!((exact - slope).abs() <= bound, "{message}: {exact:e} not {slope:e}");
        };
        near("first", all.d1(l, 0), slope(&|d| d.value[0]));
        for k in 0..channels {
            near("second", all.d2(k, l, 0), slope(&|d| d.d1(k, 0)));
            assert!(all.d2(k, l, 0) == all.d2(l, k, 0), "second is symmetric");
            for m in 0..active {
                if l < active {
                    near("third", cube.d3(k, m, l, 0), slope(&|d| d.d2(k, m, 0)));
                }
            }
        }
    }
    same(&all, &cube, &newton, active);
}

/// What each `Need` promises is the same number whatever the need.
fn same(all: &Derivatives, cube: &Derivatives, newton: &Derivatives, active: usize) {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-13 * a.abs().max(b.abs());
    for other in [cube, newton] {
        assert!(close(all.value[0], other.value[0]), "value");
    }
    for k in 0..all.channels {
        assert!(close(all.d1(k, 0), cube.d1(k, 0)), "first of gradient");
        assert!(k >= active || close(all.d1(k, 0), newton.d1(k, 0)), "first of newton");
        for l in 0..active {
            assert!(close(all.d2(k, l, 0), cube.d2(k, l, 0)), "second of gradient");
            assert!(k >= active || close(all.d2(k, l, 0), newton.d2(k, l, 0)), "second of newton");
        }
    }
}

/// No NaN anywhere, no positive infinity as a value.
pub fn numbers(model: &dyn Observation, row: Row, eta: &[f64], active: usize) {
    for need in [Need::Value, Need::Newton, Need::Gradient, Need::Information] {
        let out = at(model, row, eta, active, need);
        assert!(out.value[0] < f64::INFINITY, "{need:?} y {} eta {eta:?}", row.y);
        let parts = [&out.first, &out.second, &out.third];
        for (order, part) in parts.iter().enumerate() {
            let is_number = part.iter().all(|v| !v.is_nan());
            assert!(is_number, "{need:?} order {} y {} eta {eta:?}: {part:?}", order + 1, row.y);
        }
    }
}

/// Prior weights multiply everything, in many rows as in one, whatever was there before.
pub fn weights(model: &dyn Observation, y: f64, trials: f64, eta: &[f64], active: usize) {
    let (n, channels) = (301, model.channels());
    let weights: Vec<f64> = (0..n).map(|i| 0.5 + i as f64).collect();
    let wide: Vec<f64> = (0..channels * n).map(|j| eta[j / n]).collect();
    let (y, trials) = (vec![y; n], vec![trials; n]);
    let rows = Rows { y: &y, trials: &trials, weights: &weights };
    for need in [Need::Gradient, Need::Information, Need::Newton, Need::Value] {
        let one = at(model, Row { y: y[0], trials: trials[0] }, eta, active, need);
        let mut out = Derivatives::default();
        out.resize(n, channels, active);
        let pairs = |out: &Derivatives| {
            for i in 0..n {
                let close = |a: f64, b: f64| {
                    let b = weights[i] * b;
                    assert!((a - b).abs() <= 1e-12 * b.abs(), "{need:?} row {i}: {a} {b}");
                };
                close(out.value[i], one.value[0]);
                for k in 0..channels {
                    if need == Need::Value || (need == Need::Newton && k >= active) {
                        continue;
                    }
                    close(out.d1(k, i), one.d1(k, 0));
                    for l in 0..if need == Need::Information { channels } else { active } {
                        close(out.d2(k, l, i), one.d2(k, l, 0));
                    }
                }
            }
        };
        for _ in 0..2 {
            out.value.fill(7.0);
            model.evaluate(&rows, &wide, active, need, &mut out);
            pairs(&out);
        }
    }
}
