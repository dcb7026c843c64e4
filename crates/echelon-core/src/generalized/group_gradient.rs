//! Derivatives of one group's criterion at its mode. Theory (25), (26).

use crate::generalized::mode::{Group, Scratch, solve_lower_transposed, weighted_sum};
use crate::small;

/// Inverse of L L', (r, r).
pub(crate) fn inverse_of(r: usize, l: &[f64], half: &mut [f64], out: &mut [f64]) {
    half.fill(0.0);
    (0..r).for_each(|i| half[i * r + i] = 1.0);
    small::solve_lower_rows(r, r, l, half);
    small::multiply_left_transposed(r, half, half, out);
}

/// Adds what comes through the mode and through M to the derivatives by the rows' linear
/// predictors (`a`, (K, m)) and by Lambda, given the adjoints of M and of the mode. Theory (25).
pub(crate) fn differentiate(
    group: &Group<'_>,
    u: &[f64],
    of_m: &[f64],
    of_mode: &[f64],
    s: &mut Scratch,
    a: &mut [f64],
    lambda: &mut [f64],
) {
    let (r, m, active) = (group.r(), group.rows.y.len(), group.active);
    let k = s.d.channels;
    if r == 0 {
        return;
    }
    let [mut c, mut h, mut e] = std::mem::take(&mut s.rows);
    let [mut half, mut omega, mut zc, mut q, mut move_of_b] = std::mem::take(&mut s.small);
    for (values, len) in [(&mut c, k), (&mut h, active * active), (&mut e, active)] {
        values.clear();
        values.resize(len * m, 0.0);
    }
    // Omega = Lambda of_m Lambda' and what it says of every row: c = -third . z' Omega z.
    small::multiply(r, group.lambda, of_m, &mut half);
    multiply_transposed(r, &half, group.lambda, &mut omega);
    for i in 0..r {
        for j in 0..r {
            let place = (group.channels[i] * active + group.channels[j]) * m;
            let target = &mut h[place..place + m];
            let factor = omega[i * r + j];
            match (group.z[i], group.z[j]) {
                (None, None) => target.iter_mut().for_each(|t| *t += factor),
                (Some(z), None) | (None, Some(z)) => add_times(factor, z, target),
                (Some(x), Some(y)) => {
                    let both = x.iter().zip(y);
                    target.iter_mut().zip(both).for_each(|(t, (x, y))| *t += factor * x * y);
                }
            }
        }
    }
    for channel in 0..k {
        for pair in 0..active * active {
            let third = &s.d.third[(channel * active * active + pair) * m..][..m];
            let h = &h[pair * m..(pair + 1) * m];
            let target = &mut c[channel * m..(channel + 1) * m];
            target.iter_mut().zip(third.iter().zip(h)).for_each(|(t, (d, h))| *t -= d * h);
        }
    }
    // The mode's adjoint, and what moving the mode does.
    for i in 0..r {
        let channel = group.channels[i];
        zc[i] = weighted_sum(&c[channel * m..(channel + 1) * m], group.z[i], None);
    }
    small::apply_transposed(r, group.lambda, &zc, &mut q);
    q.iter_mut().zip(of_mode).for_each(|(q, v)| *q += v);
    small::solve_lower_rows(r, 1, &s.l, &mut q[..r]);
    solve_lower_transposed(r, &s.l, &mut q);
    small::apply(r, group.lambda, &q, &mut move_of_b);
    for i in 0..r {
        let target = &mut e[group.channels[i] * m..(group.channels[i] + 1) * m];
        let factor = move_of_b[i];
        match group.z[i] {
            None => target.iter_mut().for_each(|t| *t += factor),
            Some(z) => add_times(factor, z, target),
        }
    }
    for channel in 0..k {
        let c = &mut c[channel * m..(channel + 1) * m];
        for other in 0..active {
            let second = &s.d.second[(channel * k + other) * m..][..m];
            let e = &e[other * m..(other + 1) * m];
            c.iter_mut().zip(second.iter().zip(e)).for_each(|(t, (w, e))| *t += w * e);
        }
    }
    a.iter_mut().zip(&c).for_each(|(a, c)| *a += c);
    // Lambda: rows' share Z'c u', the mode's Z's q', and M's own 2 Z'WZ Lambda of_m.
    small::multiply(r, &s.gram, &half, &mut omega);
    for i in 0..r {
        let channel = group.channels[i];
        let zc = weighted_sum(&c[channel * m..(channel + 1) * m], group.z[i], None);
        for j in 0..r {
            lambda[i * r + j] += zc * u[j] + s.g[i] * q[j] + 2.0 * omega[i * r + j];
        }
    }
    s.rows = [c, h, e];
    s.small = [half, omega, zc, q, move_of_b];
}

/// target += factor z.
#[inline(always)]
fn add_times(factor: f64, z: &[f64], target: &mut [f64]) {
    target.iter_mut().zip(z).for_each(|(t, z)| *t += factor * z);
}

/// c = a b' for r x r matrices.
fn multiply_transposed(r: usize, a: &[f64], b: &[f64], c: &mut [f64]) {
    for i in 0..r {
        for j in 0..r {
            c[i * r + j] = (0..r).map(|k| a[i * r + k] * b[j * r + k]).sum();
        }
    }
}
