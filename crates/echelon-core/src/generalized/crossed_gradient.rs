//! Criterion, gradient and information of a model with several factors, at its modes. Theory (25).

use crate::error::CoreResult;
use crate::generalized::crossed::Crossed;
use crate::generalized::data::Data;
use crate::generalized::pattern::Blocks;
use crate::generalized::{Evaluated, Information, Marginal};
use crate::observation::{Derivatives, Need};
use std::borrow::Cow;
use std::ops::Range;

impl Marginal for Crossed {
    fn evaluate(&mut self, coefficients: &[f64], lambdas: &[Vec<f64>]) -> CoreResult<Evaluated> {
        let (height, logdet) = self.find_modes(coefficients, lambdas, Need::Gradient)?;
        let omega = self.invert(lambdas)?;
        // c = -third . (rows' quadratic forms of Omega), kept in the place of the third derivatives.
        self.on_rows(|own, segment, d| own.log_determinant_slopes(segment, &omega, d));
        let zc = self.scattered(|d, _| Cow::Borrowed(&d.third))?;
        let mut q = self.to_spherical(&zc, lambdas);
        self.system.solve(&mut q);
        let e = self.effects(&q, lambdas);
        self.on_rows(|own, segment, d| own.fill_slopes(segment, &e, d));
        let za = self.scattered(|d, _| Cow::Borrowed(&d.third))?;
        let mut sums = vec![0.0; coefficients.len()];
        for (segment, d) in self.segments.iter().zip(&self.rows) {
            self.data.add_products(segment.clone(), &d.third, &mut sums);
        }
        let mut n = self.of_logdet(lambdas);
        for (k, (_, r)) in self.pattern.sizes.iter().enumerate() {
            for j in 0..self.pattern.sizes[k].0 {
                let at = j * r..(j + 1) * r;
                let (za, zs) = (&za[k][at.clone()], &self.scores[k][at.clone()]);
                let (u, q) = (&self.u[k][at.clone()], &q[k][at]);
                for a in 0..*r {
                    for b in 0..*r {
                        n[k][a * r + b] += za[a] * u[b] + zs[a] * q[b];
                    }
                }
            }
        }
        Ok(Evaluated { value: logdet - 2.0 * height, coefficients: sums, lambdas: n })
    }

    fn information(
        &mut self,
        coefficients: &[f64],
        lambdas: &[Vec<f64>],
    ) -> CoreResult<Information> {
        self.find_modes(coefficients, lambdas, Need::Information)?;
        let mut inverse = std::mem::take(&mut self.inverse);
        let result = self.system.inverse(&mut inverse);
        self.inverse = inverse;
        result?;
        let p = coefficients.len();
        let mut sums = vec![0.0; p * p];
        for (segment, d) in self.segments.iter().zip(&self.rows) {
            self.add_information(segment.clone(), d, &mut sums);
        }
        // Less X'WZ Lambda M^-1 Lambda'Z'WX: the scores of moving the effects by a column.
        for c in 0..p {
            let b = self.move_of(c, lambdas)?;
            let column = self.times_cross(&b, p);
            (0..p).for_each(|x| sums[x * p + c] -= column[x]);
        }
        let shares = self.pattern.sizes.iter().zip(&self.inverse.diagonal);
        let shares = shares
            .map(|((_, r), values)| {
                let mut share: Vec<f64> = values.iter().map(|v| -v).collect();
                for block in share.chunks_exact_mut(r * r) {
                    (0..*r).for_each(|a| block[a * r + a] += 1.0);
                }
                share
            })
            .collect();
        Ok(Information { coefficients: sums, shares })
    }

    fn modes(&self) -> Vec<Vec<f64>> {
        self.u.clone()
    }

    fn set_modes(&mut self, modes: &[Vec<f64>]) {
        self.u = modes.to_vec();
    }

    fn data(&self) -> &Data {
        &self.data
    }
}

impl Crossed {
    /// M^-1 and Omega = Lambda M^-1 Lambda' on the pattern.
    pub(crate) fn invert(&mut self, lambdas: &[Vec<f64>]) -> CoreResult<Blocks> {
        let mut inverse = std::mem::take(&mut self.inverse);
        let result = self.system.inverse(&mut inverse);
        self.inverse = inverse;
        result?;
        let mut omega = self.inverse.clone();
        for (k, (_, r)) in self.pattern.sizes.iter().enumerate() {
            sandwich(&lambdas[k], &lambdas[k], *r, *r, &mut omega.diagonal[k]);
        }
        for (pair, values) in self.pattern.pairs.iter().zip(&mut omega.pairs) {
            let (r1, r2) = (self.pattern.sizes[pair.first].1, self.pattern.sizes[pair.second].1);
            sandwich(&lambdas[pair.first], &lambdas[pair.second], r1, r2, values);
        }
        Ok(omega)
    }

    /// 2 Z'WZ Lambda M^-1, the derivative of log|M| by Lambda at fixed Z'WZ.
    fn of_logdet(&self, lambdas: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut n: Vec<Vec<f64>> = lambdas.iter().map(|l| vec![0.0; l.len()]).collect();
        for (k, (_, r)) in self.pattern.sizes.iter().enumerate() {
            let size = r * r;
            let pairs = self.gram.diagonal[k].chunks_exact(size);
            for (a, v) in pairs.zip(self.inverse.diagonal[k].chunks_exact(size)) {
                add_product(a, &lambdas[k], v, (*r, *r, *r), false, &mut n[k]);
            }
        }
        for (which, pair) in self.pattern.pairs.iter().enumerate() {
            let (k, l) = (pair.first, pair.second);
            let (r1, r2) = (self.pattern.sizes[k].1, self.pattern.sizes[l].1);
            let (a, v) = (&self.gram.pairs[which], &self.inverse.pairs[which]);
            if r1 == 1 && r2 == 1 {
                let sum = 2.0 * crate::crossprod::dot(a, v);
                n[k][0] += sum * lambdas[l][0];
                n[l][0] += sum * lambdas[k][0];
                continue;
            }
            for (a, v) in a.chunks_exact(r1 * r2).zip(v.chunks_exact(r1 * r2)) {
                // A_kl Lambda_l V_lk into k, A_lk Lambda_k V_kl into l.
                add_product(a, &lambdas[l], v, (r1, r2, r2), true, &mut n[k]);
                add_turned(a, &lambdas[k], v, (r1, r2), &mut n[l]);
            }
        }
        n
    }

    /// Replaces the third derivatives by c, (K, rows), from the quadratic forms of Omega.
    fn log_determinant_slopes(&self, segment: Range<usize>, omega: &Blocks, d: &mut Derivatives) {
        let (k, active, len) = (d.channels, d.active, segment.len());
        let pairs = active * active;
        let mut h = vec![0.0; pairs * len];
        self.sums().quadratic_forms(segment, omega, &mut h);
        let mut c = vec![0.0; k * len];
        for channel in 0..k {
            for pair in 0..pairs {
                let third = &d.third[(channel * pairs + pair) * len..][..len];
                let target = &mut c[channel * len..(channel + 1) * len];
                let both = third.iter().zip(&h[pair * len..(pair + 1) * len]);
                target.iter_mut().zip(both).for_each(|(t, (d, h))| *t -= d * h);
            }
        }
        d.third = c;
    }

    /// Replaces c by a = -2 score + c - W e, the derivative by the rows' linear predictors.
    fn fill_slopes(&self, segment: Range<usize>, e: &[Vec<f64>], d: &mut Derivatives) {
        let (k, active, len) = (d.channels, d.active, segment.len());
        let mut moved = vec![0.0; k * len];
        self.sums().add_random(segment, e, &mut moved);
        for channel in 0..k {
            let target = &mut d.third[channel * len..(channel + 1) * len];
            let first = &d.first[channel * len..(channel + 1) * len];
            target.iter_mut().zip(first).for_each(|(t, s)| *t -= 2.0 * s);
            for other in 0..active {
                let second = &d.second[(channel * k + other) * len..][..len];
                let both = second.iter().zip(&moved[other * len..(other + 1) * len]);
                target.iter_mut().zip(both).for_each(|(t, (w, e))| *t += w * e);
            }
        }
    }

    /// Adds X'WX of a segment.
    fn add_information(&self, segment: Range<usize>, d: &Derivatives, sums: &mut [f64]) {
        let (k, len, p) = (d.channels, segment.len(), self.data.n_coefficients);
        for (c, first) in self.data.channels.iter().enumerate() {
            for (e, second) in self.data.channels.iter().enumerate() {
                let w = &d.second[(c * k + e) * len..][..len];
                for left in &first.parts {
                    let x = &self.data.columns[left.column][segment.clone()];
                    let wx: Vec<f64> = w.iter().zip(x).map(|(w, x)| w * x).collect();
                    for right in &second.parts {
                        let y = &self.data.columns[right.column][segment.clone()];
                        sums[left.coefficient * p + right.coefficient] -=
                            left.factor * right.factor * crate::crossprod::dot(&wx, y);
                    }
                }
            }
        }
    }

    /// X'WZ b, (P,).
    fn times_cross(&self, b: &[Vec<f64>], p: usize) -> Vec<f64> {
        let mut sums = vec![0.0; p];
        for (segment, d) in self.segments.iter().zip(&self.rows) {
            let (k, active, len) = (d.channels, d.active, segment.len());
            let mut moved = vec![0.0; k * len];
            self.sums().add_random(segment.clone(), b, &mut moved);
            let mut weighted = vec![0.0; k * len];
            for channel in 0..k {
                for other in 0..active {
                    let second = &d.second[(channel * k + other) * len..][..len];
                    let both = second.iter().zip(&moved[other * len..(other + 1) * len]);
                    let target = &mut weighted[channel * len..(channel + 1) * len];
                    target.iter_mut().zip(both).for_each(|(t, (w, e))| *t -= w * e);
                }
            }
            self.data.add_products(segment.clone(), &weighted, &mut sums);
        }
        sums
    }
}

/// Every block B := left B right'.
fn sandwich(left: &[f64], right: &[f64], r1: usize, r2: usize, values: &mut [f64]) {
    if r1 == 1 && r2 == 1 {
        let factor = left[0] * right[0];
        values.iter_mut().for_each(|v| *v *= factor);
        return;
    }
    let mut half = vec![0.0; r1 * r2];
    for block in values.chunks_exact_mut(r1 * r2) {
        for i in 0..r1 {
            for k in 0..r2 {
                half[i * r2 + k] = (0..=i).map(|a| left[i * r1 + a] * block[a * r2 + k]).sum();
            }
        }
        for i in 0..r1 {
            for k in 0..r2 {
                block[i * r2 + k] = (0..=k).map(|b| half[i * r2 + b] * right[k * r2 + b]).sum();
            }
        }
    }
}

/// n (r1, r1) += 2 a (r1, r2) lambda (r2, r2) v, where v is (r2, r1), or (r1, r2) if turned.
fn add_product(
    a: &[f64],
    lambda: &[f64],
    v: &[f64],
    (r1, r2, width): (usize, usize, usize),
    is_turned: bool,
    n: &mut [f64],
) {
    for i in 0..r1 {
        for b in 0..r2 {
            let left: f64 = (b..width).map(|k| a[i * r2 + k] * lambda[k * r2 + b]).sum();
            for j in 0..r1 {
                let right = if is_turned { v[j * r2 + b] } else { v[b * r1 + j] };
                n[i * r1 + j] += 2.0 * left * right;
            }
        }
    }
}

/// n (r2, r2) += 2 a' lambda (r1, r1) v for a, v (r1, r2).
fn add_turned(a: &[f64], lambda: &[f64], v: &[f64], (r1, r2): (usize, usize), n: &mut [f64]) {
    for i in 0..r2 {
        for b in 0..r1 {
            let left: f64 = (b..r1).map(|k| a[k * r2 + i] * lambda[k * r1 + b]).sum();
            for j in 0..r2 {
                n[i * r2 + j] += 2.0 * left * v[b * r2 + j];
            }
        }
    }
}
