//! Multinomial: P(j) proportional to e^eta_j of unordered categories, eta of the first being 0.
//!
//! Channels: one for each category but the first; any number of leading ones may be active.
//! Theory (29).

use crate::observation::softmax::Softmax;

/// The model of `categories` categories.
pub fn multinomial(categories: usize) -> Softmax {
    Softmax::new(categories, categories - 1, |j, k| f64::from(u8::from(j == k + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Row, checks};

    #[test]
    fn derivatives_match_differences_and_stay_numbers() {
        for (categories, active) in [(2, 1), (3, 2), (5, 4)] {
            let model = multinomial(categories);
            let others = [0.4, -0.7, 1.3];
            let eta = |x: f64| [&[x], &others[..categories - 2]].concat();
            for y in 0..categories {
                let row = Row { y: y as f64, trials: 1.0 };
                for x in checks::grid() {
                    checks::derivatives_above(0.1, &model, row, &eta(x), active);
                }
                checks::far().iter().for_each(|x| checks::numbers(&model, row, &eta(*x), active));
            }
        }
    }

    #[test]
    fn probabilities_sum_to_one() {
        let (model, eta) = (multinomial(4), [0.7, -3.0, 2.0]);
        let density = |y| checks::density(&model, Row { y, trials: 1.0 }, &eta);
        let total = density(0.0) + density(1.0) + density(2.0) + density(3.0);
        assert!((total - 1.0).abs() < 1e-14);
        assert!(((density(2.0) / density(0.0)).ln() + 3.0).abs() < 1e-13);
    }

    #[test]
    fn weights_multiply() {
        checks::weights(&multinomial(4), 2.0, 1.0, &[0.7, -3.0, 2.0], 3);
    }
}
