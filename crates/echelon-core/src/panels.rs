//! Factor, solve and selected inverse of the root matrix, panel by panel.
//!
//! Values are stored by panel, column-major; only the lower triangle is meaningful. Theory (9).

use crate::dense;
use crate::error::{CoreError, CoreResult};
use crate::stop::Stop;
use crate::symbolic::{Layout, Panel};

/// Splits one panel's values from those of the later panels.
fn split<'a>(panel: &Panel, values: &'a mut [f64]) -> (&'a mut [f64], &'a mut [f64]) {
    let end = panel.offset + panel.height() * panel.cols;
    let (head, tail) = values.split_at_mut(end);
    (&mut head[panel.offset..], tail)
}

/// In-place Cholesky; returns log|M|.
///
/// # Errors
/// `NotPositiveDefinite` with the column's index; `Interrupted`.
pub fn factor(layout: &Layout, values: &mut [f64], stop: &Stop) -> CoreResult<f64> {
    let mut local = vec![0u32; if layout.is_dense() { 0 } else { layout.q }];
    let mut logdet = 0.0;
    let mut update = Vec::new();
    for panel in &layout.panels {
        stop.check()?;
        let (h, c) = (panel.height(), panel.cols);
        let (own, later) = split(panel, values);
        dense::factor_panel(h, c, own).map_err(|error| match error {
            CoreError::NotPositiveDefinite { index } => {
                CoreError::NotPositiveDefinite { index: panel.first + index }
            }
            other => other,
        })?;
        logdet += (0..c).map(|j| 2.0 * own[j * h + j].ln()).sum::<f64>();
        if h > c {
            let below = h - c;
            update.resize(below * below, 0.0);
            dense::outer_below(h, c, own, &mut update[..below * below]);
            let base = panel.offset + h * c;
            visit(layout, panel, &mut local, |i, j, place| {
                later[place - base] -= update[j * below + i];
            });
        }
    }
    Ok(logdet)
}

/// Calls `action(i, j, place)` for every pair i >= j of rows below `panel`: `place` is where the
/// entry (rows[i], rows[j]) of the matrix is stored.
fn visit(
    layout: &Layout,
    panel: &Panel,
    local: &mut [u32],
    mut action: impl FnMut(usize, usize, usize),
) {
    let mut current = u32::MAX;
    for (j, column) in panel.rows.iter().enumerate() {
        let owner = layout.panel_of[*column as usize];
        let target = &layout.panels[owner as usize];
        if owner != current {
            layout.rows(owner as usize).enumerate().for_each(|(at, row)| local[row] = at as u32);
            current = owner;
        }
        let base = target.offset + (*column as usize - target.first) * target.height();
        for (i, row) in panel.rows.iter().enumerate().skip(j) {
            action(i, j, base + local[*row as usize] as usize);
        }
    }
}

/// Entries of M^-1 on the factor's pattern.
///
/// # Errors
/// `Interrupted`.
pub fn inverse(layout: &Layout, factor: &[f64], out: &mut [f64], stop: &Stop) -> CoreResult<()> {
    let mut local = vec![0u32; if layout.is_dense() { 0 } else { layout.q }];
    let mut w22 = Vec::new();
    for panel in layout.panels.iter().rev() {
        stop.check()?;
        let (h, c) = (panel.height(), panel.cols);
        let below = h - c;
        let end = panel.offset + h * c;
        w22.resize(below * below, 0.0);
        visit(layout, panel, &mut local, |i, j, place| {
            w22[j * below + i] = out[place];
            w22[i * below + j] = out[place];
        });
        dense::inverse_panel(h, c, &factor[panel.offset..end], &w22, &mut out[panel.offset..end]);
    }
    Ok(())
}

/// rhs (q, m) := L^-1 rhs.
pub fn solve_lower(layout: &Layout, factor: &[f64], m: usize, rhs: &mut [f64]) {
    let q = layout.q;
    for panel in &layout.panels {
        let (h, c) = (panel.height(), panel.cols);
        let own = &factor[panel.offset..panel.offset + h * c];
        let mut x = take(rhs, q, m, panel.first, c);
        dense::solve_panel(h, c, own, false, m, &mut x);
        put(rhs, q, m, panel.first, c, &x);
        if h > c {
            let mut y = vec![0.0; (h - c) * m];
            dense::multiply_below(h, c, own, m, &x, &mut y);
            for k in 0..m {
                for (i, row) in panel.rows.iter().enumerate() {
                    rhs[k * q + *row as usize] -= y[k * (h - c) + i];
                }
            }
        }
    }
}

/// rhs (q, m) := L^-T rhs.
pub fn solve_lower_transposed(layout: &Layout, factor: &[f64], m: usize, rhs: &mut [f64]) {
    let q = layout.q;
    for panel in layout.panels.iter().rev() {
        let (h, c) = (panel.height(), panel.cols);
        let own = &factor[panel.offset..panel.offset + h * c];
        let mut x = take(rhs, q, m, panel.first, c);
        if h > c {
            let mut y = Vec::with_capacity((h - c) * m);
            for k in 0..m {
                y.extend(panel.rows.iter().map(|row| rhs[k * q + *row as usize]));
            }
            dense::subtract_below(h, c, own, m, &y, &mut x);
        }
        dense::solve_panel(h, c, own, true, m, &mut x);
        put(rhs, q, m, panel.first, c, &x);
    }
}

fn take(rhs: &[f64], q: usize, m: usize, first: usize, c: usize) -> Vec<f64> {
    (0..m).flat_map(|k| rhs[k * q + first..k * q + first + c].iter().copied()).collect()
}

fn put(rhs: &mut [f64], q: usize, m: usize, first: usize, c: usize, x: &[f64]) {
    for k in 0..m {
        rhs[k * q + first..k * q + first + c].copy_from_slice(&x[k * c..(k + 1) * c]);
    }
}

/// The values cut into columns, in order of columns: what parallel loops run over.
pub fn columns_mut<'a>(layout: &Layout, values: &'a mut [f64]) -> Vec<&'a mut [f64]> {
    let mut rest = values;
    let mut columns = Vec::with_capacity(layout.q);
    for panel in &layout.panels {
        for _ in 0..panel.cols {
            let (column, tail) = rest.split_at_mut(panel.height());
            columns.push(column);
            rest = tail;
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sparse and dense layouts of the same matrix give the same factor, solutions and inverse.
    #[test]
    fn sparse_agrees_with_dense() {
        let n = 9;
        let graph: Vec<Vec<u32>> = (0..n as u32)
            .map(|k| {
                [(k + 1) % 9, (k + 8) % 9, (k * 2) % 9].into_iter().filter(|l| *l != k).collect()
            })
            .collect();
        let mut full = vec![0.0; n * n];
        for (k, list) in graph.iter().enumerate() {
            full[k * n + k] += 9.0;
            for l in list {
                full[k * n + *l as usize] += 0.5;
                full[*l as usize * n + k] += 0.5;
            }
        }
        let mut symmetric: Vec<Vec<u32>> = vec![Vec::new(); n];
        for (k, list) in symmetric.iter_mut().enumerate() {
            list.extend(
                (0..n as u32).filter(|l| *l as usize != k && full[k * n + *l as usize] != 0.0),
            );
        }
        let mut answers = Vec::new();
        for layout in [Layout::dense(&[1; 9]), Layout::sparse(&[1; 9], &symmetric)] {
            let mut node = vec![0; n];
            layout.start.iter().enumerate().for_each(|(k, at)| node[*at] = k);
            let mut values = vec![0.0; layout.n_values];
            for (p, panel) in layout.panels.iter().enumerate() {
                for (j, column) in (panel.first..panel.first + panel.cols).enumerate() {
                    for (i, row) in layout.rows(p).enumerate() {
                        values[panel.offset + j * panel.height() + i] =
                            full[node[column] * n + node[row]];
                    }
                }
            }
            let logdet = factor(&layout, &mut values, &Stop::default()).unwrap();
            let mut x: Vec<f64> = (0..n).map(|at| node[at] as f64).collect();
            solve_lower(&layout, &values, 1, &mut x);
            solve_lower_transposed(&layout, &values, 1, &mut x);
            let mut w = vec![0.0; layout.n_values];
            inverse(&layout, &values, &mut w, &Stop::default()).unwrap();
            let mut diagonal = vec![0.0; n];
            for panel in &layout.panels {
                for j in 0..panel.cols {
                    diagonal[node[panel.first + j]] = w[panel.offset + j * panel.height() + j];
                }
            }
            let solution: Vec<f64> = (0..n).map(|k| x[layout.start[k]]).collect();
            answers.push((logdet, solution, diagonal));
        }
        assert!((answers[0].0 - answers[1].0).abs() < 1e-12);
        for k in 0..n {
            assert!((answers[0].1[k] - answers[1].1[k]).abs() < 1e-12);
            assert!((answers[0].2[k] - answers[1].2[k]).abs() < 1e-12);
        }
    }
}
