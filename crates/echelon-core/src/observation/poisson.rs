//! Poisson counts: log f = y log(mean) - mean - log y!. Theory (24).

use crate::observation::jet::Number;
use crate::observation::means::{MeanLink, exp};
use crate::observation::negative_binomial::Count;
use crate::observation::parts::{ByParts, Parts};
use crate::observation::rows::{BLOCK, part};
use crate::observation::{Derivatives, Need, Observation, Row, Rows};

/// Poisson with any link.
#[derive(Clone, Copy)]
pub struct Poisson {
    pub link: MeanLink,
}

impl Poisson {
    /// The observation model of a link; the log link has its own loops.
    pub fn observation(link: MeanLink) -> Box<dyn Observation> {
        match link {
            MeanLink::Log => Box::new(PoissonLog),
            _ => Box::new(ByParts::new(Self { link })),
        }
    }
}

impl Parts for Poisson {
    fn channels(&self) -> usize {
        1
    }

    fn constant(&self, row: Row) -> f64 {
        -libm::lgamma(row.y + 1.0)
    }

    #[inline]
    fn with_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        if !self.link.allows(eta[0].value()) {
            return N::constant(f64::NEG_INFINITY);
        }
        let mean = self.link.mean(eta[0]);
        if row.y == 0.0 { -mean } else { self.link.ln_mean(eta[0]) * row.y - mean }
    }

    #[inline]
    fn without_mean<N: Number>(&self, _row: Row, _eta: &[N]) -> N {
        N::constant(0.0)
    }
}

impl Count for Poisson {
    fn allows(&self, eta: f64) -> bool {
        self.link.allows(eta)
    }

    #[inline]
    fn ln_minus_ln_zero<N: Number>(&self, eta: &[N]) -> N {
        self.link.ln_mean(eta[0])
    }
}

/// Poisson with log link, one exponential a row and no branch.
pub struct PoissonLog;

impl Observation for PoissonLog {
    fn channels(&self) -> usize {
        1
    }

    fn constant(&self, row: Row) -> f64 {
        -libm::lgamma(row.y + 1.0)
    }

    fn evaluate(
        &self,
        rows: &Rows<'_>,
        eta: &[f64],
        active: usize,
        need: Need,
        out: &mut Derivatives,
    ) {
        out.resize(rows.y.len(), 1, active);
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || blocks(rows, eta, need, out),
        );
        if need == Need::Gradient && active == 1 {
            out.third.copy_from_slice(&out.second);
        }
    }
}

/// Rows in blocks that stay in the nearest cache.
#[inline(always)]
fn blocks(rows: &Rows<'_>, eta: &[f64], need: Need, out: &mut Derivatives) {
    let n = rows.y.len();
    for from in (0..n).step_by(BLOCK) {
        let to = n.min(from + BLOCK);
        let (y, eta) = (&rows.y[from..to], &eta[from..to]);
        let (weights, value) = (part(rows.weights, from, to), &mut out.value[from..to]);
        if need == Need::Value {
            for i in 0..y.len() {
                value[i] = weights[i] * (y[i] * eta[i] - exp(eta[i]));
            }
            continue;
        }
        let (first, second) = (&mut out.first[from..to], &mut out.second[from..to]);
        for i in 0..y.len() {
            let mean = exp(eta[i]);
            value[i] = weights[i] * (y[i] * eta[i] - mean);
            first[i] = weights[i] * (y[i] - mean);
            second[i] = -weights[i] * mean;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::{density, derivatives, far, grid, numbers, weights};
    use crate::observation::parts::tests::Whole;

    const LINKS: [MeanLink; 3] = [MeanLink::Log, MeanLink::Sqrt, MeanLink::Identity];

    #[test]
    fn derivatives_match_differences() {
        for link in LINKS {
            let model = Whole(Poisson::observation(link));
            for y in [0.0, 1.0, 7.0, 1e8] {
                let row = Row { y, trials: 1.0 };
                for eta in grid().into_iter().filter(|e| link == MeanLink::Log || *e > 0.02) {
                    derivatives(&model, row, &[eta], 1);
                }
                far().iter().for_each(|eta| numbers(&model, row, &[*eta], 1));
            }
            weights(&model, 3.0, 1.0, &[0.7], 1);
        }
    }

    #[test]
    fn probabilities_sum_to_one() {
        for link in LINKS {
            let model = Poisson::observation(link);
            let each = |y| density(&*model, Row { y: f64::from(y), trials: 1.0 }, &[1.3]);
            assert!(((0..60).map(each).sum::<f64>() - 1.0).abs() < 1e-13);
        }
        let outside =
            density(&*Poisson::observation(LINKS[2]), Row { y: 0.0, trials: 1.0 }, &[-1.0]);
        assert!(outside == 0.0);
    }
}
