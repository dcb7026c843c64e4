//! The conditional mode of one group: Newton on its spherical random effects. Theory (25).

use crate::error::{CoreError, CoreResult};
use crate::observation::{Derivatives, Need, Observation, Rows};
use crate::small;

/// Newton decrement before the last step: convergence is quadratic, so after it the error is about
/// the square of this.
const CLOSE: f64 = 1e-9;
/// Steps and halvings before the search is given up.
const MOST_STEPS: usize = 200;

/// One group's rows, as its random effects see them.
pub(crate) struct Group<'a> {
    pub model: &'a dyn Observation,
    pub number: usize,
    pub rows: Rows<'a>,
    /// Columns of Z (r of m rows), or none for a column of ones.
    pub z: &'a [Option<&'a [f64]>],
    /// Channels that the columns enter.
    pub channels: &'a [usize],
    pub active: usize,
    pub lambda: &'a [f64],
}

/// Scratch of a group, and what the last evaluation left.
#[derive(Default)]
pub(crate) struct Scratch {
    /// Fixed parts of the linear predictors, and their sums with the random parts, (K, m).
    pub fixed: Vec<f64>,
    pub eta: Vec<f64>,
    pub d: Derivatives,
    pub b: Vec<f64>,
    /// Z's (r,), Z'WZ (r, r), the factor of M = Lambda'Z'WZ Lambda + I, and C = L^-1 Lambda'.
    pub g: Vec<f64>,
    pub gram: Vec<f64>,
    pub l: Vec<f64>,
    pub c: Vec<f64>,
    pub work: Vec<f64>,
    pub step: Vec<f64>,
    pub from: Vec<f64>,
    /// Room of `differentiate`: row-wise (K, m), (A, A, m), (A, m), and small matrices.
    pub rows: [Vec<f64>; 3],
    pub small: [Vec<f64>; 5],
}

impl Scratch {
    /// Room for r random effects.
    pub fn prepare(&mut self, r: usize) {
        for values in [&mut self.b, &mut self.g, &mut self.step, &mut self.from] {
            values.resize(r, 0.0);
        }
        for values in [&mut self.gram, &mut self.l, &mut self.c, &mut self.work] {
            values.resize(r * r, 0.0);
        }
        self.small.iter_mut().for_each(|values| values.resize(r * r, 0.0));
    }
}

impl Group<'_> {
    /// Random effects per group.
    pub fn r(&self) -> usize {
        self.channels.len()
    }

    /// Derivatives at spherical random effects `u`; returns log f(y | u) - |u|^2 / 2.
    pub fn evaluate(&self, u: &[f64], need: Need, s: &mut Scratch) -> f64 {
        let (r, m) = (self.r(), self.rows.y.len());
        small::apply(r, self.lambda, u, &mut s.b);
        s.eta.clear();
        s.eta.extend_from_slice(&s.fixed);
        for a in 0..r {
            let target = &mut s.eta[self.channels[a] * m..(self.channels[a] + 1) * m];
            let b = s.b[a];
            match self.z[a] {
                None => target.iter_mut().for_each(|t| *t += b),
                Some(z) => target.iter_mut().zip(z).for_each(|(t, z)| *t += b * z),
            }
        }
        self.model.evaluate(&self.rows, &s.eta, self.active, need, &mut s.d);
        let penalty: f64 = u.iter().map(|v| v * v).sum();
        weighted_sum(&s.d.value[..m], None, None) - 0.5 * penalty
    }

    /// Z's and Z'WZ from the derivatives.
    pub fn moments(&self, s: &mut Scratch) {
        let (r, m, k) = (self.r(), self.rows.y.len(), s.d.channels);
        for a in 0..r {
            let (ca, za) = (self.channels[a], self.z[a]);
            s.g[a] = weighted_sum(&s.d.first[ca * m..(ca + 1) * m], za, None);
            for b in 0..=a {
                let place = (ca * k + self.channels[b]) * m;
                let value = -weighted_sum(&s.d.second[place..place + m], za, self.z[b]);
                s.gram[a * r + b] = value;
                s.gram[b * r + a] = value;
            }
        }
    }

    /// Factors M, with `ridge` added to its diagonal; returns its log determinant.
    fn factor(&self, ridge: f64, s: &mut Scratch) -> CoreResult<f64> {
        let r = self.r();
        if ridge == 0.0 {
            return small::factor_level(r, self.lambda, &s.gram, &mut s.l, &mut s.c, &mut s.work);
        }
        small::multiply(r, &s.gram, self.lambda, &mut s.work);
        small::multiply_left_transposed(r, self.lambda, &s.work, &mut s.l);
        (0..r).for_each(|i| s.l[i * r + i] += 1.0 + ridge);
        small::cholesky(r, &mut s.l)?;
        Ok(0.0)
    }

    /// The Newton step into `s.step` and its decrement, with a ridge where M is not positive.
    fn newton(&self, u: &[f64], s: &mut Scratch) -> CoreResult<f64> {
        let r = self.r();
        let mut ridge = 0.0;
        while self.factor(ridge, s).is_err() {
            let size = s.gram.iter().fold(1.0f64, |m, v| m.max(v.abs()));
            ridge = if ridge == 0.0 { 1e-3 * size } else { 10.0 * ridge };
            if !ridge.is_finite() {
                return Err(CoreError::NotPositiveDefinite { index: self.number });
            }
        }
        small::apply_transposed(r, self.lambda, &s.g, &mut s.step);
        s.step.iter_mut().zip(u).for_each(|(g, u)| *g -= u);
        small::solve_lower_rows(r, 1, &s.l, &mut s.step);
        let decrement = s.step.iter().map(|v| v * v).sum();
        solve_lower_transposed(r, &s.l, &mut s.step);
        Ok(decrement)
    }

    /// Finds the mode from `u`, evaluates there with `need`, factors M; returns (value, log|M|).
    ///
    /// # Errors
    /// `NotPositiveDefinite` where there is no maximum, `NoMode` where none was found.
    pub fn find_mode(&self, u: &mut [f64], need: Need, s: &mut Scratch) -> CoreResult<(f64, f64)> {
        let r = self.r();
        let mut best = f64::NEG_INFINITY;
        let mut is_last = r == 0;
        for _ in 0..MOST_STEPS {
            let at = if is_last { need } else { Need::Newton };
            let value = self.evaluate(u, at, s);
            let slack = 1e-10 * (1.0 + best.abs());
            // The last value may have terms that Newton's leaves out: it is not compared.
            if !value.is_finite() || (!is_last && value < best - slack) {
                if best == f64::NEG_INFINITY {
                    if u.iter().all(|v| *v == 0.0) {
                        return Err(CoreError::NotPositiveDefinite { index: self.number });
                    }
                    u.fill(0.0);
                    continue;
                }
                s.step.iter_mut().for_each(|v| *v *= 0.5);
                is_last = false;
                if s.step.iter().map(|v| v * v).sum::<f64>() < 1e-24 {
                    // Rounding keeps the value from rising: this is the mode.
                    u.copy_from_slice(&s.from);
                    best = f64::NEG_INFINITY;
                    is_last = true;
                    continue;
                }
                for (u, (from, step)) in u.iter_mut().zip(s.from.iter().zip(&s.step)) {
                    *u = from + step;
                }
                continue;
            }
            self.moments(s);
            if is_last {
                let logdet = self.factor(0.0, s)?;
                return Ok((value, logdet));
            }
            let decrement = self.newton(u, s)?;
            best = value;
            is_last = decrement < CLOSE;
            s.from.copy_from_slice(u);
            u.iter_mut().zip(&s.step).for_each(|(u, step)| *u += step);
        }
        Err(CoreError::NoMode { group: self.number })
    }
}

/// Running sums that the compiler keeps in vector registers.
const LANES: usize = 4;

/// Sum of w z1 z2, where none stands for a column of ones.
#[inline(always)]
pub(crate) fn weighted_sum(w: &[f64], first: Option<&[f64]>, second: Option<&[f64]>) -> f64 {
    match (first, second) {
        (None, None) => {
            let mut sums = [0.0; LANES];
            let chunks = w.chunks_exact(LANES);
            let rest: f64 = chunks.remainder().iter().sum();
            for w in chunks {
                (0..LANES).for_each(|k| sums[k] += w[k]);
            }
            sums.iter().sum::<f64>() + rest
        }
        (Some(z), None) | (None, Some(z)) => {
            let mut sums = [0.0; LANES];
            let (left, right) = (w.chunks_exact(LANES), z.chunks_exact(LANES));
            let rest: f64 =
                left.remainder().iter().zip(right.remainder()).map(|(w, z)| w * z).sum();
            for (w, z) in left.zip(right) {
                (0..LANES).for_each(|k| sums[k] += w[k] * z[k]);
            }
            sums.iter().sum::<f64>() + rest
        }
        (Some(a), Some(b)) => {
            let mut sums = [0.0; LANES];
            let (left, right) = (w.chunks_exact(LANES), a.chunks_exact(LANES));
            let other = b.chunks_exact(LANES);
            let ends = right.remainder().iter().zip(other.remainder());
            let rest: f64 = left.remainder().iter().zip(ends).map(|(w, (a, b))| w * a * b).sum();
            for (w, (a, b)) in left.zip(right.zip(other)) {
                (0..LANES).for_each(|k| sums[k] += w[k] * a[k] * b[k]);
            }
            sums.iter().sum::<f64>() + rest
        }
    }
}

/// x := L^-T x.
#[inline(always)]
pub(crate) fn solve_lower_transposed(r: usize, l: &[f64], x: &mut [f64]) {
    for i in (0..r).rev() {
        let sum: f64 = (i + 1..r).map(|k| l[k * r + i] * x[k]).sum();
        x[i] = (x[i] - sum) / l[i * r + i];
    }
}
