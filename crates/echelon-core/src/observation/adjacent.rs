//! Adjacent categories: log P(j + 1) / P(j) = location - threshold_j of ordered categories.
//!
//! Channels: location and J - 1 thresholds. log P(j) is j location less the first j thresholds, up
//! to what all categories share: a softmax. Theory (29).

use crate::observation::softmax::Softmax;

/// The model of `categories` ordered categories.
pub fn adjacent(categories: usize) -> Softmax {
    Softmax::new(categories, categories, |j, k| match k {
        0 => j as f64,
        _ if k <= j => -1.0,
        _ => 0.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Row, checks};

    #[test]
    fn derivatives_match_differences_and_stay_numbers() {
        for categories in [2, 3, 5] {
            let model = adjacent(categories);
            let thresholds = [-1.0, 0.4, 0.1, 2.2];
            let eta = |location: f64| [&[location], &thresholds[..categories - 1]].concat();
            for y in 0..categories {
                let row = Row { y: y as f64, trials: 1.0 };
                for x in checks::grid() {
                    checks::derivatives_above(0.1, &model, row, &eta(x), 1);
                }
                checks::far().iter().for_each(|x| checks::numbers(&model, row, &eta(*x), 1));
            }
        }
    }

    #[test]
    fn probabilities_sum_to_one_with_the_ratios_of_the_model() {
        let (model, eta) = (adjacent(4), [0.7, -0.3, 0.2, 1.5]);
        let p: Vec<f64> = (0..4)
            .map(|y| checks::density(&model, Row { y: f64::from(y), trials: 1.0 }, &eta))
            .collect();
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        for j in 0..3 {
            assert!(((p[j + 1] / p[j]).ln() - (eta[0] - eta[j + 1])).abs() < 1e-13);
        }
    }

    #[test]
    fn weights_multiply() {
        checks::weights(&adjacent(4), 2.0, 1.0, &[0.7, -0.3, 0.2, 1.5], 1);
    }
}
