//! Starting values from moments: MIVQUE(0) with residuals of ordinary least squares.
//!
//! Sums of squares of Z_a'W e for every random column a are equated to their expectations under
//! uncorrelated effects, in one pass over the cross-products. Rao (1970); theory (12).

use crate::crossprod::{CrossProducts, dot};
use crate::dense;
use crate::rank;
use crate::small;

/// Relative standard deviations (SD of the effect / residual SD), one list of r per block.
pub fn relative_std_devs(products: &CrossProducts) -> Vec<Vec<f64>> {
    let (coefficients, rss) = least_squares(products);
    let px = products.p + 1;
    let sizes: Vec<usize> = products.blocks.iter().map(|b| b.r).collect();
    let offsets: Vec<usize> = sizes
        .iter()
        .scan(1, |next, r| {
            let at = *next;
            *next += r;
            Some(at)
        })
        .collect();
    let k = 1 + sizes.iter().sum::<usize>();
    let mut gram = vec![0.0; k * k];
    let mut moments = vec![0.0; k];
    gram[0] = products.n as f64;
    moments[0] = rss;
    for (block, at) in products.blocks.iter().zip(&offsets) {
        let r = block.r;
        for (zz, zx) in block.zz.chunks_exact(r * r).zip(block.zx.chunks_exact(r * px)) {
            for a in 0..r {
                let product = dot(&zx[a * px..(a + 1) * px], &coefficients);
                moments[at + a] += product * product;
                gram[at + a] += zz[a * r + a];
                for b in 0..r {
                    gram[(at + a) * k + at + b] += zz[a * r + b] * zz[a * r + b];
                }
            }
        }
    }
    for pair in products.pairs.iter().filter(|p| p.first != p.second) {
        let (r1, r2) = pair.shape;
        for entry in pair.values.chunks_exact(r1 * r2) {
            for a in 0..r1 {
                for b in 0..r2 {
                    let square = entry[a * r2 + b] * entry[a * r2 + b];
                    gram[(offsets[pair.first] + a) * k + offsets[pair.second] + b] += square;
                    gram[(offsets[pair.second] + b) * k + offsets[pair.first] + a] += square;
                }
            }
        }
    }
    for a in 1..k {
        gram[a * k] = gram[a];
    }
    let variances = solve(k, &gram, &moments);
    to_relative(products, &offsets, &gram, &variances, rss)
}

/// Coefficients of -[X y] that give residual products, and the residual sum of squares.
fn least_squares(products: &CrossProducts) -> (Vec<f64>, f64) {
    let keep = rank::estimable(products);
    let (p, px) = (keep.len(), products.p + 1);
    let mut factor = vec![0.0; p * p];
    for (i, a) in keep.iter().enumerate() {
        for (j, b) in keep.iter().enumerate() {
            factor[i * p + j] = products.xx[a * px + b];
        }
    }
    let mut coefficients = vec![0.0; px];
    coefficients[px - 1] = 1.0;
    let total = products.xx[px * px - 1];
    if dense::cholesky_of(p, &mut factor).is_err() {
        return (coefficients, total);
    }
    let mut half: Vec<f64> = keep.iter().map(|a| products.xx[a * px + px - 1]).collect();
    small::solve_lower_rows(p, 1, &factor, &mut half);
    let rss = (total - half.iter().map(|v| v * v).sum::<f64>()).max(f64::EPSILON * total);
    for i in (0..p).rev() {
        let sum: f64 = (i + 1..p).map(|k| factor[k * p + i] * half[k]).sum();
        half[i] = (half[i] - sum) / factor[i * p + i];
        coefficients[keep[i]] = -half[i];
    }
    (coefficients, rss)
}

/// Solves the moment equations on the correlation scale, with a little ridge.
fn solve(k: usize, gram: &[f64], moments: &[f64]) -> Vec<f64> {
    let size: Vec<f64> = (0..k).map(|a| gram[a * k + a].max(1e-300).sqrt()).collect();
    let mut scaled: Vec<f64> = (0..k * k).map(|e| gram[e] / (size[e / k] * size[e % k])).collect();
    (0..k).for_each(|a| scaled[a * k + a] += 1e-8);
    let mut half: Vec<f64> = moments.iter().zip(&size).map(|(m, s)| m / s).collect();
    if small::cholesky(k, &mut scaled).is_err() {
        return vec![0.0; k];
    }
    small::solve_lower_rows(k, 1, &scaled, &mut half);
    for i in (0..k).rev() {
        let sum: f64 = (i + 1..k).map(|c| scaled[c * k + i] * half[c]).sum();
        half[i] = (half[i] - sum) / scaled[i * k + i];
    }
    half.iter().zip(&size).map(|(v, s)| v / s).collect()
}

/// Ratios to the residual variance, kept away from zero and from infinity.
fn to_relative(
    products: &CrossProducts,
    offsets: &[usize],
    gram: &[f64],
    variances: &[f64],
    rss: f64,
) -> Vec<Vec<f64>> {
    let mean_square = rss / products.n as f64;
    let residual = variances[0].max(0.1 * mean_square);
    products
        .blocks
        .iter()
        .zip(offsets)
        .map(|(block, at)| {
            (0..block.r)
                .map(|a| {
                    // Information per group: the mean of z'Wz; a ratio of 0.1 / information means
                    // a reliability of about one tenth.
                    let information = gram[at + a] / block.n_groups as f64;
                    let ratio = variances[at + a] / residual;
                    let floor = 0.1 / information.max(1e-300);
                    let ceiling = 100.0 * block.n_groups as f64 * floor;
                    ratio.clamp(floor, ceiling.max(floor)).sqrt()
                })
                .collect()
        })
        .collect()
}
