//! Dense linear algebra behind our own functions: the only door to faer's dense part.
//!
//! Matrices are column-major slices unless a name says otherwise.

use crate::error::{CoreError, CoreResult};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::linalg::matmul::{self, triangular::BlockStructure};
use faer::linalg::triangular_solve;
use faer::{Accum, MatMut, MatRef, Par};

/// Floating-point operations below which a second thread costs more than it brings.
const PARALLEL_FLOPS: f64 = 2e8;
/// Work is cut into this many parts whatever the number of threads, so that results do not
/// depend on it.
const PARTS: usize = 4;

fn parallelism(flops: f64) -> Par {
    if flops < PARALLEL_FLOPS { Par::Seq } else { Par::rayon(PARTS) }
}

/// Row-major xx (px, px), lower triangle, += scaled' columns, where both are len x px tiles.
pub fn add_lower_product(
    px: usize,
    len: usize,
    stride: usize,
    scaled: &[f64],
    columns: &[f64],
    xx: &mut [f64],
) {
    let tile = |data| MatRef::from_column_major_slice_with_stride(data, len, px, stride);
    let (left, right): (MatRef<'_, f64>, MatRef<'_, f64>) = (tile(scaled), tile(columns));
    // The row-major lower triangle is the column-major upper one.
    matmul::triangular::matmul(
        MatMut::from_column_major_slice_mut(xx, px, px),
        BlockStructure::TriangularUpper,
        Accum::Add,
        left.transpose(),
        BlockStructure::Rectangular,
        right,
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
}

/// In-place Cholesky of the lower triangle of a (q, q).
///
/// # Errors
/// `NotPositiveDefinite` with the pivot's index.
pub fn cholesky(q: usize, a: &mut [f64]) -> CoreResult<()> {
    let par = parallelism((q as f64).powi(3) / 3.0);
    let scratch = llt::factor::cholesky_in_place_scratch::<f64>(q, par, Default::default());
    let mut buffer = MemBuffer::new(scratch);
    llt::factor::cholesky_in_place(
        MatMut::from_column_major_slice_mut(a, q, q),
        Default::default(),
        par,
        MemStack::new(&mut buffer),
        Default::default(),
    )
    .map(|_| ())
    .map_err(|error| match error {
        llt::factor::LltError::NonPositivePivot { index } => CoreError::NotPositiveDefinite { index },
    })
}

/// Lower triangle of (L L')^-1 from the lower triangle of l (q, q).
pub fn inverse(q: usize, l: &[f64], out: &mut [f64]) {
    let par = parallelism(2.0 * (q as f64).powi(3) / 3.0);
    let mut buffer = MemBuffer::new(llt::inverse::inverse_scratch::<f64>(q, par));
    llt::inverse::inverse(
        MatMut::from_column_major_slice_mut(out, q, q),
        MatRef::from_column_major_slice(l, q, q),
        par,
        MemStack::new(&mut buffer),
    );
}

/// rhs (q, m) := L^-1 rhs.
pub fn solve_lower(q: usize, l: &[f64], m: usize, rhs: &mut [f64]) {
    triangular_solve::solve_lower_triangular_in_place(
        MatRef::from_column_major_slice(l, q, q),
        MatMut::from_column_major_slice_mut(rhs, q, m),
        parallelism((q * q) as f64 * m as f64),
    );
}

/// rhs (q, m) := L^-T rhs.
pub fn solve_lower_transposed(q: usize, l: &[f64], m: usize, rhs: &mut [f64]) {
    triangular_solve::solve_upper_triangular_in_place(
        MatRef::from_column_major_slice(l, q, q).transpose(),
        MatMut::from_column_major_slice_mut(rhs, q, m),
        parallelism((q * q) as f64 * m as f64),
    );
}

/// Lower triangle of c (q, q) += alpha a b' for a, b (q, m).
pub fn add_symmetric_product(q: usize, m: usize, alpha: f64, a: &[f64], b: &[f64], c: &mut [f64]) {
    matmul::triangular::matmul(
        MatMut::from_column_major_slice_mut(c, q, q),
        BlockStructure::TriangularLower,
        Accum::Add,
        MatRef::from_column_major_slice(a, q, m),
        BlockStructure::Rectangular,
        MatRef::from_column_major_slice(b, q, m).transpose(),
        BlockStructure::Rectangular,
        alpha,
        parallelism((q * q) as f64 * m as f64),
    );
}

/// c (m, k) += alpha a' b for a (q, m), b (q, k).
pub fn add_product_transposed(
    (q, m, k): (usize, usize, usize),
    alpha: f64,
    a: &[f64],
    b: &[f64],
    c: &mut [f64],
) {
    matmul::matmul(
        MatMut::from_column_major_slice_mut(c, m, k),
        Accum::Add,
        MatRef::from_column_major_slice(a, q, m).transpose(),
        MatRef::from_column_major_slice(b, q, k),
        alpha,
        parallelism(2.0 * (q * m) as f64 * k as f64),
    );
}

/// c (q, k) := a b for a (q, m), b (m, k).
pub fn product((q, m, k): (usize, usize, usize), a: &[f64], b: &[f64], c: &mut [f64]) {
    matmul::matmul(
        MatMut::from_column_major_slice_mut(c, q, k),
        Accum::Replace,
        MatRef::from_column_major_slice(a, q, m),
        MatRef::from_column_major_slice(b, m, k),
        1.0,
        parallelism(2.0 * (q * m) as f64 * k as f64),
    );
}

/// Eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix.
///
/// # Errors
/// `NotPositiveDefinite` when the iteration does not converge (values that are not finite).
pub fn eigen(k: usize, a: &[f64]) -> CoreResult<(Vec<f64>, Vec<f64>)> {
    let matrix = MatRef::from_column_major_slice(a, k, k);
    let failed = CoreError::NotPositiveDefinite { index: k };
    let eigen = matrix.self_adjoint_eigen(faer::Side::Lower).map_err(|_| failed)?;
    let values = eigen.S().column_vector().iter().copied().collect();
    let vectors = (0..k * k).map(|at| eigen.U()[(at % k, at / k)]).collect();
    Ok((values, vectors))
}
