//! Densities in two parts, so that a Newton step on the mean skips what the mean does not enter.

use crate::observation::jet::{Jet, Number};
use crate::observation::{Density, Derivatives, Jetted, Need, Observation, Row, Rows};

/// A log density as a part with the mean (channel 0) and a part without it.
pub trait Parts: Send + Sync {
    /// Number of linear predictors (K), at most 4.
    fn channels(&self) -> usize;

    /// Terms of the response alone.
    fn constant(&self, row: Row) -> f64;

    /// Terms that vary with the mean; `eta` (K,).
    fn with_mean<N: Number>(&self, row: Row, eta: &[N]) -> N;

    /// Terms of the other channels; `eta` (K,).
    fn without_mean<N: Number>(&self, row: Row, eta: &[N]) -> N;
}

impl<D: Parts> Density for D {
    fn channels(&self) -> usize {
        Parts::channels(self)
    }

    fn constant(&self, row: Row) -> f64 {
        Parts::constant(self, row)
    }

    #[inline]
    fn log_density<N: Number>(&self, row: Row, eta: &[N]) -> N {
        let varying = self.with_mean(row, eta);
        if varying.value() == f64::NEG_INFINITY {
            return N::constant(f64::NEG_INFINITY);
        }
        varying + self.without_mean(row, eta)
    }
}

/// `Parts` as an observation model.
///
/// A Newton step on the mean alone has a value without the terms that it cannot change.
pub struct ByParts<D>(Jetted<D>);

impl<D: Parts> ByParts<D> {
    /// An observation model of a density in parts.
    pub fn new(density: D) -> Self {
        Self(Jetted(density))
    }

    fn newton(&self, rows: &Rows<'_>, eta: &[f64], out: &mut Derivatives) {
        let (n, channels) = (rows.y.len(), Parts::channels(&self.0.0));
        out.resize(n, channels, 1);
        let mut point = [Jet::<1, 3>::constant(0.0); 4];
        for i in 0..n {
            point[0] = Jet::variable(eta[i], 0);
            (1..channels).for_each(|k| point[k] = Jet::constant(eta[k * n + i]));
            let jet = self.0.0.with_mean(rows.row(i), &point[..channels]);
            let weight = rows.weight(i);
            out.value[i] = weight * jet.value();
            out.first[i] = weight * jet.d1(0);
            out.second[i] = weight * jet.d2(0, 0);
        }
    }
}

impl<D: Parts> Observation for ByParts<D> {
    fn channels(&self) -> usize {
        Parts::channels(&self.0.0)
    }

    fn constant(&self, row: Row) -> f64 {
        Parts::constant(&self.0.0, row)
    }

    fn evaluate(
        &self,
        rows: &Rows<'_>,
        eta: &[f64],
        active: usize,
        need: Need,
        out: &mut Derivatives,
    ) {
        if need == Need::Newton && active == 1 {
            self.newton(rows, eta, out);
        } else {
            self.0.evaluate(rows, eta, active, need, out);
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A model whose Newton steps have whole values, as `checks` compares them: what they leave
    /// out must not depend on the mean.
    pub struct Whole(pub Box<dyn Observation>);

    impl Observation for Whole {
        fn channels(&self) -> usize {
            self.0.channels()
        }

        fn constant(&self, row: Row) -> f64 {
            self.0.constant(row)
        }

        fn evaluate(
            &self,
            rows: &Rows<'_>,
            eta: &[f64],
            active: usize,
            need: Need,
            out: &mut Derivatives,
        ) {
            self.0.evaluate(rows, eta, active, need, out);
            if need != Need::Newton {
                return;
            }
            let n = rows.y.len();
            let mut moved = eta.to_vec();
            moved[..n].iter_mut().for_each(|e| *e += 1e-3);
            let values = |eta: &[f64], need: Need| {
                let mut out = Derivatives::default();
                self.0.evaluate(rows, eta, active, need, &mut out);
                out.value
            };
            let newton = values(&moved, Need::Newton);
            let (here, there) = (values(eta, Need::Value), values(&moved, Need::Value));
            for i in 0..n {
                let left_out = [here[i] - out.value[i], there[i] - newton[i]];
                let scale = here[i].abs() + there[i].abs() + left_out[0].abs() + 1.0;
                let is_same = (left_out[0] - left_out[1]).abs() <= 1e-13 * scale;
                assert!(is_same || !scale.is_finite(), "{left_out:?} {:?}", &eta[..n]);
            }
            out.value = here;
        }
    }
}
