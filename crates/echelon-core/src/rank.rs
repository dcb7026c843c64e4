//! Which columns of X are estimable: a Cholesky that skips columns explained by earlier ones.

use crate::crossprod::CrossProducts;
use crate::dense;

/// A column is aliased when less than this share of its sum of squares is left.
///
/// Cross-products carry a relative error of about n^(1/2) epsilon; a column this close to the span
/// of the others could not be estimated to any digit.
const TOLERANCE: f64 = 1e-11;

/// Share of a column's sum of squares that makes it estimable beyond doubt.
const WELL_DETERMINED: f64 = 1e-6;

/// A column is constant when its variation is this share of its square, or less: each value is
/// rounded to about epsilon, and the sum of their squares to its square.
const CONSTANT: f64 = 1e-30;

/// Whether a blocked Cholesky of the correlations finds every column far from the others' span.
fn is_well_determined(products: &CrossProducts) -> bool {
    let (p, px) = (products.p, products.p + 1);
    let size: Vec<f64> = (0..p).map(|c| products.xx[c * px + c].sqrt()).collect();
    if size.iter().any(|s| s.is_nan() || *s <= 0.0) {
        return false;
    }
    let mut scaled: Vec<f64> = (0..p)
        .flat_map(|a| (0..p).map(move |b| (a, b)))
        .map(|(a, b)| products.xx[a * px + b] / (size[a] * size[b]))
        .collect();
    dense::cholesky_of(p, &mut scaled).is_ok()
        && (0..p).all(|c| scaled[c * p + c] * scaled[c * p + c] > WELL_DETERMINED)
}

/// Indices of the estimable columns, in order: of several aliased columns the first ones stay.
pub fn estimable(products: &CrossProducts) -> Vec<usize> {
    let (p, px) = (products.p, products.p + 1);
    if p > dense::MANY_COLUMNS && is_well_determined(products) {
        return (0..p).collect();
    }
    let mut keep: Vec<usize> = Vec::with_capacity(p);
    // Rows of the factor for kept columns, in terms of kept columns.
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(p);
    // The column of ones goes first whatever its place, as the others are centred by it.
    let order =
        products.intercept.into_iter().chain((0..p).filter(|c| Some(*c) != products.intercept));
    for column in order {
        let own = products.xx[column * px + column];
        let mut row = Vec::with_capacity(keep.len() + 1);
        for (i, other) in keep.iter().enumerate() {
            let mut value = products.xx[column * px + other];
            value -= crate::crossprod::dot(&row, &factor[i][..i]);
            row.push(value / factor[i][i]);
        }
        let left = own - crate::crossprod::dot(&row, &row);
        // A centred column keeps its uncentred size as the yardstick: what is left of a constant
        // column is the rounding of its centring.
        let rows = products.intercept.map_or(0.0, |one| products.xx[one * px + one]);
        let size = own + rows * products.centre[column] * products.centre[column];
        if left > TOLERANCE * own && left > CONSTANT * size && left > 0.0 {
            row.push(left.sqrt());
            factor.push(row);
            keep.push(column);
        }
    }
    keep.sort_unstable();
    keep
}
