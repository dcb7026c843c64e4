//! Dense linear algebra behind our own functions: the only door to faer's dense part.
//!
//! Matrices are column-major slices unless a name says otherwise. A panel is a block column of a
//! lower triangle: c columns, h rows, the first c of them the triangle.

use crate::error::{CoreError, CoreResult};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::linalg::matmul::{self, triangular::BlockStructure};
use faer::linalg::triangular_solve;
use faer::prelude::{Reborrow, ReborrowMut};
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

/// Factors a panel [A11; A21] (h, c) in place: A11 = L11 L11', A21 := A21 L11^-T.
///
/// # Errors
/// `NotPositiveDefinite` with the pivot's index.
pub fn factor_panel(h: usize, c: usize, panel: &mut [f64]) -> CoreResult<()> {
    let par = parallelism((c as f64).powi(3) / 3.0 + (h - c) as f64 * (c * c) as f64);
    let scratch = llt::factor::cholesky_in_place_scratch::<f64>(c, par, Default::default());
    let mut buffer = MemBuffer::new(scratch);
    let matrix = MatMut::from_column_major_slice_mut(panel, h, c);
    let (mut top, bottom) = matrix.split_at_row_mut(c);
    let stack = MemStack::new(&mut buffer);
    let result = llt::factor::cholesky_in_place(
        top.rb_mut(),
        Default::default(),
        par,
        stack,
        Default::default(),
    );
    if let Err(llt::factor::LltError::NonPositivePivot { index }) = result {
        return Err(CoreError::NotPositiveDefinite { index });
    }
    triangular_solve::solve_lower_triangular_in_place(top.rb(), bottom.transpose_mut(), par);
    Ok(())
}

/// Inverse on a panel's pattern from its factor: out (h, c) lower, w22 (h - c, h - c) symmetric.
///
/// With T = L21 L11^-1: W21 = -W22 T and W11 = (L11 L11')^-1 - T' W21. Theory (9).
pub fn inverse_panel(h: usize, c: usize, factor: &[f64], w22: &[f64], out: &mut [f64]) {
    let below = h - c;
    let par = parallelism(2.0 * (c as f64).powi(3) / 3.0 + 2.0 * (below * below) as f64 * c as f64);
    let (l11, l21) = MatRef::from_column_major_slice(factor, h, c).split_at_row(c);
    let (mut w11, mut w21) = MatMut::from_column_major_slice_mut(out, h, c).split_at_row_mut(c);
    let mut buffer = MemBuffer::new(llt::inverse::inverse_scratch::<f64>(c, par));
    llt::inverse::inverse(w11.rb_mut(), l11, par, MemStack::new(&mut buffer));
    if below == 0 {
        return;
    }
    let mut t = l21.to_owned();
    triangular_solve::solve_upper_triangular_in_place(
        l11.transpose(),
        t.as_mut().transpose_mut(),
        par,
    );
    let w22 = MatRef::from_column_major_slice(w22, below, below);
    matmul::matmul(w21.rb_mut(), Accum::Replace, w22, t.as_ref(), -1.0, par);
    matmul::triangular::matmul(
        w11,
        BlockStructure::TriangularLower,
        Accum::Add,
        t.transpose(),
        BlockStructure::Rectangular,
        w21.rb(),
        BlockStructure::Rectangular,
        -1.0,
        par,
    );
}

/// rhs (c, m) := L11^-1 rhs, or L11^-T rhs, for the panel's triangle.
pub fn solve_panel(
    h: usize,
    c: usize,
    panel: &[f64],
    is_transposed: bool,
    m: usize,
    rhs: &mut [f64],
) {
    let par = parallelism((c * c) as f64 * m as f64);
    let l11 = MatRef::from_column_major_slice(panel, h, c).split_at_row(c).0;
    let rhs = MatMut::from_column_major_slice_mut(rhs, c, m);
    if is_transposed {
        triangular_solve::solve_upper_triangular_in_place(l11.transpose(), rhs, par);
    } else {
        triangular_solve::solve_lower_triangular_in_place(l11, rhs, par);
    }
}

/// out (h - c, m) := L21 x, for x (c, m).
pub fn multiply_below(h: usize, c: usize, panel: &[f64], m: usize, x: &[f64], out: &mut [f64]) {
    let l21 = MatRef::from_column_major_slice(panel, h, c).split_at_row(c).1;
    matmul::matmul(
        MatMut::from_column_major_slice_mut(out, h - c, m),
        Accum::Replace,
        l21,
        MatRef::from_column_major_slice(x, c, m),
        1.0,
        parallelism(2.0 * ((h - c) * c) as f64 * m as f64),
    );
}

/// x (c, m) -= L21' y, for y (h - c, m).
pub fn subtract_below(h: usize, c: usize, panel: &[f64], m: usize, y: &[f64], x: &mut [f64]) {
    let l21 = MatRef::from_column_major_slice(panel, h, c).split_at_row(c).1;
    matmul::matmul(
        MatMut::from_column_major_slice_mut(x, c, m),
        Accum::Add,
        l21.transpose(),
        MatRef::from_column_major_slice(y, h - c, m),
        -1.0,
        parallelism(2.0 * ((h - c) * c) as f64 * m as f64),
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

/// Lower triangle of out (h - c, h - c) := L21 L21'.
pub fn outer_below(h: usize, c: usize, panel: &[f64], out: &mut [f64]) {
    let below = h - c;
    let l21 = MatRef::from_column_major_slice(panel, h, c).split_at_row(c).1;
    matmul::triangular::matmul(
        MatMut::from_column_major_slice_mut(out, below, below),
        BlockStructure::TriangularLower,
        Accum::Replace,
        l21,
        BlockStructure::Rectangular,
        l21.transpose(),
        BlockStructure::Rectangular,
        1.0,
        parallelism((below * below) as f64 * c as f64),
    );
}

/// In-place Cholesky of a symmetric matrix, row-major: the lower factor, zeros above.
///
/// # Errors
/// `NotPositiveDefinite` with the pivot's index.
fn cholesky_rows(p: usize, a: &mut [f64]) -> CoreResult<()> {
    factor_panel(p, p, a)?;
    for i in 0..p {
        for j in 0..i {
            a[i * p + j] = a[j * p + i];
            a[j * p + i] = 0.0;
        }
    }
    Ok(())
}

/// Columns from which on blocked algorithms are worth their overhead.
pub const MANY_COLUMNS: usize = 48;

/// In-place Cholesky, row-major, by the algorithm that suits the size.
///
/// # Errors
/// `NotPositiveDefinite` with the pivot's index.
pub fn cholesky_of(p: usize, a: &mut [f64]) -> CoreResult<()> {
    if p > MANY_COLUMNS { cholesky_rows(p, a) } else { crate::small::cholesky(p, a) }
}

/// (L L')^-1 from a row-major factor, symmetric.
pub fn inverse_rows(p: usize, l: &[f64]) -> Vec<f64> {
    let mut factor = vec![0.0; p * p];
    for i in 0..p {
        (0..=i).for_each(|j| factor[j * p + i] = l[i * p + j]);
    }
    let mut out = vec![0.0; p * p];
    inverse_panel(p, p, &factor, &[], &mut out);
    for i in 0..p {
        (0..i).for_each(|j| out[i * p + j] = out[j * p + i]);
    }
    out
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

/// A fill-reducing order (approximate minimum degree) of a symmetric pattern without its diagonal.
///
/// `ptr` and `rows` are compressed columns of the whole pattern. Gives new position -> old.
pub fn fill_reducing_order(ptr: &[usize], rows: &[usize]) -> Vec<usize> {
    let n = ptr.len() - 1;
    let (mut order, mut inverse) = (vec![0usize; n], vec![0usize; n]);
    let pattern = faer::sparse::SymbolicSparseColMatRef::new_checked(n, n, ptr, None, rows);
    let scratch = faer::sparse::linalg::amd::order_scratch::<usize>(n, rows.len());
    let mut buffer = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut buffer);
    match faer::sparse::linalg::amd::order(
        &mut order,
        &mut inverse,
        pattern,
        Default::default(),
        stack,
    ) {
        Ok(_) => order,
        Err(_) => (0..n).collect(),
    }
}
