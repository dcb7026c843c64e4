//! Starting values: coefficients as if there were no random effects, standard deviations by moments.

use crate::chunk::Chunk;
use crate::crossprod::CrossProducts;
use crate::error::{CoreError, CoreResult};
use crate::generalized::Marginal;
use crate::generalized::data::Data;
use crate::generalized::groups::Groups;
use crate::minimise::{self, Evaluation, Problem, Settings};
use crate::observation::{Derivatives, Need, Observation};
use crate::rank;
use crate::stop::Stop;
use std::sync::Arc;

/// Rows that are enough for starting values.
const ROWS: usize = 20_000;
/// Steps of the search for coefficients; it need not converge.
const STEPS: usize = 30;
/// Newton decrement at which they are near enough to start from.
const NEAR: f64 = 1e-4;

/// The model without random effects, whose curvature is known.
struct Plain<'a> {
    groups: Groups,
    free: &'a [usize],
    full: Vec<f64>,
}

impl Plain<'_> {
    fn place(&mut self, x: &[f64]) {
        self.free.iter().zip(x).for_each(|(i, v)| self.full[*i] = *v);
    }
}

impl Problem for Plain<'_> {
    fn evaluate(&mut self, x: &[f64]) -> CoreResult<Evaluation> {
        self.place(x);
        let full = self.full.clone();
        let at = self.groups.evaluate(&full, &[])?;
        if !at.value.is_finite() {
            return Err(CoreError::NotPositiveDefinite { index: 0 });
        }
        let information = self.groups.information(&full, &[])?.coefficients;
        let p = full.len();
        let pairs = self.free.iter().flat_map(|i| self.free.iter().map(move |j| (i, j)));
        let curvature = pairs.map(|(i, j)| 2.0 * information[i * p + j]).collect();
        let gradient = self.free.iter().map(|i| at.coefficients[*i]).collect();
        Ok(Evaluation { value: at.value, gradient, curvature })
    }

    fn value(&mut self, x: &[f64]) -> CoreResult<f64> {
        self.place(x);
        let full = self.full.clone();
        Ok(self.groups.evaluate(&full, &[])?.value)
    }

    fn may_vanish(&self, _: usize) -> bool {
        false
    }
}

/// Coefficients of the model without random effects, from `first` (P,), `free` ones only, on a
/// sample of the rows if there are many.
///
/// # Errors
/// `NotPositiveDefinite` when the density vanishes at `first`; `Interrupted`.
pub fn coefficients(
    data: &Data,
    model: &Arc<dyn Observation>,
    first: &[f64],
    free: &[usize],
    stop: &Stop,
) -> CoreResult<Vec<f64>> {
    let step = (data.n / ROWS).max(1);
    let rows: Vec<u32> = (0..data.n as u32).step_by(step).collect();
    let part = data.fixed_subset(&rows);
    let groups = Groups::new(part, Arc::clone(model), None, stop.clone());
    let mut plain = Plain { groups, free, full: first.to_vec() };
    let k = free.len();
    let full = first.to_vec();
    let information = plain.groups.evaluate(&full, &[]).and_then(|at| {
        if at.value.is_finite() {
            plain.groups.information(&full, &[])
        } else {
            Err(CoreError::NotPositiveDefinite { index: 0 })
        }
    })?;
    let p = first.len();
    let scale = free.iter().map(|i| size(information.coefficients[i * p + i])).collect();
    let limits = (vec![f64::NEG_INFINITY; k], vec![f64::INFINITY; k]);
    let mut settings = Settings::new(STEPS, NEAR, limits, scale);
    (settings.memory, settings.radius) = (0, Some((data.n.min(ROWS) as f64).sqrt()));
    let start: Vec<f64> = free.iter().map(|i| first[*i]).collect();
    let outcome = minimise::minimise_problem(&mut plain, &start, &settings)?;
    plain.place(&outcome.theta);
    Ok(plain.full)
}

/// A positive unit for a coordinate, from its curvature.
pub(crate) fn size(curvature: f64) -> f64 {
    let size = curvature.abs().sqrt();
    if size.is_finite() && size > 0.0 { size } else { 1.0 }
}

/// Standard deviations of the random effects by block (r,), from the scores of the groups at
/// effects of zero: E (Z's)^2 = Z'WZ + (Z'WZ)^2 variance.
pub fn std_devs(data: &Data, model: &dyn Observation, coefficients: &[f64]) -> Vec<Vec<f64>> {
    let mut sums: Vec<(Vec<f64>, Vec<f64>)> = data
        .blocks
        .iter()
        .map(|b| (vec![0.0; b.n_groups * b.r()], vec![0.0; b.n_groups * b.r()]))
        .collect();
    let k = data.channels.len();
    let (mut eta, mut d) = (Vec::new(), Derivatives::default());
    for start in (0..data.n).step_by(2_048) {
        let range = start..(start + 2_048).min(data.n);
        let len = range.len();
        eta.resize(k * len, 0.0);
        data.fixed_eta(range.clone(), coefficients, &mut eta);
        model.evaluate(
            &data.rows(range.clone()),
            &eta[..k * len],
            data.active,
            Need::Newton,
            &mut d,
        );
        for (block, (scores, grams)) in data.blocks.iter().zip(&mut sums) {
            let r = block.r();
            for member in &block.members {
                for a in 0..r {
                    let channel = block.channels[a];
                    let z = &data.columns[block.columns[a]][range.clone()];
                    for i in 0..len {
                        let share = member.weights.get(range.start + i).copied().unwrap_or(1.0);
                        let z = z[i] * share;
                        let at = member.codes[range.start + i] as usize * r + a;
                        scores[at] += z * d.d1(channel, i);
                        grams[at] -= z * z * d.d2(channel, channel, i);
                    }
                }
            }
        }
    }
    data.blocks
        .iter()
        .zip(&sums)
        .map(|(block, (scores, grams))| {
            let r = block.r();
            let of = |values: &[f64], a: usize| values.iter().skip(a).step_by(r).copied().collect();
            let square = |a: usize| {
                let column = &data.columns[block.columns[a]];
                column.iter().map(|z| z * z).sum::<f64>() / data.n.max(1) as f64
            };
            (0..r).map(|a| moment(of(scores, a), of(grams, a), square(a), data.n)).collect()
        })
        .collect()
}

/// Largest standard deviation of an effect on a row to start from: on the link scale, or in
/// standard deviations of what a row says about its linear predictor if those are larger.
const LARGEST: f64 = 2.0;

/// Kept away from zero (a reliability of about a tenth) and from effects on a row that are large;
/// `square` is the mean square of the column.
fn moment(scores: Vec<f64>, grams: Vec<f64>, square: f64, n: usize) -> f64 {
    let finite = |v: &f64| if v.is_finite() { v.max(0.0) } else { 0.0 };
    let grams: Vec<f64> = grams.iter().map(finite).collect();
    let squares: f64 = scores.iter().filter(|s| s.is_finite()).map(|s| s * s).sum();
    let (total, sum) = (grams.iter().sum::<f64>(), grams.iter().map(|g| g * g).sum::<f64>());
    let per_row = total / (n.max(1) as f64 * square);
    let unit = if per_row > 0.0 { (1.0 / per_row).sqrt().max(1.0) } else { 1.0 };
    let ceiling = LARGEST * unit / square.sqrt();
    if total <= 0.0 || sum <= 0.0 || !ceiling.is_finite() {
        return if ceiling.is_finite() { 0.5 * ceiling } else { 1.0 };
    }
    let floor = (0.1 * grams.len() as f64 / total).sqrt().min(ceiling);
    ((squares - total) / sum).max(0.0).sqrt().clamp(floor, ceiling)
}

/// Which of some columns are estimable together: indices into `columns`. `intercept` is the place
/// of the column of ones among them.
///
/// # Errors
/// Values that are not finite or too large to be squared.
pub fn estimable(
    data: &Data,
    columns: &[usize],
    intercept: Option<usize>,
    stop: &Stop,
) -> CoreResult<Vec<usize>> {
    let chunk = Chunk {
        n: data.n,
        columns: data.columns.iter().map(Vec::as_slice).chain([data.y.as_slice()]).collect(),
        fixed: columns.to_vec(),
        response: data.columns.len(),
        blocks: Vec::new(),
        weights: None,
        intercept,
        stop: stop.clone(),
    };
    Ok(rank::estimable(&CrossProducts::from_chunk(&chunk, None)?))
}
