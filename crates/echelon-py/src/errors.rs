//! Core errors as one Python exception that carries fields; Python writes the sentence.

use echelon_core::error::CoreError;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyKeyboardInterrupt};
use pyo3::prelude::*;
use pyo3::types::PyDict;

create_exception!(_core, KernelError, PyException, "A failure of the numerics: (kind, fields).");

/// Turns a core error into `KernelError(kind, fields)`.
pub fn raise(error: CoreError) -> PyErr {
    if error == CoreError::Interrupted {
        return PyKeyboardInterrupt::new_err(());
    }
    Python::attach(|py| match fields(py, &error) {
        Ok((kind, fields)) => KernelError::new_err((kind, fields.unbind())),
        Err(failure) => failure,
    })
}

fn fields<'py>(py: Python<'py>, error: &CoreError) -> PyResult<(&'static str, Bound<'py, PyDict>)> {
    let d = PyDict::new(py);
    let kind = match error {
        CoreError::Shape { what, got, need } => {
            d.set_item("what", what)?;
            d.set_item("got", got)?;
            d.set_item("need", need)?;
            "shape"
        }
        CoreError::NonFinite { column, row } => {
            d.set_item("column", column)?;
            d.set_item("row", row)?;
            "non_finite"
        }
        CoreError::Overflow { column } => {
            d.set_item("column", column)?;
            "overflow"
        }
        CoreError::Code { block, row, code, n_groups } => {
            d.set_item("block", block)?;
            d.set_item("row", row)?;
            d.set_item("code", code)?;
            d.set_item("n_groups", n_groups)?;
            "code"
        }
        CoreError::Weight { row, value } => {
            d.set_item("row", row)?;
            d.set_item("value", value)?;
            "weight"
        }
        CoreError::NotPositiveDefinite { index } => {
            d.set_item("index", index)?;
            "not_positive_definite"
        }
        CoreError::NoMode { group } => {
            d.set_item("group", group)?;
            "no_mode"
        }
        CoreError::NotNested { inner, outer } => {
            d.set_item("inner", inner)?;
            d.set_item("outer", outer)?;
            "not_nested"
        }
        CoreError::NoResidualDegrees { n, p } => {
            d.set_item("n", n)?;
            d.set_item("p", p)?;
            "no_residual_degrees"
        }
        CoreError::PerfectFit => "perfect_fit",
        CoreError::TooLarge { bytes, limit } => {
            d.set_item("bytes", bytes)?;
            d.set_item("limit", limit)?;
            "too_large"
        }
        CoreError::Interrupted => "interrupted",
        CoreError::Map { message } => {
            d.set_item("message", message)?;
            "map"
        }
        CoreError::Corrupt { what } => {
            d.set_item("what", what)?;
            "corrupt"
        }
    };
    Ok((kind, d))
}
