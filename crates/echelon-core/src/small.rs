//! Dense algebra on r x r blocks (r = random effects per group), row-major slices.
//!
//! Sizes are a handful, so plain loops beat any library; `with_size` lets the compiler unroll the
//! common ones. Notation follows theory (6): A = Lambda' S Lambda + I = L L', C = L^-1 Lambda'.

use crate::error::{CoreError, CoreResult};

/// Calls `$body` with `$r` known to the compiler for the common block sizes.
macro_rules! with_size {
    ($r:ident, $body:expr) => {
        match $r {
            1 => {
                let $r = 1usize;
                $body
            }
            2 => {
                let $r = 2usize;
                $body
            }
            3 => {
                let $r = 3usize;
                $body
            }
            _ => $body,
        }
    };
}
pub(crate) use with_size;

/// c = a b for r x r matrices.
#[inline(always)]
pub fn multiply(r: usize, a: &[f64], b: &[f64], c: &mut [f64]) {
    for i in 0..r {
        for j in 0..r {
            let mut sum = 0.0;
            for k in 0..r {
                sum += a[i * r + k] * b[k * r + j];
            }
            c[i * r + j] = sum;
        }
    }
}

/// c = a' b for r x r matrices.
#[inline(always)]
pub fn multiply_left_transposed(r: usize, a: &[f64], b: &[f64], c: &mut [f64]) {
    for i in 0..r {
        for j in 0..r {
            let mut sum = 0.0;
            for k in 0..r {
                sum += a[k * r + i] * b[k * r + j];
            }
            c[i * r + j] = sum;
        }
    }
}

/// c = a b' for r x r matrices.
#[cfg(test)]
pub fn multiply_right_transposed(r: usize, a: &[f64], b: &[f64], c: &mut [f64]) {
    for i in 0..r {
        for j in 0..r {
            let mut sum = 0.0;
            for k in 0..r {
                sum += a[i * r + k] * b[j * r + k];
            }
            c[i * r + j] = sum;
        }
    }
}

/// y = a x (r x r times r).
#[inline(always)]
pub fn apply(r: usize, a: &[f64], x: &[f64], y: &mut [f64]) {
    for i in 0..r {
        let mut sum = 0.0;
        for k in 0..r {
            sum += a[i * r + k] * x[k];
        }
        y[i] = sum;
    }
}

/// y = a' x (r x r transposed times r).
#[inline(always)]
pub fn apply_transposed(r: usize, a: &[f64], x: &[f64], y: &mut [f64]) {
    for i in 0..r {
        let mut sum = 0.0;
        for k in 0..r {
            sum += a[k * r + i] * x[k];
        }
        y[i] = sum;
    }
}

/// In-place Cholesky of the lower triangle of a (r x r); the upper triangle is zeroed.
///
/// # Errors
/// `NotPositiveDefinite` with the pivot's index.
#[inline(always)]
pub fn cholesky(r: usize, a: &mut [f64]) -> CoreResult<()> {
    for j in 0..r {
        let mut d = a[j * r + j];
        for k in 0..j {
            d -= a[j * r + k] * a[j * r + k];
        }
        if d.is_nan() || d <= 0.0 || d.is_infinite() {
            return Err(CoreError::NotPositiveDefinite { index: j });
        }
        let d = d.sqrt();
        a[j * r + j] = d;
        for i in j + 1..r {
            let mut s = a[i * r + j];
            for k in 0..j {
                s -= a[i * r + k] * a[j * r + k];
            }
            a[i * r + j] = s / d;
        }
        for k in j + 1..r {
            a[j * r + k] = 0.0;
        }
    }
    Ok(())
}

/// x = L^-1 x in place for `m` right-hand sides stored as rows: x is r x m.
#[inline(always)]
pub fn solve_lower_rows(r: usize, m: usize, l: &[f64], x: &mut [f64]) {
    for i in 0..r {
        let (done, rest) = x.split_at_mut(i * m);
        let row = &mut rest[..m];
        for k in 0..i {
            let factor = l[i * r + k];
            for (target, source) in row.iter_mut().zip(&done[k * m..(k + 1) * m]) {
                *target -= factor * source;
            }
        }
        let inverse = 1.0 / l[i * r + i];
        for target in row.iter_mut() {
            *target *= inverse;
        }
    }
}

/// Factors A = Lambda' S Lambda + I = L L' and forms C = L^-1 Lambda'; returns log|A|. Theory (6).
///
/// `s` is symmetric r x r; `l` and `c` are written; `scratch` holds r x r numbers.
///
/// # Errors
/// `NotPositiveDefinite` when S is not (numerically) positive semi-definite.
#[inline(always)]
pub fn factor_level(
    r: usize,
    lambda: &[f64],
    s: &[f64],
    l: &mut [f64],
    c: &mut [f64],
    scratch: &mut [f64],
) -> CoreResult<f64> {
    multiply(r, s, lambda, scratch);
    multiply_left_transposed(r, lambda, scratch, l);
    for i in 0..r {
        l[i * r + i] += 1.0;
    }
    cholesky(r, l)?;
    let mut determinant = 1.0;
    for i in 0..r {
        determinant *= l[i * r + i];
        for j in 0..r {
            c[i * r + j] = lambda[j * r + i];
        }
    }
    solve_lower_rows(r, r, l, c);
    if determinant.is_finite() && determinant > 0.0 {
        Ok(2.0 * determinant.ln())
    } else {
        Ok((0..r).map(|i| 2.0 * l[i * r + i].ln()).sum())
    }
}

/// Adds the terms of one level to the gradient with respect to Lambda (without the factor 2).
///
/// N = copies S Lambda A^-1 - (I - S K) G Lambda A^-1 - weight c u', with K = C'C and
/// G = S_t Omega S_t', theory (8). `modes` are u, c and the weight; `scratch` holds 4 r x r numbers.
#[inline(always)]
pub fn add_level_gradient(
    r: usize,
    s: &[f64],
    l: &[f64],
    c: &[f64],
    g: &[f64],
    modes: (&[f64], &[f64], f64),
    copies: f64,
    n: &mut [f64],
    scratch: &mut [f64],
) {
    let (kk, rest) = scratch.split_at_mut(r * r);
    let (h, rest) = rest.split_at_mut(r * r);
    let (t, rest) = rest.split_at_mut(r * r);
    let q = &mut rest[..r * r];
    multiply_left_transposed(r, c, c, kk);
    // q = copies S - (I - S K) G
    multiply(r, s, kk, h);
    for i in 0..r {
        for j in 0..r {
            let unit = if i == j { 1.0 } else { 0.0 };
            h[i * r + j] = unit - h[i * r + j];
        }
    }
    multiply(r, h, g, t);
    for i in 0..r * r {
        q[i] = copies * s[i] - t[i];
    }
    // Lambda A^-1 = C' L^-1: solve row by row, X L = C'.
    for i in 0..r {
        for j in (0..r).rev() {
            let mut sum = c[j * r + i];
            for k in j + 1..r {
                sum -= t[i * r + k] * l[k * r + j];
            }
            t[i * r + j] = sum / l[j * r + j];
        }
    }
    multiply(r, q, t, h);
    let (u, residual, weight) = modes;
    for i in 0..r {
        for j in 0..r {
            n[i * r + j] += h[i * r + j] - weight * residual[i] * u[j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factor_level_inverts() {
        let lambda = [0.7, 0.0, 0.2, 0.4];
        let s = [5.0, 1.0, 1.0, 3.0];
        let (mut l, mut c, mut t) = ([0.0; 4], [0.0; 4], [0.0; 4]);
        let logdet = factor_level(2, &lambda, &s, &mut l, &mut c, &mut t).unwrap();
        // K = C'C must equal Lambda A^-1 Lambda', and (I + S Lambda Lambda') K = Lambda Lambda'.
        let mut k = [0.0; 4];
        multiply_left_transposed(2, &c, &c, &mut k);
        let mut v = [0.0; 4];
        multiply_right_transposed(2, &lambda, &lambda, &mut v);
        let mut sv = [0.0; 4];
        multiply(2, &v, &s, &mut sv);
        sv[0] += 1.0;
        sv[3] += 1.0;
        let mut back = [0.0; 4];
        multiply(2, &sv, &k, &mut back);
        for i in 0..4 {
            assert!((back[i] - v[i]).abs() < 1e-14);
        }
        let det = sv[0] * sv[3] - sv[1] * sv[2];
        assert!((logdet - det.ln()).abs() < 1e-14);
    }

    #[test]
    fn cholesky_names_the_pivot() {
        let mut a = [1.0, 0.0, 2.0, 1.0];
        assert_eq!(cholesky(2, &mut a), Err(CoreError::NotPositiveDefinite { index: 1 }));
    }
}
