//! Categories with log probabilities linear in the channels: log P(y) = eta't_y - log sum e^(eta't).
//!
//! The derivatives are moments of the statistics t: t_y - E t, minus their covariance, minus their
//! third central moment. Adjacent and multinomial are two tables of t. Theory (29).

use crate::observation::{Derivatives, Need, Observation, Row, Rows};

/// See the module: `table` (J, K) has a category's statistics as a row.
pub struct Softmax {
    table: Vec<f64>,
    channels: usize,
}

/// What is known at one row: probabilities (J,) and statistics less their means (J, K).
struct State {
    scores: Vec<f64>,
    p: Vec<f64>,
    centred: Vec<f64>,
}

impl Softmax {
    /// A model of `categories` from statistic(category, channel).
    pub fn new(
        categories: usize,
        channels: usize,
        statistic: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let pairs = (0..categories).flat_map(|j| (0..channels).map(move |k| (j, k)));
        Self { table: pairs.map(|(j, k)| statistic(j, k)).collect(), channels }
    }

    fn categories(&self) -> usize {
        self.table.len() / self.channels.max(1)
    }

    fn state(&self) -> State {
        let categories = self.categories();
        State {
            scores: vec![0.0; categories],
            p: vec![0.0; categories],
            centred: vec![0.0; self.table.len()],
        }
    }

    /// log P(category `y`) of row `i`; leaves the probabilities in `state`.
    fn probabilities(&self, eta: &[f64], n: usize, i: usize, y: usize, state: &mut State) -> f64 {
        let statistics = self.table.chunks_exact(self.channels);
        let mut top = 0;
        for (j, t) in statistics.enumerate() {
            state.scores[j] = t.iter().enumerate().map(|(k, t)| t * eta[k * n + i]).sum();
            if state.scores[j] > state.scores[top] {
                top = j;
            }
        }
        let highest = state.scores[top];
        let mut others = 0.0;
        for (j, (p, score)) in state.p.iter_mut().zip(&state.scores).enumerate() {
            *p = if j == top { 1.0 } else { (score - highest).exp() };
            others += if j == top { 0.0 } else { *p };
        }
        let inverse = 1.0 / (1.0 + others);
        state.p.iter_mut().for_each(|p| *p *= inverse);
        (state.scores[y] - highest) - others.ln_1p()
    }

    /// First derivative by channel `k`: summed over the other categories, so that it is precise
    /// where `y` is nearly certain.
    fn first(&self, y: usize, k: usize, p: &[f64]) -> f64 {
        let own = self.table[y * self.channels + k];
        let terms = p.iter().zip(self.table.iter().skip(k).step_by(self.channels));
        terms.map(|(p, t)| p * (own - t)).sum()
    }

    fn centre(&self, state: &mut State) {
        for k in 0..self.channels {
            let column = || self.table.iter().skip(k).step_by(self.channels);
            let mean: f64 = state.p.iter().zip(column()).map(|(p, t)| p * t).sum();
            let centred = state.centred.iter_mut().skip(k).step_by(self.channels);
            centred.zip(column()).for_each(|(c, t)| *c = t - mean);
        }
    }
}

impl State {
    /// Sum over the categories of p f(centred statistics).
    #[inline(always)]
    fn moment(&self, channels: usize, f: impl Fn(&[f64]) -> f64) -> f64 {
        self.p.iter().zip(self.centred.chunks_exact(channels)).map(|(p, c)| p * f(c)).sum()
    }
}

impl Observation for Softmax {
    fn channels(&self) -> usize {
        self.channels
    }

    fn constant(&self, _row: Row) -> f64 {
        0.0
    }

    fn evaluate(
        &self,
        rows: &Rows<'_>,
        eta: &[f64],
        active: usize,
        need: Need,
        out: &mut Derivatives,
    ) {
        let (n, channels) = (rows.y.len(), self.channels);
        out.resize(n, channels, active);
        let mut state = self.state();
        for i in 0..n {
            let (y, weight) = (rows.y[i] as usize, rows.weight(i));
            out.value[i] = weight * self.probabilities(eta, n, i, y, &mut state);
            if need == Need::Value {
                continue;
            }
            let (rows, columns) = match need {
                Need::Newton => (active, active),
                Need::Gradient => (channels, active),
                _ => (channels, channels),
            };
            self.centre(&mut state);
            for k in 0..rows {
                out.first[k * n + i] = weight * self.first(y, k, &state.p);
                for l in 0..columns {
                    let covariance = state.moment(channels, |c| c[k] * c[l]);
                    out.second[(k * channels + l) * n + i] = -weight * covariance;
                }
            }
            if need == Need::Gradient {
                self.third(&state, weight, i, out);
            }
        }
    }
}

impl Softmax {
    fn third(&self, state: &State, weight: f64, i: usize, out: &mut Derivatives) {
        let (n, active) = (out.n, out.active);
        for k in 0..self.channels {
            for l in 0..active {
                for m in 0..=l {
                    let moment = -weight * state.moment(self.channels, |c| c[k] * (c[l] * c[m]));
                    out.third[((k * active + l) * active + m) * n + i] = moment;
                    out.third[((k * active + m) * active + l) * n + i] = moment;
                }
            }
        }
    }
}
