//! Cross-products as a Python object: NumPy views in, sums out.

use crate::errors::raise;
use echelon_core::PairSums;
use echelon_core::chunk::{Chunk, ChunkBlock, Member};
use echelon_core::crossprod::{BlockSums, CrossProducts, SEGMENT};
use echelon_core::error::CoreError;
use echelon_core::stop::Stop;
use numpy::{IntoPyArray, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::sync::Arc;

type MemberArrays<'py> = (PyReadonlyArray1<'py, i32>, Option<PyReadonlyArray1<'py, f64>>);
type PairArrays<'py> = (
    usize,
    usize,
    (usize, usize),
    PyReadonlyArray1<'py, u64>,
    PyReadonlyArray1<'py, u32>,
    Bound<'py, PyAny>,
);
type BlockArrays<'py> = (Vec<MemberArrays<'py>>, Vec<usize>, usize);

/// Cross-products of some rows; immutable.
#[pyclass(frozen, name = "CrossProducts", module = "echelon._core")]
pub struct PyCrossProducts {
    pub inner: Arc<CrossProducts>,
}

/// The slice behind a contiguous array.
fn slice<'a, T: numpy::Element>(array: &'a PyReadonlyArray1<'_, T>) -> PyResult<&'a [T]> {
    let shape = CoreError::Shape { what: "contiguous column", got: 0, need: 1 };
    array.as_slice().map_err(|_| raise(shape))
}

#[pymethods]
impl PyCrossProducts {
    /// Sums over rows. `columns` is a pool; `fixed`, `response` and the blocks point into it.
    #[staticmethod]
    #[pyo3(signature = (columns, fixed, response, blocks, weights=None, intercept=None, centre=None, threads=None))]
    fn accumulate(
        py: Python<'_>,
        columns: Vec<PyReadonlyArray1<'_, f64>>,
        fixed: Vec<usize>,
        response: usize,
        blocks: Vec<BlockArrays<'_>>,
        weights: Option<PyReadonlyArray1<'_, f64>>,
        intercept: Option<usize>,
        centre: Option<Vec<f64>>,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let pool: Vec<&[f64]> = columns.iter().map(slice).collect::<PyResult<_>>()?;
        let mut parts = Vec::with_capacity(blocks.len());
        for (members, random, n_groups) in &blocks {
            let members = members
                .iter()
                .map(|(codes, shares)| {
                    let weights = shares.as_ref().map(slice).transpose()?;
                    Ok(Member { codes: slice(codes)?, weights })
                })
                .collect::<PyResult<_>>()?;
            parts.push(ChunkBlock { members, columns: random.clone(), n_groups: *n_groups });
        }
        let weights = weights.as_ref().map(slice).transpose()?;
        let n = pool.get(response).map_or(0, |column| column.len());
        let stop = Stop::default();
        let chunk = Chunk {
            n,
            columns: pool,
            fixed,
            response,
            blocks: parts,
            weights,
            intercept,
            stop: stop.clone(),
        };
        let inner = crate::threads::run(py, threads, n > SEGMENT, &stop, || {
            CrossProducts::from_chunk(&chunk, centre.as_deref())
        })?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Sums over these rows and others of the same model.
    fn merge(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        let (mine, theirs) = (Arc::clone(&self.inner), Arc::clone(&other.inner));
        let inner = py.detach(|| (*mine).clone().merge((*theirs).clone())).map_err(raise)?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Sums without those of some of the rows, which must be accumulated with the same codes.
    fn minus(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        let (mine, theirs) = (Arc::clone(&self.inner), Arc::clone(&other.inner));
        let inner = py.detach(|| (*mine).clone().minus((*theirs).clone())).map_err(raise)?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The same sums for Z_k M_k; `maps` holds M_k (flat r x r) or None per block.
    fn transformed(&self, py: Python<'_>, maps: Vec<Option<Vec<f64>>>) -> PyResult<Self> {
        let blocks = self.inner.blocks.len();
        if maps.len() != blocks {
            return Err(raise(CoreError::Shape { what: "maps", got: maps.len(), need: blocks }));
        }
        let inner = py.detach(|| self.inner.transformed(&maps)).map_err(raise)?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Z'WZ summed over groups, flat r x r, one list per block.
    fn random_gram(&self) -> Vec<Vec<f64>> {
        let sum = |b: &BlockSums| {
            let mut total = vec![0.0; b.r * b.r];
            for zz in b.zz.chunks_exact(b.r * b.r) {
                total.iter_mut().zip(zz).for_each(|(t, v)| *t += v);
            }
            total
        };
        self.inner.blocks.iter().map(sum).collect()
    }

    /// Relative standard deviations to start from, one list per block.
    fn start_std_devs(&self, py: Python<'_>) -> Vec<Vec<f64>> {
        let inner = Arc::clone(&self.inner);
        py.detach(|| echelon_core::start::relative_std_devs(&inner))
    }

    #[getter]
    fn n(&self) -> u64 {
        self.inner.n
    }

    #[getter]
    fn bytes(&self) -> usize {
        self.inner.bytes()
    }

    #[getter]
    fn centre(&self) -> Vec<f64> {
        self.inner.centre.clone()
    }

    /// All numbers as a dictionary of arrays, for saving.
    fn to_state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let c = &self.inner;
        let d = PyDict::new(py);
        d.set_item("n", c.n)?;
        d.set_item("sum_log_weights", c.sum_log_weights)?;
        d.set_item("p", c.p)?;
        d.set_item("intercept", c.intercept)?;
        d.set_item("centre", c.centre.clone().into_pyarray(py))?;
        d.set_item("xx", c.xx.clone().into_pyarray(py))?;
        let blocks = PyList::empty(py);
        for b in &c.blocks {
            let zz = b.zz.clone().into_pyarray(py);
            blocks.append((b.r, b.n_groups, zz, b.zx.clone().into_pyarray(py)))?;
        }
        d.set_item("blocks", blocks)?;
        let pairs = PyList::empty(py);
        for p in &c.pairs {
            let ptr: Vec<u64> = p.ptr.iter().map(|v| *v as u64).collect();
            let (cols, values) =
                (p.cols.clone().into_pyarray(py), p.values.clone().into_pyarray(py));
            pairs.append((p.first, p.second, p.shape, ptr.into_pyarray(py), cols, values))?;
        }
        d.set_item("pairs", pairs)?;
        Ok(d)
    }

    /// Cross-products saved by `to_state`.
    #[staticmethod]
    fn from_state(state: &Bound<'_, PyDict>) -> PyResult<Self> {
        let item = |key: &'static str| {
            state.get_item(key)?.ok_or_else(|| raise(CoreError::Corrupt { what: key }))
        };
        let vector = |value: &Bound<'_, PyAny>| -> PyResult<Vec<f64>> {
            Ok(slice(&value.extract::<PyReadonlyArray1<'_, f64>>()?)?.to_vec())
        };
        let mut blocks = Vec::new();
        for entry in item("blocks")?.try_iter()? {
            let (r, n_groups, zz, zx): (usize, usize, Bound<'_, PyAny>, Bound<'_, PyAny>) =
                entry?.extract()?;
            blocks.push(BlockSums { r, n_groups, zz: vector(&zz)?, zx: vector(&zx)? });
        }
        let mut pairs = Vec::new();
        for entry in item("pairs")?.try_iter()? {
            let (first, second, shape, ptr, cols, values): PairArrays<'_> = entry?.extract()?;
            let ptr = slice(&ptr)?.iter().map(|v| *v as usize).collect();
            let cols = slice(&cols)?.to_vec();
            pairs.push(PairSums { first, second, shape, ptr, cols, values: vector(&values)? });
        }
        let inner = CrossProducts {
            n: item("n")?.extract()?,
            sum_log_weights: item("sum_log_weights")?.extract()?,
            p: item("p")?.extract()?,
            intercept: item("intercept")?.extract()?,
            centre: vector(&item("centre")?)?,
            xx: vector(&item("xx")?)?,
            blocks,
            pairs,
        };
        inner.check().map_err(raise)?;
        Ok(Self { inner: Arc::new(inner) })
    }
}
