//! The ways of elimination agree with each other, the gradient with differences, chunks with one
//! pass. The dense NumPy twin (tests/property) is the check against formulas.

use echelon_core::chunk::{Chunk, ChunkBlock, Member};
use echelon_core::criterion::{Criterion, Scale};
use echelon_core::crossprod::CrossProducts;
use echelon_core::elimination::{Combination, Direction};
use echelon_core::plan::Way;
use echelon_core::stop::Stop;
use std::sync::Arc;

const N: usize = 240;

/// A small generator, so that the test needs no other crate.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
    }
}

struct Data {
    columns: Vec<Vec<f64>>,
    codes: Vec<Vec<i32>>,
    weights: Vec<f64>,
}

/// Columns: ones, x, z, y. Factors: 24 leaves in 6 parents, and 5 levels that cross them.
fn data() -> Data {
    let mut numbers = Numbers(7);
    let mut columns = vec![vec![1.0; N], Vec::new(), Vec::new(), Vec::new()];
    let mut codes = vec![Vec::new(), Vec::new(), Vec::new()];
    let mut weights = Vec::new();
    for i in 0..N {
        let leaf = (i * 7) % 24;
        codes[0].push(leaf as i32);
        codes[1].push((leaf / 4) as i32);
        codes[2].push(((numbers.next() + 1.0) * 2.49) as i32);
        let (x, z) = (numbers.next() + 3.0, numbers.next());
        let effect = (leaf as f64).sin() + 0.5 * x * (leaf as f64 * 1.7).cos();
        columns[1].push(x);
        columns[2].push(z);
        columns[3].push(2.0 + x - z + effect + f64::from(codes[2][i]) * 0.3 + numbers.next());
        weights.push(1.0 + 0.5 * numbers.next());
    }
    Data { columns, codes, weights }
}

fn chunk<'a>(
    data: &'a Data,
    rows: std::ops::Range<usize>,
    factors: &[(usize, Vec<usize>)],
) -> Chunk<'a> {
    Chunk {
        n: rows.len(),
        columns: data.columns.iter().map(|c| &c[rows.clone()]).collect(),
        fixed: vec![0, 1, 2],
        response: 3,
        blocks: factors
            .iter()
            .map(|(factor, columns)| ChunkBlock {
                members: vec![Member { codes: &data.codes[*factor][rows.clone()], weights: None }],
                columns: columns.clone(),
                n_groups: [24, 6, 5][*factor],
            })
            .collect(),
        weights: Some(&data.weights[rows]),
        intercept: Some(0),
        stop: Stop::default(),
    }
}

fn models() -> Vec<Vec<(usize, Vec<usize>)>> {
    vec![
        vec![(0, vec![0, 1])],
        vec![(0, vec![0, 1]), (1, vec![0, 2])],
        vec![(0, vec![0]), (2, vec![0, 1])],
        vec![(0, vec![0, 1]), (1, vec![0]), (2, vec![0, 2])],
    ]
}

fn lambdas(model: &[(usize, Vec<usize>)]) -> Vec<Vec<f64>> {
    let template = |(_, columns): &(usize, Vec<usize>)| {
        if columns.len() == 1 { vec![0.8] } else { vec![0.7, 0.0, -0.2, 0.4] }
    };
    model.iter().map(template).collect()
}

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs())), "{a} against {b}");
}

#[test]
fn ways_agree() {
    let data = data();
    for (number, model) in models().iter().enumerate() {
        for is_reml in [false, true] {
            let products =
                Arc::new(CrossProducts::from_chunk(&chunk(&data, 0..N, model), None).unwrap());
            let mut answers = Vec::new();
            for way in [None, Some(Way::Dense), Some(Way::Sparse)] {
                let mut criterion =
                    Criterion::new(&products, is_reml, way, &Stop::default()).unwrap();
                assert_eq!(criterion.plan.way == Way::Chain, way.is_none() && number < 2);
                let value = criterion.evaluate(&lambdas(model)).unwrap();
                let gradient = criterion.gradient().unwrap().concat();
                let direction =
                    Direction { block: 0, d_lambda: vec![1.0; model[0].1.len().pow(2)] };
                let information = criterion.information(&[direction]).unwrap()[0];
                let spread = criterion.conditional(0, true).unwrap();
                let z = vec![1.0; model[0].1.len()];
                let row = Combination { x: vec![1.0, 0.5, -1.0], parts: vec![(0, 3, z)] };
                let variance = criterion.variances(vec![row], true).unwrap()[0];
                answers.push((value, gradient, information, spread, variance));
            }
            let first = &answers[0];
            for other in &answers[1..] {
                close(first.0, other.0, 1e-12);
                close(first.2, other.2, 1e-9);
                close(first.4, other.4, 1e-10);
                first.1.iter().zip(&other.1).for_each(|(a, b)| close(*a, *b, 1e-9));
                first.3.iter().zip(&other.3).for_each(|(a, b)| close(*a, *b, 1e-10));
            }
        }
    }
}

#[test]
fn gradient_is_the_derivative() {
    let data = data();
    for model in models() {
        let products =
            Arc::new(CrossProducts::from_chunk(&chunk(&data, 0..N, &model), None).unwrap());
        let mut criterion = Criterion::new(&products, true, None, &Stop::default()).unwrap();
        let at = lambdas(&model);
        criterion.evaluate(&at).unwrap();
        let gradient = criterion.gradient().unwrap();
        for block in 0..at.len() {
            for entry in 0..at[block].len() {
                let step = 1e-5;
                let mut side = |sign: f64| {
                    let mut moved = at.clone();
                    moved[block][entry] += sign * step;
                    criterion.evaluate(&moved).unwrap()
                };
                let difference = (side(1.0) - side(-1.0)) / (2.0 * step);
                close(gradient[block][entry], difference, 1e-6);
            }
        }
    }
}

#[test]
fn chunks_add_up() {
    let data = data();
    for model in models() {
        let whole = CrossProducts::from_chunk(&chunk(&data, 0..N, &model), None).unwrap();
        let part = |rows| CrossProducts::from_chunk(&chunk(&data, rows, &model), None).unwrap();
        let merged = part(0..100).merge(part(100..N)).unwrap();
        let value = |products: CrossProducts| {
            Criterion::new(&Arc::new(products), true, None, &Stop::default())
                .unwrap()
                .evaluate(&lambdas(&model))
                .unwrap()
        };
        close(value(whole), value(merged), 1e-12);
    }
}

/// Many groups with few patterns: summed on the way of a chain, one by one on the dense way.
#[test]
fn summed_patterns_agree() {
    let n = 3_000;
    let mut numbers = Numbers(11);
    let ones = vec![1.0; n];
    let time: Vec<f64> = (0..n).map(|i| (i % 3) as f64).collect();
    let (x, y): (Vec<f64>, Vec<f64>) = (0..n)
        .map(|i| {
            let x = numbers.next();
            (x, x + ((i / 3) as f64).sin() * (1.0 + 0.3 * (i % 3) as f64) + numbers.next())
        })
        .unzip();
    let child: Vec<i32> = (0..n as i32).map(|i| i / 3).collect();
    let school: Vec<i32> = child.iter().map(|c| c / 100).collect();
    for is_nested in [false, true] {
        let block = |codes, n_groups| ChunkBlock {
            members: vec![Member { codes, weights: None }],
            columns: vec![0, 1],
            n_groups,
        };
        let mut blocks = vec![block(&child[..], n / 3)];
        if is_nested {
            blocks.push(block(&school[..], n / 300));
        }
        let chunk = Chunk {
            n,
            columns: vec![&ones, &time, &x, &y],
            fixed: vec![0, 1, 2],
            response: 3,
            blocks,
            weights: None,
            intercept: Some(0),
            stop: Stop::default(),
        };
        let products = Arc::new(CrossProducts::from_chunk(&chunk, None).unwrap());
        let at = vec![vec![0.7, 0.0, -0.2, 0.4]; 1 + usize::from(is_nested)];
        let mut answers = Vec::new();
        for way in [None, Some(Way::Dense)] {
            let mut criterion = Criterion::new(&products, true, way, &Stop::default()).unwrap();
            let value = criterion.evaluate(&at).unwrap();
            let gradient = criterion.gradient().unwrap().concat();
            let direction = Direction { block: 0, d_lambda: vec![0.0, 0.0, 1.0, 0.0] };
            let information = criterion.information(&[direction]).unwrap()[0];
            let modes = criterion.modes().unwrap()[0].b.clone();
            answers.push((value, gradient, information, modes));
        }
        close(answers[0].0, answers[1].0, 1e-12);
        close(answers[0].2, answers[1].2, 1e-9);
        answers[0].1.iter().zip(&answers[1].1).for_each(|(a, b)| close(*a, *b, 1e-9));
        answers[0].3.iter().zip(&answers[1].3).for_each(|(a, b)| close(*a, *b, 1e-10));
    }
}

/// Sums with row i of y weighted up: what minus() must bring back.
#[test]
fn rows_taken_away_leave_the_sums_of_the_rest() {
    let data = data();
    for factors in models() {
        let all = CrossProducts::from_chunk(&chunk(&data, 0..N, &factors), None).unwrap();
        let centre = all.centre.clone();
        let part = CrossProducts::from_chunk(&chunk(&data, 0..60, &factors), None).unwrap();
        let rest =
            CrossProducts::from_chunk(&chunk(&data, 60..N, &factors), Some(&centre)).unwrap();
        let left = all.minus(part).unwrap();
        assert_eq!(left.n, rest.n);
        let close = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-10)
        };
        assert!(close(&left.xx, &rest.xx));
        for (a, b) in left.blocks.iter().zip(&rest.blocks) {
            assert!(close(&a.zz, &b.zz) && close(&a.zx, &b.zx));
        }
    }
}

/// With sigma held where it is profiled anyway, and beta where it is estimated, nothing changes.
#[test]
fn holding_the_estimates_changes_nothing() {
    let data = data();
    for factors in models() {
        let products =
            Arc::new(CrossProducts::from_chunk(&chunk(&data, 0..N, &factors), None).unwrap());
        let lambdas: Vec<Vec<f64>> = factors
            .iter()
            .map(|(_, c)| (0..c.len() * c.len()).map(|e| [0.8, 0.0, 0.3, 0.5][e % 4]).collect())
            .collect();
        let mut criterion = Criterion::new(&products, false, None, &Stop::default()).unwrap();
        let free = criterion.evaluate(&lambdas).unwrap();
        let (beta, _) = criterion.fixed();
        let sigma = criterion.residual_variance().sqrt();
        let free_gradient = criterion.gradient().unwrap();
        criterion.hold(Some((&[0.0, 1.0, 0.0], beta[1])), Scale::Fixed(sigma));
        let held = criterion.evaluate(&lambdas).unwrap();
        assert!((held - free).abs() < 1e-9 * free.abs());
        let gradient = criterion.gradient().unwrap();
        for (a, b) in gradient.iter().flatten().zip(free_gradient.iter().flatten()) {
            assert!((a - b).abs() < 1e-8 * (1.0 + b.abs()));
        }
    }
}

/// The gradient with a coefficient and a standard deviation held agrees with differences.
#[test]
fn held_gradients_agree_with_differences() {
    let data = data();
    for factors in models() {
        let products =
            Arc::new(CrossProducts::from_chunk(&chunk(&data, 0..N, &factors), None).unwrap());
        let start: Vec<Vec<f64>> = factors
            .iter()
            .map(|(_, c)| (0..c.len() * c.len()).map(|e| [0.8, 0.0, 0.3, 0.5][e % 4]).collect())
            .collect();
        let mut criterion = Criterion::new(&products, false, None, &Stop::default()).unwrap();
        let tied = Scale::Tied { block: 0, row: 0, other: 0, covariance: 1.69 };
        criterion.hold(Some((&[1.0, 2.0, 0.0], 4.0)), tied);
        criterion.evaluate(&start).unwrap();
        let gradient = criterion.gradient().unwrap();
        for block in 0..start.len() {
            let r = (start[block].len() as f64).sqrt() as usize;
            for e in (0..r * r).filter(|e| e / r >= e % r) {
                let mut value = |step: f64| {
                    let mut moved = start.clone();
                    moved[block][e] += step;
                    criterion.evaluate(&moved).unwrap()
                };
                let slope = (value(1e-5) - value(-1e-5)) / 2e-5;
                let own = gradient[block][e];
                assert!((slope - own).abs() < 1e-5 * (1.0 + own.abs()), "{slope} {own}");
            }
        }
    }
}
