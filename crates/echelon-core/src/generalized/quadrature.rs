//! Adaptive Gauss-Hermite quadrature of one group's likelihood, with its derivatives. Theory (26).
//!
//! Nodes are u = mode + L^-T z. What they depend on is passed back as adjoints: of the mode and of
//! M = L L'. One node at z = 0 is the Laplace approximation.

use crate::generalized::mode::{Group, Scratch, solve_lower_transposed};
use crate::generalized::nodes::Rule;
use crate::observation::Need;
use crate::small;

/// What the nodes of a group leave for the gradient of -2 log likelihood.
#[derive(Default)]
pub(crate) struct Adjoint {
    /// Of M, symmetric (r, r); the Laplace approximation has M^-1.
    pub m: Vec<f64>,
    /// Of the mode (r,), besides what M brings.
    pub mode: Vec<f64>,
    /// -2 sum of posterior weight times score, (K, m rows).
    pub scores: Vec<f64>,
    /// Derivative by Lambda from the nodes themselves, (r, r).
    pub lambda: Vec<f64>,
    values: Vec<f64>,
    at: Vec<f64>,
    firsts: Vec<f64>,
    u: Vec<f64>,
}

impl Adjoint {
    /// Integrates a group at its mode `u`, M factored in `s`; returns -2 log of the integral.
    pub fn integrate(
        &mut self,
        group: &Group<'_>,
        rule: &Rule,
        u: &[f64],
        logdet: f64,
        s: &mut Scratch,
    ) -> f64 {
        let (r, m) = (group.r(), group.rows.y.len());
        let k = group.model.channels();
        let need = if k == group.active { Need::Newton } else { Need::Information };
        self.values.clear();
        self.at.clear();
        self.firsts.clear();
        self.u.resize(r, 0.0);
        let l = s.l.clone();
        for (node, log_weight) in rule.log_weights.iter().enumerate() {
            let z = &rule.points[node * r..(node + 1) * r];
            self.u.copy_from_slice(z);
            solve_lower_transposed(r, &l, &mut self.u);
            self.u.iter_mut().zip(u).for_each(|(t, mode)| *t += mode);
            let height = group.evaluate(&self.u, need, s);
            let distance: f64 = z.iter().map(|v| v * v).sum();
            self.values.push(log_weight + height + 0.5 * distance);
            self.at.extend_from_slice(&self.u);
            self.firsts.extend_from_slice(&s.d.first[..k * m]);
        }
        let top = self.values.iter().fold(f64::NEG_INFINITY, |t, v| t.max(*v));
        let mut total = 0.0;
        for value in &mut self.values {
            *value = (*value - top).exp();
            total += *value;
        }
        self.values.iter_mut().for_each(|value| *value /= total);
        logdet - 2.0 * (top + total.ln())
    }

    /// Derivatives of what `integrate` gave, by everything the nodes depend on.
    pub fn differentiate(&mut self, group: &Group<'_>, rule: &Rule, l: &[f64], s: &mut Scratch) {
        let (r, m) = (group.r(), group.rows.y.len());
        let k = group.model.channels();
        for values in [&mut self.m, &mut self.lambda] {
            values.clear();
            values.resize(r * r, 0.0);
        }
        self.mode.clear();
        self.mode.resize(r, 0.0);
        self.scores.clear();
        self.scores.resize(k * m, 0.0);
        // Adjoint of L (lower triangle).
        let mut bar = vec![0.0; r * r];
        let (mut zs, mut h, mut t) = (vec![0.0; r], vec![0.0; r], vec![0.0; r]);
        for (node, weight) in self.values.iter().enumerate() {
            let first = &self.firsts[node * k * m..(node + 1) * k * m];
            let u = &self.at[node * r..(node + 1) * r];
            self.scores.iter_mut().zip(first).for_each(|(t, v)| *t -= 2.0 * weight * v);
            for a in 0..r {
                let scores = &first[group.channels[a] * m..(group.channels[a] + 1) * m];
                zs[a] = crate::generalized::mode::weighted_sum(scores, group.z[a], None);
            }
            small::apply_transposed(r, group.lambda, &zs, &mut h);
            h.iter_mut().zip(u).for_each(|(h, u)| *h -= u);
            t.copy_from_slice(&rule.points[node * r..(node + 1) * r]);
            solve_lower_transposed(r, l, &mut t);
            for a in 0..r {
                self.mode[a] -= 2.0 * weight * h[a];
                for b in 0..r {
                    self.lambda[a * r + b] -= 2.0 * weight * zs[a] * u[b];
                }
            }
            small::solve_lower_rows(r, 1, l, &mut h);
            for a in 0..r {
                for b in 0..=a {
                    bar[a * r + b] += 2.0 * weight * t[a] * h[b];
                }
            }
        }
        (0..r).for_each(|a| bar[a * r + a] += 2.0 / l[a * r + a]);
        self.of_cholesky(r, l, &bar, s);
    }

    /// Adjoint of M from that of its factor: L^-T Phi(L' bar) L^-1, made symmetric.
    fn of_cholesky(&mut self, r: usize, l: &[f64], bar: &[f64], s: &mut Scratch) {
        let phi = &mut s.work;
        small::multiply_left_transposed(r, l, bar, phi);
        for a in 0..r {
            phi[a * r + a] *= 0.5;
            phi[a * r + a + 1..(a + 1) * r].fill(0.0);
        }
        // Columns of Phi, then rows: X = L^-T Phi, then X L^-1 = (L^-T X')'.
        let mut column = vec![0.0; r];
        for _ in 0..2 {
            for b in 0..r {
                (0..r).for_each(|a| column[a] = phi[a * r + b]);
                solve_lower_transposed(r, l, &mut column);
                (0..r).for_each(|a| phi[a * r + b] = column[a]);
            }
            for a in 0..r {
                for b in 0..a {
                    phi.swap(a * r + b, b * r + a);
                }
            }
        }
        for a in 0..r {
            for b in 0..r {
                self.m[a * r + b] = 0.5 * (phi[a * r + b] + phi[b * r + a]);
            }
        }
    }
}
