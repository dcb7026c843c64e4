//! Groups that share Z'WZ are summed: a model's cost per evaluation is the number of patterns, not
//! of groups.
//!
//! Everything an evaluation needs of a group is quadratic in its products T_j = Z_j'W[tail], given
//! Z_j'WZ_j. So the groups of one pattern may be replaced by any set of T's with the same sum of
//! vec(T) vec(T)': the rows of a Cholesky factor of that sum, of which there are at most r times
//! the width of the tail. Random-intercept models have as many patterns as group sizes. Theory (6).

use std::collections::HashMap;

/// Groups below which summing them is not worth the trouble.
pub const FEWEST: usize = 200;
/// A pattern is summed when it has this many times more groups than rows would replace them.
const GAIN: usize = 2;
/// Share of the sum's trace below which a pivot is rounding.
const ROUNDING: f64 = 1e-15;

/// Groups or what stands for them: zz (n, r, r), zt (n, r, stride), and how many groups each is.
pub struct Summed {
    pub zz: Vec<f64>,
    pub zt: Vec<f64>,
    pub copies: Vec<f64>,
}

/// Sums the groups of equal zz; nothing when that would not help. `width` are the tail's columns.
pub fn sum_patterns(
    r: usize,
    stride: usize,
    width: usize,
    zz: &[f64],
    zt: &[f64],
) -> Option<Summed> {
    let n = zz.len() / (r * r);
    let most = r * width;
    if n < GAIN * most || !looks_repetitive(r, zz) {
        return None;
    }
    let mut place: HashMap<Vec<u64>, usize> = HashMap::new();
    let mut patterns: Vec<Vec<u32>> = Vec::new();
    for (j, block) in zz.chunks_exact(r * r).enumerate() {
        let key: Vec<u64> = block.iter().map(|v| v.to_bits()).collect();
        let at = *place.entry(key).or_insert_with(|| {
            patterns.push(Vec::new());
            patterns.len() - 1
        });
        patterns[at].push(j as u32);
    }
    let mut out = Summed { zz: Vec::new(), zt: Vec::new(), copies: Vec::new() };
    for groups in &patterns {
        let block = &zz[groups[0] as usize * r * r..(groups[0] as usize + 1) * r * r];
        if groups.len() < GAIN * most {
            for j in groups {
                let j = *j as usize;
                out.zz.extend_from_slice(block);
                out.zt.extend_from_slice(&zt[j * r * stride..(j + 1) * r * stride]);
                out.copies.push(1.0);
            }
            continue;
        }
        let rows = stand_ins(r, stride, width, zt, groups);
        let count = rows.len() / (r * stride);
        out.zt.extend(rows);
        for i in 0..count {
            out.zz.extend_from_slice(block);
            out.copies.push(if i == 0 { (groups.len() - count + 1) as f64 } else { 1.0 });
        }
    }
    (GAIN * out.copies.len() <= n).then_some(out)
}

/// A glance at the first groups: without repetition there, none is looked for.
pub fn looks_repetitive(r: usize, zz: &[f64]) -> bool {
    let sample: Vec<Vec<u64>> =
        zz.chunks_exact(r * r).take(256).map(|b| b.iter().map(|v| v.to_bits()).collect()).collect();
    let distinct: std::collections::HashSet<&Vec<u64>> = sample.iter().collect();
    2 * distinct.len() <= sample.len()
}

/// Rows (k, r, stride) with the same sum of vec(T) vec(T)' as the groups; at least one.
fn stand_ins(r: usize, stride: usize, width: usize, zt: &[f64], groups: &[u32]) -> Vec<f64> {
    let d = r * width;
    let mut gram = vec![0.0; d * d];
    let mut flat = vec![0.0; d];
    for j in groups {
        let panel = &zt[*j as usize * r * stride..(*j as usize + 1) * r * stride];
        for (target, source) in flat.chunks_exact_mut(width).zip(panel.chunks_exact(stride)) {
            target.copy_from_slice(&source[..width]);
        }
        for a in 0..d {
            let factor = flat[a];
            gram[a * d..a * d + a + 1].iter_mut().zip(&flat).for_each(|(t, v)| *t += factor * v);
        }
    }
    let trace: f64 = (0..d).map(|a| gram[a * d + a]).sum();
    let mut rows = Vec::new();
    // Cholesky column by column: column k of the factor is one stand-in.
    for k in 0..d {
        let pivot = gram[k * d + k];
        if pivot <= ROUNDING * trace {
            continue;
        }
        let root = pivot.sqrt();
        let mut column = vec![0.0; d];
        (k..d).for_each(|a| column[a] = gram[a * d + k] / root);
        for a in k..d {
            for b in k..=a {
                gram[a * d + b] -= column[a] * column[b];
            }
        }
        for source in column.chunks_exact(width) {
            rows.extend_from_slice(source);
            rows.resize(rows.len() + stride - width, 0.0);
        }
    }
    if rows.is_empty() {
        rows.resize(r * stride, 0.0);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_keep_the_sum() {
        let (r, stride, width, n) = (2, 4, 3, 300);
        let zz: Vec<f64> = (0..n).flat_map(|j| [2.0 + (j % 2) as f64, 0.5, 0.5, 1.0]).collect();
        let zt: Vec<f64> = (0..n * r * stride)
            .map(|i| if i % stride < width { ((i * i) as f64 * 0.37).sin() } else { 0.0 })
            .collect();
        let summed = sum_patterns(r, stride, width, &zz, &zt).unwrap();
        assert_eq!(summed.copies.iter().sum::<f64>(), n as f64);
        assert!(summed.copies.len() <= 2 * r * width);
        let square = |zz: &[f64], zt: &[f64], a: usize, b: usize| -> f64 {
            let panels = zt.chunks_exact(r * stride).zip(zz.chunks_exact(r * r));
            panels.filter(|(_, z)| z[0] == 2.0).map(|(t, _)| t[a] * t[b]).sum()
        };
        for (a, b) in [(0, 0), (1, 5), (2, 6), (4, 4)] {
            let (x, y) = (square(&zz, &zt, a, b), square(&summed.zz, &summed.zt, a, b));
            assert!((x - y).abs() < 1e-11 * n as f64);
        }
    }

    #[test]
    fn distinct_groups_stay() {
        let zz: Vec<f64> = (0..500).map(f64::from).collect();
        assert!(sum_patterns(1, 4, 2, &zz, &vec![1.0; 2000]).is_none());
    }
}
