//! The workspace of one estimation: owns the factor, dies with the call.

use crate::errors::raise;
use crate::maps::{check_templates, theta_map};
use crate::products::PyCrossProducts;
use echelon_core::criterion::{Criterion, Scale};
use echelon_core::crossprod::SEGMENT;
use echelon_core::elimination::{Combination, Direction};
use echelon_core::error::{CoreError, CoreResult};
use echelon_core::minimise::{Reason, Settings};
use echelon_core::of_theta;
use echelon_core::plan::Way;
use echelon_core::stop::Stop;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The way taken, order of the blocks, root size, (way, flops, bytes) of each way, and the
/// innermost groups that an evaluation visits.
type PlanFacts = (&'static str, Vec<usize>, usize, Vec<(&'static str, f64, f64)>, usize);

/// Criterion, gradient and minimum of one model.
#[pyclass(name = "Workspace", module = "echelon._core")]
pub struct PyWorkspace {
    criterion: Mutex<Criterion>,
    sizes: Vec<usize>,
    n_groups: Vec<usize>,
    p: usize,
    threads: Option<usize>,
    is_parallel: bool,
    stop: Stop,
}

impl PyWorkspace {
    fn lock(&self) -> MutexGuard<'_, Criterion> {
        self.criterion.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a task on the criterion, in the pool, without the interpreter lock.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        task: impl FnOnce(&mut Criterion) -> CoreResult<T> + Send,
    ) -> PyResult<T> {
        let stop = &self.stop;
        crate::threads::run(py, self.threads, self.is_parallel, stop, || task(&mut self.lock()))
    }

    fn check_block(&self, block: usize) -> PyResult<()> {
        if block < self.sizes.len() {
            return Ok(());
        }
        Err(raise(CoreError::Shape { what: "block", got: block, need: self.sizes.len() }))
    }
}

pub fn way(name: &str) -> Option<Way> {
    match name {
        "chain" => Some(Way::Chain),
        "dense" => Some(Way::Dense),
        "sparse" => Some(Way::Sparse),
        _ => None,
    }
}

fn way_name(way: Way) -> &'static str {
    match way {
        Way::Chain => "chain",
        Way::Dense => "dense",
        Way::Sparse => "sparse",
    }
}

#[pymethods]
impl PyWorkspace {
    #[new]
    #[pyo3(signature = (products, is_reml, path="auto", threads=None))]
    fn new(
        py: Python<'_>,
        products: &PyCrossProducts,
        is_reml: bool,
        path: &str,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let inner = &products.inner;
        let force = way(path);
        let stop = Stop::default();
        let is_large = inner.n as usize > SEGMENT;
        let criterion = crate::threads::run(py, threads, is_large, &stop, || {
            Criterion::new(inner, is_reml, force, &stop)
        })?;
        Ok(Self {
            is_parallel: criterion.is_parallel(),
            criterion: Mutex::new(criterion),
            sizes: inner.blocks.iter().map(|b| b.r).collect(),
            n_groups: inner.blocks.iter().map(|b| b.n_groups).collect(),
            p: inner.p,
            threads,
            stop,
        })
    }

    /// Criterion at Lambda templates (flat r x r lists, one per block).
    fn objective(&self, py: Python<'_>, lambdas: Vec<Vec<f64>>) -> PyResult<f64> {
        check_templates(&self.sizes, &lambdas)?;
        self.with(py, |c| c.evaluate(&lambdas))
    }

    /// Derivatives with respect to the Lambda templates, at the last point.
    fn gradient(&self, py: Python<'_>) -> PyResult<Vec<Vec<f64>>> {
        self.with(py, Criterion::gradient)
    }

    /// Average information for directions (block, dLambda), at the last point.
    fn information(&self, py: Python<'_>, parts: Vec<(usize, Vec<f64>)>) -> PyResult<Vec<f64>> {
        for (block, d_lambda) in &parts {
            self.check_block(*block)?;
            let need = self.sizes[*block] * self.sizes[*block];
            if d_lambda.len() != need {
                let got = d_lambda.len();
                return Err(raise(CoreError::Shape { what: "Lambda entries", got, need }));
            }
        }
        let parts: Vec<Direction> =
            parts.into_iter().map(|(block, d_lambda)| Direction { block, d_lambda }).collect();
        self.with(py, |c| {
            c.gradient()?;
            c.information(&parts)
        })
    }

    /// Minimises the criterion; returns a dictionary with theta and the certificate.
    ///
    /// `index` holds one r x r list per block (-1: zero), `factors` what theta is multiplied by
    /// there; `call` computes the map instead.
    #[pyo3(signature = (start, lower, upper, scale, max_evaluations, tolerance, index=None, call=None, factors=None))]
    fn minimise<'py>(
        &self,
        py: Python<'py>,
        start: Vec<f64>,
        lower: Vec<f64>,
        upper: Vec<f64>,
        scale: Vec<f64>,
        max_evaluations: usize,
        tolerance: f64,
        index: Option<Vec<Vec<i64>>>,
        call: Option<Py<PyAny>>,
        factors: Option<Vec<Vec<f64>>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let n_theta = start.len();
        for (what, got) in [("lower", lower.len()), ("upper", upper.len()), ("scale", scale.len())]
        {
            if got != n_theta {
                return Err(raise(CoreError::Shape { what, got, need: n_theta }));
            }
        }
        let map = theta_map(&self.sizes, n_theta, index, factors, call)?;
        let settings = Settings::new(max_evaluations, tolerance, (lower, upper), scale);
        let outcome = self.with(py, |c| of_theta::minimise(c, map.as_ref(), &start, &settings))?;
        let d = PyDict::new(py);
        d.set_item("theta", outcome.theta.into_pyarray(py))?;
        d.set_item("n_evaluations", outcome.n_evaluations)?;
        d.set_item("objective", outcome.objective)?;
        d.set_item("decrement", outcome.decrement)?;
        d.set_item("gradient_norm", outcome.gradient_norm)?;
        d.set_item("smallest_eigenvalue", outcome.smallest_eigenvalue)?;
        let reason = match outcome.reason {
            Reason::Converged => "converged",
            Reason::NoProgress => "no progress",
            Reason::Evaluations => "evaluations",
        };
        d.set_item("reason", reason)?;
        Ok(d)
    }

    /// Holds x'beta = value, and sigma: `sigma` fixes it, `tied` = (block, row, other, covariance)
    /// lets it be whatever makes that covariance (one row twice: variance) a number. Nothing given: nothing held.
    #[pyo3(signature = (combination=None, sigma=None, tied=None))]
    fn hold(
        &self,
        combination: Option<(Vec<f64>, f64)>,
        sigma: Option<f64>,
        tied: Option<(usize, usize, usize, f64)>,
    ) -> PyResult<()> {
        let got = combination.as_ref().map_or(self.p, |(x, _)| x.len());
        if got != self.p {
            return Err(raise(CoreError::Shape { what: "x", got, need: self.p }));
        }
        let scale = match (sigma, tied) {
            (Some(sigma), _) => Scale::Fixed(sigma),
            (None, Some((block, row, other, covariance))) => {
                self.check_block(block)?;
                let (got, need) = (row.max(other), self.sizes[block]);
                if got >= need {
                    return Err(raise(CoreError::Shape { what: "row", got, need }));
                }
                Scale::Tied { block, row, other, covariance }
            }
            (None, None) => Scale::Profiled,
        };
        self.lock().hold(combination.as_ref().map(|(x, value)| (x.as_slice(), *value)), scale);
        Ok(())
    }

    /// Z'V^-1[X y] and Lambda Lambda'Z'V^-1[X y] per block, flat (J, r, p + 1), and
    /// [X y]'V^-1[X y], flat.
    fn scores<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let scores = self.with(py, Criterion::scores)?;
        let arrays = |parts: Vec<Vec<f64>>| -> Vec<Bound<'py, PyArray1<f64>>> {
            parts.into_iter().map(|part| part.into_pyarray(py)).collect()
        };
        let d = PyDict::new(py);
        d.set_item("products", arrays(scores.products))?;
        d.set_item("effects", arrays(scores.effects))?;
        d.set_item("gram", scores.gram.into_pyarray(py))?;
        Ok(d)
    }

    /// Numbers at the last point: objective, its parts, coefficients, covariance.
    fn solution<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let mut criterion = self.lock();
        let (beta, vcov) = criterion.fixed();
        let d = PyDict::new(py);
        let point = &criterion.point;
        d.set_item("objective", point.objective)?;
        d.set_item("logdet_random", point.logdet_random)?;
        d.set_item("logdet_fixed", point.logdet_fixed)?;
        d.set_item("pwrss", point.pwrss)?;
        d.set_item("beta", beta.into_pyarray(py))?;
        d.set_item("vcov", vcov.into_pyarray(py))?;
        d.set_item("residual_n", criterion.residual_n)?;
        d.set_item("keep", criterion.keep.clone())?;
        Ok(d)
    }

    /// Random effects b and spherical u per block, flat (J, r).
    #[expect(clippy::type_complexity)]
    fn modes<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Vec<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)>> {
        let modes = self.with(py, Criterion::modes)?;
        Ok(modes.into_iter().map(|m| (m.b.into_pyarray(py), m.u.into_pyarray(py))).collect())
    }

    /// Conditional covariances of a block, flat (J, r, r), response units squared.
    fn conditional<'py>(
        &self,
        py: Python<'py>,
        block: usize,
        with_fixed: bool,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.check_block(block)?;
        Ok(self.with(py, |c| c.conditional(block, with_fixed))?.into_pyarray(py))
    }

    /// Variances of x'beta + z'b for rows: x flat (n, p); per part (block, levels (n,), z (n, r)).
    ///
    /// A level of -1 leaves the part out of that row.
    fn variances<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray1<'_, f64>,
        parts: Vec<(usize, PyReadonlyArray1<'_, i32>, PyReadonlyArray1<'_, f64>)>,
        n: usize,
        with_fixed: bool,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let x = x.as_slice()?;
        if x.len() != n * self.p {
            return Err(raise(CoreError::Shape { what: "x", got: x.len(), need: n * self.p }));
        }
        let mut rows: Vec<Combination> = (0..n)
            .map(|i| Combination { x: x[i * self.p..(i + 1) * self.p].to_vec(), parts: Vec::new() })
            .collect();
        for (block, levels, z) in &parts {
            self.check_block(*block)?;
            let r = self.sizes[*block];
            let (levels, z) = (levels.as_slice()?, z.as_slice()?);
            if levels.len() != n || z.len() != n * r {
                return Err(raise(CoreError::Shape { what: "z", got: z.len(), need: n * r }));
            }
            for (i, row) in rows.iter_mut().enumerate() {
                let Ok(level) = usize::try_from(levels[i]) else { continue };
                if level >= self.n_groups[*block] {
                    let n_groups = self.n_groups[*block];
                    let code = levels[i].into();
                    return Err(raise(CoreError::Code { block: *block, row: i, code, n_groups }));
                }
                row.parts.push((*block, level, z[i * r..(i + 1) * r].to_vec()));
            }
        }
        Ok(self.with(py, |c| c.variances(rows, with_fixed))?.into_pyarray(py))
    }

    /// The plan of the factorisation.
    fn plan(&self) -> PlanFacts {
        let criterion = self.lock();
        let plan = &criterion.plan;
        let costs = plan.costs.iter().map(|(w, c)| (way_name(*w), c.flops, c.bytes)).collect();
        (way_name(plan.way), plan.order.clone(), plan.root_size, costs, criterion.n_visited)
    }
}
