//! Simulated responses and their refits, without rows.

use crate::errors::raise;
use crate::maps::{check_templates, theta_map};
use crate::products::PyCrossProducts;
use crate::workspace::way;
use echelon_core::error::CoreError;
use echelon_core::minimise::Settings;
use echelon_core::replicate::{Refit, Replicate};
use echelon_core::simulate::Sampler;
use echelon_core::stop::Stop;
use numpy::IntoPyArray;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

/// Draws cross-products of responses that a model simulates.
#[pyclass(name = "Sampler", module = "echelon._core", frozen)]
pub struct PySampler {
    products: PyCrossProducts,
    sampler: Sampler,
}

#[pymethods]
impl PySampler {
    #[new]
    fn new(
        py: Python<'_>,
        products: &PyCrossProducts,
        lambdas: Vec<Vec<f64>>,
        sigma: f64,
        beta: Vec<f64>,
    ) -> PyResult<Self> {
        let inner = Arc::clone(&products.inner);
        let sizes: Vec<usize> = inner.blocks.iter().map(|b| b.r).collect();
        check_templates(&sizes, &lambdas)?;
        if beta.len() != inner.p {
            return Err(raise(CoreError::Shape { what: "beta", got: beta.len(), need: inner.p }));
        }
        let stop = Stop::default();
        let sampler = crate::threads::run(py, None, true, &stop, || {
            Sampler::new(&inner, lambdas, sigma, &beta)
        })?;
        Ok(Self { products: PyCrossProducts { inner }, sampler })
    }

    /// Cross-products with a simulated response.
    fn draw(&self, py: Python<'_>, seed: u64) -> PyCrossProducts {
        let inner = py.detach(|| {
            let mut own = (*self.products.inner).clone();
            self.sampler.draw_into(seed, &mut own);
            own
        });
        PyCrossProducts { inner: Arc::new(inner) }
    }

    /// Refits to one simulated response per seed: arrays theta (B k), beta (B p), std_error (B p),
    /// sigma, objective, is_converged, is_failed (B).
    #[pyo3(signature = (seeds, is_reml, path, starts, lower, upper, scale, rms, max_evaluations, tolerance, index=None, call=None, threads=None))]
    fn refits<'py>(
        &self,
        py: Python<'py>,
        seeds: Vec<u64>,
        is_reml: bool,
        path: &str,
        starts: Vec<Vec<f64>>,
        lower: Vec<f64>,
        upper: Vec<f64>,
        scale: Vec<f64>,
        rms: Vec<Vec<f64>>,
        max_evaluations: usize,
        tolerance: f64,
        index: Option<Vec<Vec<i64>>>,
        call: Option<Py<PyAny>>,
        threads: Option<usize>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let inner = &self.products.inner;
        let sizes: Vec<usize> = inner.blocks.iter().map(|b| b.r).collect();
        let n_theta = lower.len();
        let lengths = starts.iter().map(Vec::len).chain([upper.len(), scale.len()]);
        for got in lengths {
            if got != n_theta {
                return Err(raise(CoreError::Shape { what: "theta", got, need: n_theta }));
            }
        }
        if rms.len() != sizes.len() || rms.iter().zip(&sizes).any(|(row, r)| row.len() != *r) {
            return Err(raise(CoreError::Shape { what: "rms", got: rms.len(), need: sizes.len() }));
        }
        let map = theta_map(&sizes, n_theta, index, None, call)?;
        let settings = Settings::new(max_evaluations, tolerance, (lower, upper), scale);
        let stop = Stop::default();
        let way = way(path);
        let refit = Refit { is_reml, way, map: map.as_ref(), starts, settings, rms };
        let found = crate::threads::run(py, threads, true, &stop, || {
            refit.replicates(inner, &self.sampler, &seeds, &stop)
        })?;
        let d = PyDict::new(py);
        let flat = |part: fn(&Replicate) -> &[f64]| -> Vec<f64> {
            found.iter().flat_map(|r| part(r).iter().copied()).collect()
        };
        d.set_item("theta", flat(|r| &r.theta).into_pyarray(py))?;
        d.set_item("beta", flat(|r| &r.beta).into_pyarray(py))?;
        d.set_item("std_error", flat(|r| &r.std_error).into_pyarray(py))?;
        d.set_item("sigma", flat(|r| std::slice::from_ref(&r.sigma)).into_pyarray(py))?;
        d.set_item("objective", flat(|r| std::slice::from_ref(&r.objective)).into_pyarray(py))?;
        let flags =
            |part: fn(&Replicate) -> bool| -> Vec<bool> { found.iter().map(part).collect() };
        d.set_item("is_converged", flags(|r| r.is_converged).into_pyarray(py))?;
        d.set_item("is_failed", flags(|r| r.is_failed).into_pyarray(py))?;
        Ok(d)
    }
}
