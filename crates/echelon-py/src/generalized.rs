//! Generalized models: rows in, criterion, gradient, minimum and what follows out.

use crate::errors::raise;
use crate::maps::{check_templates, theta_map};
use echelon_core::error::{CoreError, CoreResult};
use echelon_core::generalized::crossed::Crossed;
use echelon_core::generalized::data::{Block, Channel, Data, Member, Part};
use echelon_core::generalized::groups::Groups;
use echelon_core::generalized::nested::Nested;
use echelon_core::generalized::nodes::Rule;
use echelon_core::generalized::{Marginal, fit, start};
use echelon_core::minimise::Reason;
use echelon_core::observation::Observation;
use echelon_core::observation::build::build;
use echelon_core::stop::Stop;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// (coefficient, column, factor) of every part, and the offset's column.
type ChannelParts = (Vec<(usize, usize, f64)>, Option<usize>);
/// Codes and weights of a membership.
type MemberArrays<'py> = (PyReadonlyArray1<'py, i32>, Option<PyReadonlyArray1<'py, f64>>);
/// Memberships, columns, channels and number of groups of a block.
type BlockArrays<'py> = (Vec<MemberArrays<'py>>, Vec<usize>, Vec<usize>, usize);
/// Conditional covariances and sensitivities of a block.
type ArrayPair<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);
/// A coefficient of a centred column, and the constants that take its mean up with their factors.
type ShiftParts = (usize, Vec<(usize, f64)>);
/// Rows below which calls stay on the caller's thread.
const LARGE: usize = 4_000;

/// One factor, or several.
enum Engine {
    Groups(Groups),
    Crossed(Crossed),
    Nested(Nested),
}

impl Engine {
    fn marginal(&mut self) -> &mut dyn Marginal {
        match self {
            Self::Groups(groups) => groups,
            Self::Crossed(crossed) => crossed,
            Self::Nested(nested) => nested,
        }
    }

    /// The engine of several factors, whatever it integrates by.
    fn crossed(&mut self) -> CoreResult<&mut Crossed> {
        match self {
            Self::Groups(_) => Err(CoreError::Corrupt { what: "one factor" }),
            Self::Crossed(crossed) => Ok(crossed),
            Self::Nested(nested) => Ok(nested.laplace()),
        }
    }
}

/// Marginal likelihood of a generalized model.
#[pyclass(name = "Generalized", module = "echelon._core")]
pub struct PyGeneralized {
    engine: Mutex<Engine>,
    model: Arc<dyn Observation>,
    constant: f64,
    sizes: Vec<usize>,
    p: usize,
    is_large: bool,
    threads: Option<usize>,
    stop: Stop,
}

impl PyGeneralized {
    fn lock(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T: Send>(
        &self,
        py: Python<'_>,
        task: impl FnOnce(&mut Engine) -> CoreResult<T> + Send,
    ) -> PyResult<T> {
        let stop = &self.stop;
        crate::threads::run(py, self.threads, self.is_large, stop, || task(&mut self.lock()))
    }

    fn check(&self, coefficients: &[f64], lambdas: &[Vec<f64>]) -> PyResult<()> {
        check_templates(&self.sizes, lambdas)?;
        self.check_length("coefficients", coefficients.len(), self.p)
    }

    fn shifts(&self, parts: Vec<ShiftParts>) -> PyResult<Vec<fit::Shift>> {
        for (coefficient, targets) in &parts {
            for i in targets.iter().map(|t| t.0).chain([*coefficient]) {
                if i >= self.p {
                    self.check_length("coefficient of a shift", i, self.p)?;
                }
            }
        }
        let shift = |(coefficient, targets)| fit::Shift { coefficient, targets };
        Ok(parts.into_iter().map(shift).collect())
    }

    fn check_length(&self, what: &'static str, got: usize, need: usize) -> PyResult<()> {
        if got == need { Ok(()) } else { Err(raise(CoreError::Shape { what, got, need })) }
    }
}

fn copied(array: &PyReadonlyArray1<'_, f64>) -> PyResult<Vec<f64>> {
    Ok(array.as_slice()?.to_vec())
}

fn block(arrays: &BlockArrays<'_>) -> PyResult<Block> {
    let (members, columns, channels, n_groups) = arrays;
    let members = members
        .iter()
        .map(|(codes, weights)| {
            // A negative code becomes a large one, which is refused.
            let codes = codes.as_slice()?.iter().map(|c| *c as u32).collect();
            let weights = weights.as_ref().map(copied).transpose()?.unwrap_or_default();
            Ok(Member { codes, weights })
        })
        .collect::<PyResult<Vec<Member>>>()?;
    let (columns, channels) = (columns.clone(), channels.clone());
    Ok(Block { n_groups: *n_groups, columns, channels, members })
}

#[pymethods]
impl PyGeneralized {
    #[new]
    #[pyo3(signature = (columns, y, trials, weights, channels, blocks, n_coefficients, active, model, points=1, threads=None))]
    fn new(
        py: Python<'_>,
        columns: Vec<PyReadonlyArray1<'_, f64>>,
        y: PyReadonlyArray1<'_, f64>,
        trials: Option<PyReadonlyArray1<'_, f64>>,
        weights: Option<PyReadonlyArray1<'_, f64>>,
        channels: Vec<ChannelParts>,
        blocks: Vec<BlockArrays<'_>>,
        n_coefficients: usize,
        active: usize,
        model: (String, String, usize),
        points: usize,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let (family, link, categories) = model;
        let what = "observation model";
        let built =
            build(&family, &link, categories).ok_or_else(|| raise(CoreError::Corrupt { what }))?;
        let model: Arc<dyn Observation> = Arc::from(built);
        if model.channels() != channels.len() {
            let (got, need) = (channels.len(), model.channels());
            return Err(raise(CoreError::Shape { what: "channels", got, need }));
        }
        let channels = channels
            .into_iter()
            .map(|(parts, offset)| Channel {
                parts: parts
                    .into_iter()
                    .map(|(coefficient, column, factor)| Part { coefficient, column, factor })
                    .collect(),
                offset,
            })
            .collect();
        let data = Data {
            n: y.len()?,
            columns: columns.iter().map(copied).collect::<PyResult<_>>()?,
            ones: None,
            y: copied(&y)?,
            trials: trials.as_ref().map(copied).transpose()?.unwrap_or_default(),
            weights: weights.as_ref().map(copied).transpose()?.unwrap_or_default(),
            channels,
            blocks: blocks.iter().map(block).collect::<PyResult<_>>()?,
            n_coefficients,
            active,
            order: Vec::new(),
            leaf: None,
        };
        let sizes = data.blocks.iter().map(Block::r).collect();
        let is_large = data.n > LARGE;
        let stop = Stop::default();
        let (engine, constant) = crate::threads::run(py, threads, is_large, &stop, || {
            let data = data.sorted()?;
            let rows = data.rows(0..data.n);
            let constants = (0..data.n).map(|i| rows.weight(i) * model.constant(rows.row(i)));
            let constant = constants.sum();
            let is_simple =
                data.blocks.is_empty() || (data.blocks.len() == 1 && data.leaf.is_some());
            let engine = if is_simple {
                let r = data.blocks.first().map_or(0, Block::r);
                let rule = (points > 1 && r > 0).then(|| Rule::product(points, r)).transpose()?;
                Engine::Groups(Groups::new(data, Arc::clone(&model), rule, stop.clone()))
            } else {
                let crossed = Crossed::new(data, Arc::clone(&model), stop.clone())?;
                if points > 1 {
                    Engine::Nested(Nested::new(crossed, points, stop.clone())?)
                } else {
                    Engine::Crossed(crossed)
                }
            };
            Ok((engine, constant))
        })?;
        let engine = Mutex::new(engine);
        Ok(Self { engine, model, constant, sizes, p: n_coefficients, is_large, threads, stop })
    }

    /// Places of the columns (pool indices) that are estimable together.
    fn estimable(
        &self,
        py: Python<'_>,
        columns: Vec<usize>,
        intercept: Option<usize>,
    ) -> PyResult<Vec<usize>> {
        self.with(py, |e| start::estimable(e.marginal().data(), &columns, intercept, &self.stop))
    }

    /// Coefficients without random effects from `first`, and standard deviations by block.
    fn start(
        &self,
        py: Python<'_>,
        first: Vec<f64>,
        free: Vec<usize>,
    ) -> PyResult<(Vec<f64>, Vec<Vec<f64>>)> {
        self.check_length("coefficients", first.len(), self.p)?;
        self.with(py, |e| {
            let data = e.marginal().data();
            let found = start::coefficients(data, &self.model, &first, &free, &self.stop)?;
            let std_devs = start::std_devs(data, &*self.model, &found);
            Ok((found, std_devs))
        })
    }

    /// Criterion with all constants, and its derivatives by coefficients and templates.
    fn evaluate(
        &self,
        py: Python<'_>,
        coefficients: Vec<f64>,
        lambdas: Vec<Vec<f64>>,
    ) -> PyResult<(f64, Vec<f64>, Vec<Vec<f64>>)> {
        self.check(&coefficients, &lambdas)?;
        let at = self.with(py, |e| e.marginal().evaluate(&coefficients, &lambdas))?;
        Ok((at.value - 2.0 * self.constant, at.coefficients, at.lambdas))
    }

    /// Minimises over the free coordinates of (coefficients, theta).
    #[pyo3(signature = (full, free, shifts, lower, upper, max_evaluations, tolerance, index=None, call=None))]
    fn minimise<'py>(
        &self,
        py: Python<'py>,
        full: Vec<f64>,
        free: Vec<usize>,
        shifts: Vec<ShiftParts>,
        lower: Vec<f64>,
        upper: Vec<f64>,
        max_evaluations: usize,
        tolerance: f64,
        index: Option<Vec<Vec<i64>>>,
        call: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let map = theta_map(&self.sizes, full.len() - self.p.min(full.len()), index, None, call)?;
        let shifts = self.shifts(shifts)?;
        let outcome = self.with(py, |e| {
            let limits = (lower.as_slice(), upper.as_slice());
            let settings = (max_evaluations, tolerance);
            fit::minimise(e.marginal(), &*map, &full, (&free, &shifts), limits, settings)
        })?;
        let d = PyDict::new(py);
        d.set_item("full", outcome.theta)?;
        d.set_item("objective", outcome.objective - 2.0 * self.constant)?;
        d.set_item("n_evaluations", outcome.n_evaluations)?;
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

    /// Hessian over the free coordinates, flat.
    #[pyo3(signature = (full, free, index=None, call=None))]
    fn hessian<'py>(
        &self,
        py: Python<'py>,
        full: Vec<f64>,
        free: Vec<usize>,
        index: Option<Vec<Vec<i64>>>,
        call: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let map = theta_map(&self.sizes, full.len() - self.p.min(full.len()), index, None, call)?;
        let matrix = self.with(py, |e| fit::hessian(e.marginal(), &*map, &full, (&free, &[])))?;
        Ok(matrix.into_pyarray(py))
    }

    /// Covariance of the free coordinates, flat; empty where the Hessian is not positive.
    #[pyo3(signature = (full, free, shifts, index=None, call=None))]
    fn covariance<'py>(
        &self,
        py: Python<'py>,
        full: Vec<f64>,
        free: Vec<usize>,
        shifts: Vec<ShiftParts>,
        index: Option<Vec<Vec<i64>>>,
        call: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let map = theta_map(&self.sizes, full.len() - self.p.min(full.len()), index, None, call)?;
        let shifts = self.shifts(shifts)?;
        let matrix =
            self.with(py, |e| fit::covariance(e.marginal(), &*map, &full, (&free, &shifts)))?;
        Ok(matrix.into_pyarray(py))
    }

    /// Spherical random effects by block, flat (J r,).
    fn modes<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyArray1<f64>>> {
        let modes = self.lock().marginal().modes();
        modes.into_iter().map(|u| u.into_pyarray(py)).collect()
    }

    /// Conditional covariances (J, r, r) and sensitivities (J, r, P) by block, flat.
    fn conditional<'py>(
        &self,
        py: Python<'py>,
        coefficients: Vec<f64>,
        lambdas: Vec<Vec<f64>>,
    ) -> PyResult<Vec<ArrayPair<'py>>> {
        self.check(&coefficients, &lambdas)?;
        let (blocks, slopes) = self.with(py, |e| match e {
            Engine::Crossed(_) | Engine::Nested(_) => {
                e.crossed()?.conditional(&coefficients, &lambdas)
            }
            Engine::Groups(groups) => match lambdas.first() {
                None => Ok((Vec::new(), Vec::new())),
                Some(lambda) => {
                    let (blocks, slopes) = groups.conditional(&coefficients, lambda)?;
                    Ok((vec![blocks], vec![slopes]))
                }
            },
        })?;
        let both = blocks.into_iter().zip(slopes);
        Ok(both.map(|(b, s)| (b.into_pyarray(py), s.into_pyarray(py))).collect())
    }

    /// Variances of combinations of random effects, (block, group, z) each; several factors only.
    fn variances<'py>(
        &self,
        py: Python<'py>,
        coefficients: Vec<f64>,
        lambdas: Vec<Vec<f64>>,
        rows: Vec<Vec<(usize, usize, Vec<f64>)>>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.check(&coefficients, &lambdas)?;
        let values = self.with(py, |e| {
            let crossed = e.crossed()?;
            crossed.conditional(&coefficients, &lambdas)?;
            Ok(crossed.variances(&rows, &lambdas))
        })?;
        Ok(values.into_pyarray(py))
    }

    /// Derivatives of every group's criterion by coefficients and template, flat (J, P + r r).
    fn scores<'py>(
        &self,
        py: Python<'py>,
        coefficients: Vec<f64>,
        lambdas: Vec<Vec<f64>>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.check(&coefficients, &lambdas)?;
        let none = Vec::new();
        let values = self.with(py, |e| match e {
            Engine::Groups(groups) => {
                groups.scores(&coefficients, lambdas.first().unwrap_or(&none))
            }
            _ => Err(CoreError::Corrupt { what: "several factors" }),
        })?;
        Ok(values.into_pyarray(py))
    }

    /// Derivatives of the criterion by every row's linear predictors, flat (K, n).
    fn row_slopes<'py>(
        &self,
        py: Python<'py>,
        coefficients: Vec<f64>,
        lambdas: Vec<Vec<f64>>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.check(&coefficients, &lambdas)?;
        let none = Vec::new();
        let values = self.with(py, |e| {
            let slopes = match e {
                Engine::Groups(groups) => {
                    groups.row_slopes(&coefficients, lambdas.first().unwrap_or(&none))?
                }
                Engine::Crossed(_) | Engine::Nested(_) => {
                    let crossed = e.crossed()?;
                    crossed.evaluate(&coefficients, &lambdas)?;
                    crossed.row_slopes()
                }
            };
            let data = e.marginal().data();
            let rows = slopes.chunks_exact(data.n.max(1));
            Ok(rows.flat_map(|channel| data.unsorted(channel)).collect::<Vec<f64>>())
        })?;
        Ok(values.into_pyarray(py))
    }

    /// Order of the root matrix and whether it is dense; none with one factor.
    fn root(&self) -> Option<(usize, bool)> {
        self.lock().crossed().ok().map(|crossed| crossed.root())
    }

    /// Puts the nodes of a nested quadrature where the modes at a point say.
    fn place(
        &self,
        py: Python<'_>,
        coefficients: Vec<f64>,
        lambdas: Vec<Vec<f64>>,
    ) -> PyResult<()> {
        self.check(&coefficients, &lambdas)?;
        self.with(py, |e| match e {
            Engine::Nested(nested) => nested.place(&coefficients, &lambdas),
            _ => Ok(()),
        })
    }

    /// Evaluations per row of one pass.
    fn nodes(&self) -> usize {
        match &*self.lock() {
            Engine::Groups(groups) => groups.nodes(),
            Engine::Crossed(_) => 1,
            Engine::Nested(nested) => nested.nodes(),
        }
    }
}
