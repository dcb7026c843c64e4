//! Generalized models: the gradient is that of the criterion, and the ways to evaluate one agree.

#![allow(clippy::unwrap_used)] // a test that cannot set up its model says where

use echelon_core::generalized::Marginal;
use echelon_core::generalized::crossed::Crossed;
use echelon_core::generalized::data::{Block, Channel, Data, Member, Part};
use echelon_core::generalized::groups::Groups;
use echelon_core::generalized::nested::Nested;
use echelon_core::generalized::nodes::Rule;
use echelon_core::observation::Observation;
use echelon_core::observation::build::build;
use echelon_core::stop::Stop;
use std::sync::Arc;

/// A number between -1 and 1 that looks random.
fn noise(i: usize) -> f64 {
    let x = (i as f64 * 12.9898 + 4.1).sin() * 43_758.545_3;
    2.0 * (x - x.floor()) - 1.0
}

/// Counts of 60 rows: 12 groups with a slope, in 4 outer groups, and 5 crossed ones.
fn data(blocks: &[&str], channels: usize) -> Data {
    let n = 60;
    let x: Vec<f64> = (0..n).map(noise).collect();
    let part = |coefficient, column| Part { coefficient, column, factor: 1.0 };
    let mut all = vec![Channel { parts: vec![part(0, 0), part(1, 1)], offset: None }];
    if channels > 1 {
        all.push(Channel { parts: vec![part(2, 0)], offset: None });
    }
    let block = |name: &&str| {
        let (n_groups, columns, group): (usize, Vec<usize>, fn(usize) -> usize) = match *name {
            "inner" => (12, vec![0, 1], |i| i % 12),
            "outer" => (4, vec![0], |i| i % 12 / 3),
            _ => (5, vec![0], |i| i / 12),
        };
        let codes = (0..n).map(|i| group(i) as u32).collect();
        let members = vec![Member { codes, weights: Vec::new() }];
        Block { n_groups, channels: vec![0; columns.len()], columns, members }
    };
    Data {
        n,
        columns: vec![vec![1.0; n], x],
        ones: None,
        y: (0..n).map(|i| (1.5 + 2.0 * noise(i + 1000)).max(0.0).round()).collect(),
        trials: Vec::new(),
        weights: Vec::new(),
        channels: all,
        blocks: blocks.iter().map(block).collect(),
        n_coefficients: 1 + channels,
        active: 1,
        order: Vec::new(),
        leaf: None,
    }
    .sorted()
    .unwrap()
}

fn model(name: &str) -> Arc<dyn Observation> {
    Arc::from(build(name, "log", 0).unwrap())
}

/// Compares the gradient with central differences of the value.
fn check(marginal: &mut dyn Marginal, coefficients: &[f64], lambdas: &[Vec<f64>]) {
    let at = marginal.evaluate(coefficients, lambdas).unwrap();
    // The modes are exact to about 1e-10, which the differences divide by the step.
    let h = 1e-4;
    let close = |slope: f64, exact: f64| {
        assert!((slope - exact).abs() < 1e-5 * (1.0 + exact.abs()), "{slope} {exact}")
    };
    for i in 0..coefficients.len() {
        let mut value = |side: f64| {
            let mut moved = coefficients.to_vec();
            moved[i] += side;
            marginal.evaluate(&moved, lambdas).unwrap().value
        };
        close((value(h) - value(-h)) / (2.0 * h), at.coefficients[i]);
    }
    for (k, lambda) in lambdas.iter().enumerate() {
        let r = (lambda.len() as f64).sqrt() as usize;
        for entry in (0..lambda.len()).filter(|e| e / r >= e % r) {
            let mut value = |side: f64| {
                let mut moved = lambdas.to_vec();
                moved[k][entry] += side;
                marginal.evaluate(coefficients, &moved).unwrap().value
            };
            close((value(h) - value(-h)) / (2.0 * h), at.lambdas[k][entry]);
        }
    }
}

fn slope_template() -> Vec<f64> {
    vec![0.7, 0.0, -0.3, 0.4]
}

#[test]
fn gradients_of_one_factor_are_exact() {
    for (name, coefficients) in [("poisson", vec![0.2, 0.3]), ("nbinom2", vec![0.2, 0.3, 1.0])] {
        for points in [1, 2, 5] {
            let rule = (points > 1).then(|| Rule::product(points, 2).unwrap());
            let rows = data(&["inner"], coefficients.len() - 1);
            let mut groups = Groups::new(rows, model(name), rule, Stop::default());
            check(&mut groups, &coefficients, &[slope_template()]);
        }
    }
}

#[test]
fn gradients_of_several_factors_are_exact() {
    for blocks in [["inner", "outer"], ["inner", "crossed"]] {
        for (name, coefficients) in [("poisson", vec![0.2, 0.3]), ("nbinom2", vec![0.2, 0.3, 1.0])]
        {
            let rows = data(&blocks, coefficients.len() - 1);
            let mut crossed = Crossed::new(rows, model(name), Stop::default()).unwrap();
            check(&mut crossed, &coefficients, &[slope_template(), vec![0.5]]);
        }
    }
}

#[test]
fn nested_nodes_have_an_exact_gradient_and_one_node_is_laplace() {
    let (coefficients, lambdas) = (vec![0.2, 0.3], [slope_template(), vec![0.5]]);
    let rows = || data(&["inner", "outer"], 1);
    let crossed = || Crossed::new(rows(), model("poisson"), Stop::default()).unwrap();
    let laplace = crossed().evaluate(&coefficients, &lambdas).unwrap().value;
    let mut one = Nested::new(crossed(), 1, Stop::default()).unwrap();
    assert!((one.evaluate(&coefficients, &lambdas).unwrap().value - laplace).abs() < 1e-9);
    let mut nested = Nested::new(crossed(), 3, Stop::default()).unwrap();
    nested.place(&coefficients, &lambdas).unwrap();
    check(&mut nested, &coefficients, &lambdas);
}

#[test]
fn a_factor_of_no_variance_changes_nothing() {
    let (coefficients, slope) = (vec![0.2, 0.3], slope_template());
    let mut groups = Groups::new(data(&["inner"], 1), model("poisson"), None, Stop::default());
    let rows = data(&["inner", "crossed"], 1);
    let mut crossed = Crossed::new(rows, model("poisson"), Stop::default()).unwrap();
    let one = groups.evaluate(&coefficients, std::slice::from_ref(&slope)).unwrap();
    let two = crossed.evaluate(&coefficients, &[slope, vec![0.0]]).unwrap();
    assert!((one.value - two.value).abs() < 1e-10);
    for (a, b) in one.coefficients.iter().zip(&two.coefficients) {
        assert!((a - b).abs() < 1e-9);
    }
}
