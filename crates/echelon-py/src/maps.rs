//! Maps theta -> Lambda as Python gives them: an index of entries, or a function.

use crate::errors::raise;
use echelon_core::elimination::Direction;
use echelon_core::error::{CoreError, CoreResult};
use echelon_core::minimise::ThetaMap;
use numpy::PyArray1;
use pyo3::prelude::*;

/// Lambda entries that are theta entries times a factor (1 without `factors`): index r x r per
/// block, -1 for zero.
struct Linear {
    sizes: Vec<usize>,
    index: Vec<Vec<i64>>,
    factors: Option<Vec<Vec<f64>>>,
    n_theta: usize,
}

impl Linear {
    fn factor(&self, block: usize, entry: usize) -> f64 {
        self.factors.as_ref().map_or(1.0, |f| f[block][entry])
    }
}

impl ThetaMap for Linear {
    fn is_linear(&self) -> bool {
        true
    }

    fn n_theta(&self) -> usize {
        self.n_theta
    }

    fn lambdas(&self, theta: &[f64]) -> CoreResult<Vec<Vec<f64>>> {
        let fill = |(number, block): (usize, &Vec<i64>)| {
            let entries = block.iter().enumerate();
            let value = |(at, i): (usize, &i64)| {
                usize::try_from(*i).map_or(0.0, |i| theta[i] * self.factor(number, at))
            };
            entries.map(value).collect()
        };
        Ok(self.index.iter().enumerate().map(fill).collect())
    }

    fn directions(&self, _theta: &[f64]) -> CoreResult<Vec<Direction>> {
        let mut all: Vec<Direction> = Vec::with_capacity(self.n_theta);
        for i in 0..self.n_theta as i64 {
            let block = self.index.iter().position(|b| b.contains(&i)).unwrap_or(0);
            let r = self.sizes[block];
            let mut d_lambda = vec![0.0; r * r];
            for (entry, at) in self.index[block].iter().enumerate() {
                if *at == i {
                    d_lambda[entry] = self.factor(block, entry);
                }
            }
            all.push(Direction { block, d_lambda });
        }
        Ok(all)
    }
}

/// A map computed by Python: theta -> ([Lambda per block], [(block, dLambda) per theta]).
struct Computed {
    call: Py<PyAny>,
    n_theta: usize,
}

type Evaluated = (Vec<Vec<f64>>, Vec<(usize, Vec<f64>)>);

impl Computed {
    fn evaluate(&self, theta: &[f64]) -> CoreResult<Evaluated> {
        Python::attach(|py| {
            let argument = PyArray1::from_slice(py, theta);
            self.call.bind(py).call1((argument,))?.extract::<Evaluated>()
        })
        .map_err(|error| CoreError::Map { message: error.to_string() })
    }
}

impl ThetaMap for Computed {
    fn is_linear(&self) -> bool {
        false
    }

    fn n_theta(&self) -> usize {
        self.n_theta
    }

    fn lambdas(&self, theta: &[f64]) -> CoreResult<Vec<Vec<f64>>> {
        Ok(self.evaluate(theta)?.0)
    }

    fn directions(&self, theta: &[f64]) -> CoreResult<Vec<Direction>> {
        let parts = self.evaluate(theta)?.1;
        Ok(parts.into_iter().map(|(block, d_lambda)| Direction { block, d_lambda }).collect())
    }
}

/// A map that the core can use.
pub type Map = Box<dyn ThetaMap + Send + Sync>;

/// The map of `n_theta` parameters to templates of `sizes`, by `call` if there is one.
pub fn theta_map(
    sizes: &[usize],
    n_theta: usize,
    index: Option<Vec<Vec<i64>>>,
    factors: Option<Vec<Vec<f64>>>,
    call: Option<Py<PyAny>>,
) -> PyResult<Map> {
    if let Some(call) = call {
        return Ok(Box::new(Computed { call, n_theta }));
    }
    let Some(index) = index else {
        return Ok(Box::new(Linear { sizes: Vec::new(), index: Vec::new(), factors, n_theta: 0 }));
    };
    let as_floats: Vec<Vec<f64>> =
        index.iter().map(|b| b.iter().map(|i| *i as f64).collect()).collect();
    check_templates(sizes, &as_floats)?;
    if index.iter().flatten().any(|i| *i >= n_theta as i64) {
        return Err(raise(CoreError::Shape { what: "theta", got: n_theta, need: 0 }));
    }
    if let Some(factors) = &factors {
        check_templates(sizes, factors)?;
    }
    Ok(Box::new(Linear { sizes: sizes.to_vec(), index, factors, n_theta }))
}

/// Checks that there is one r x r template per block.
pub fn check_templates(sizes: &[usize], lambdas: &[Vec<f64>]) -> PyResult<()> {
    let shape = |what, got, need| raise(CoreError::Shape { what, got, need });
    if lambdas.len() != sizes.len() {
        return Err(shape("Lambda templates", lambdas.len(), sizes.len()));
    }
    for (lambda, r) in lambdas.iter().zip(sizes) {
        if lambda.len() != r * r {
            return Err(shape("Lambda entries", lambda.len(), r * r));
        }
    }
    Ok(())
}
