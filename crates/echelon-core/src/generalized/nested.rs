//! Adaptive quadrature over several nested factors, by recursion. Theory (26).
//!
//! Nodes are placed by the joint modes and curvature of the Laplace approximation: those of a
//! group given its ancestors follow the normal distribution that it implies. They stay where they
//! are while the parameters vary (`place` moves them), so the gradient is that of a finite sum.

use crate::error::{CoreError, CoreResult};
use crate::generalized::crossed::Crossed;
use crate::generalized::data::Data;
use crate::generalized::mode::{solve_lower_transposed, weighted_sum};
use crate::generalized::nodes::Rule;
use crate::generalized::pattern::Pair;
use crate::generalized::{Evaluated, Information, Marginal};
use crate::observation::{Derivatives, Need};
use crate::small;
use crate::stop::Stop;
use rayon::prelude::*;

/// One factor of the chain, innermost first.
struct Level {
    block: usize,
    r: usize,
    rule: Rule,
    /// Groups of the level below, by group (empty at the innermost level).
    children: Vec<Vec<usize>>,
}

/// Where the nodes of one group are: centre (r,), their dependence on the ancestors' effects
/// (r, all of their columns), and the factor of the conditional covariance (r, r).
#[derive(Clone, Default)]
struct Placed {
    centre: Vec<f64>,
    slope: Vec<f64>,
    factor: Vec<f64>,
    log_volume: f64,
}

/// See the module.
pub struct Nested {
    laplace: Crossed,
    levels: Vec<Level>,
    /// Parent of every group, by level (none at the top).
    parents: Vec<Vec<usize>>,
    placed: Vec<Vec<Placed>>,
    stop: Stop,
}

/// What a group's integral gives: its log, and the expectations over its nodes of the rows'
/// scores (K by row, in the order of its descendants) and of Z's u' by block.
struct Integral {
    log: f64,
    rows: Vec<usize>,
    scores: Vec<Vec<f64>>,
    lambdas: Vec<Vec<f64>>,
}

/// The ancestors' spherical effects on the way down: outermost last.
type Path = Vec<(usize, usize, Vec<f64>)>;

impl Nested {
    /// Arranges a chain of nested factors.
    ///
    /// # Errors
    /// `NotNested` where the factors are not nested in each other.
    pub fn new(laplace: Crossed, points: usize, stop: Stop) -> CoreResult<Self> {
        let sizes = &laplace.pattern.sizes;
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by_key(|k| std::cmp::Reverse(sizes[*k].0));
        let mut parents = Vec::new();
        let mut levels: Vec<Level> = Vec::new();
        for (at, block) in order.iter().enumerate() {
            let (count, r) = sizes[*block];
            let mut children = Vec::new();
            if at > 0 {
                let own = parents_of(&laplace.pattern.pairs, order[at - 1], *block, sizes)
                    .ok_or(CoreError::NotNested { inner: order[at - 1], outer: *block })?;
                children = vec![Vec::new(); count];
                own.iter().enumerate().for_each(|(child, parent)| children[*parent].push(child));
                parents.push(own);
            }
            let rule = Rule::product(points, r)?;
            levels.push(Level { block: *block, r, rule, children });
        }
        Ok(Self { laplace, levels, parents, placed: Vec::new(), stop })
    }

    /// Nodes of one row on its way from the top: evaluations per row of one pass.
    pub fn nodes(&self) -> usize {
        self.levels.iter().map(|level| level.rule.n_nodes()).product()
    }

    /// Moves the nodes to the modes and curvature at some parameters.
    ///
    /// # Errors
    /// Those of the Laplace approximation there.
    pub fn place(&mut self, coefficients: &[f64], lambdas: &[Vec<f64>]) -> CoreResult<()> {
        self.laplace.evaluate(coefficients, lambdas)?;
        let place = |at: usize| -> CoreResult<Vec<Placed>> {
            (0..self.laplace.pattern.sizes[self.levels[at].block].0)
                .map(|group| self.place_group(at, group))
                .collect()
        };
        let placed = (0..self.levels.len()).map(place).collect::<CoreResult<_>>()?;
        self.placed = placed;
        Ok(())
    }

    /// Ancestors (level, group) of a group, innermost first.
    fn ancestors(&self, at: usize, group: usize) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        let mut group = group;
        for level in at..self.levels.len() - 1 {
            group = self.parents[level][group];
            all.push((level + 1, group));
        }
        all
    }

    /// Block (r1, r2) of M^-1 between two groups of the chain.
    fn covariance(&self, (at, group): (usize, usize), (to, other): (usize, usize)) -> Vec<f64> {
        let (k, l) = (self.levels[at].block, self.levels[to].block);
        let (r1, r2) = (self.levels[at].r, self.levels[to].r);
        let v = &self.laplace.inverse;
        if at == to {
            return v.diagonal[k][group * r1 * r1..(group + 1) * r1 * r1].to_vec();
        }
        for (pair, values) in self.laplace.pattern.pairs.iter().zip(&v.pairs) {
            let size = r1 * r2;
            if (pair.first, pair.second) == (k, l) {
                let entry = entry_of(pair, group, other);
                return values[entry * size..(entry + 1) * size].to_vec();
            }
            if (pair.first, pair.second) == (l, k) {
                let entry = entry_of(pair, other, group);
                let block = &values[entry * size..(entry + 1) * size];
                let turned = |e: usize| block[(e % r2) * r1 + e / r2];
                return (0..size).map(turned).collect();
            }
        }
        vec![0.0; r1 * r2]
    }

    fn place_group(&self, at: usize, group: usize) -> CoreResult<Placed> {
        let level = &self.levels[at];
        let r = level.r;
        let ancestors = self.ancestors(at, group);
        let width: usize = ancestors.iter().map(|(l, _)| self.levels[*l].r).sum();
        let mut joint = vec![0.0; width * width];
        let mut cross = vec![0.0; r * width];
        let mut row = 0;
        for a in &ancestors {
            let ra = self.levels[a.0].r;
            let own = self.covariance((at, group), *a);
            (0..r).for_each(|i| {
                cross[i * width + row..i * width + row + ra]
                    .copy_from_slice(&own[i * ra..(i + 1) * ra]);
            });
            let mut column = 0;
            for b in &ancestors {
                let rb = self.levels[b.0].r;
                let block = self.covariance(*a, *b);
                for i in 0..ra {
                    joint[(row + i) * width + column..(row + i) * width + column + rb]
                        .copy_from_slice(&block[i * rb..(i + 1) * rb]);
                }
                column += rb;
            }
            row += ra;
        }
        // slope = cross joint^-1; conditional = own - slope cross'.
        let mut slope = cross.clone();
        if width > 0 {
            small::cholesky(width, &mut joint)?;
            for line in slope.chunks_exact_mut(width) {
                small::solve_lower_rows(width, 1, &joint, line);
                solve_lower_transposed(width, &joint, line);
            }
        }
        let mut factor = self.covariance((at, group), (at, group));
        for i in 0..r {
            for j in 0..r {
                factor[i * r + j] -=
                    (0..width).map(|k| slope[i * width + k] * cross[j * width + k]).sum::<f64>();
            }
        }
        small::cholesky(r, &mut factor)?;
        let log_volume = (0..r).map(|i| factor[i * r + i].ln()).sum();
        let modes = &self.laplace.u;
        let mut centre = modes[level.block][group * r..(group + 1) * r].to_vec();
        let above: Vec<f64> = ancestors
            .iter()
            .flat_map(|(l, g)| {
                let ra = self.levels[*l].r;
                modes[self.levels[*l].block][g * ra..(g + 1) * ra].iter().copied()
            })
            .collect();
        for i in 0..r {
            centre[i] -= (0..width).map(|k| slope[i * width + k] * above[k]).sum::<f64>();
        }
        Ok(Placed { centre, slope, factor, log_volume })
    }

    /// Integrates a group of a level, given the effects of its ancestors.
    fn integrate(
        &self,
        at: usize,
        group: usize,
        path: &mut Path,
        fixed: &[f64],
        lambdas: &[Vec<f64>],
    ) -> CoreResult<Integral> {
        self.stop.check()?;
        let level = &self.levels[at];
        let (r, placed) = (level.r, &self.placed[at][group]);
        // The path lists the outermost first; slopes run over ancestors from the innermost.
        let above: Vec<f64> = path.iter().rev().flat_map(|step| step.2.iter().copied()).collect();
        let width = above.len();
        let mut centre = placed.centre.clone();
        for i in 0..r {
            centre[i] += (0..width).map(|k| placed.slope[i * width + k] * above[k]).sum::<f64>();
        }
        let mut parts: Vec<(f64, Integral, Vec<f64>)> = Vec::with_capacity(level.rule.n_nodes());
        for (node, log_weight) in level.rule.log_weights.iter().enumerate() {
            let z = &level.rule.points[node * r..(node + 1) * r];
            let mut u = vec![0.0; r];
            small::apply(r, &placed.factor, z, &mut u);
            u.iter_mut().zip(&centre).for_each(|(u, c)| *u += c);
            path.push((at, group, u.clone()));
            let inner = if at == 0 {
                self.rows_of(group, path, fixed, lambdas)
            } else {
                self.children_of(at, group, path, fixed, lambdas)
            };
            path.pop();
            let inner = inner?;
            let penalty: f64 = u.iter().zip(z).map(|(u, z)| u * u - z * z).sum();
            parts.push((log_weight + inner.log - 0.5 * penalty, inner, u));
        }
        Ok(mixed(self, level, parts, placed.log_volume))
    }

    /// The rows of an innermost group at one combination of effects.
    fn rows_of(
        &self,
        group: usize,
        path: &Path,
        fixed: &[f64],
        lambdas: &[Vec<f64>],
    ) -> CoreResult<Integral> {
        let data = &self.laplace.data;
        let Some((_, ptr)) = &data.leaf else { return Err(CoreError::Corrupt { what: "leaf" }) };
        let rows = ptr[group]..ptr[group + 1];
        let (k, m, n) = (data.channels.len(), rows.len(), data.n);
        let mut eta = Vec::with_capacity(k * m);
        fixed.chunks_exact(n).for_each(|channel| eta.extend_from_slice(&channel[rows.clone()]));
        for (at, _, u) in path {
            let block = &data.blocks[self.levels[*at].block];
            let mut b = vec![0.0; u.len()];
            small::apply(u.len(), &lambdas[self.levels[*at].block], u, &mut b);
            for (a, b) in b.iter().enumerate() {
                let z = &data.columns[block.columns[a]][rows.clone()];
                let target = &mut eta[block.channels[a] * m..(block.channels[a] + 1) * m];
                target.iter_mut().zip(z).for_each(|(t, z)| *t += b * z);
            }
        }
        let need = if k == data.active { Need::Newton } else { Need::Information };
        let mut d = Derivatives::default();
        self.laplace.model.evaluate(&data.rows(rows.clone()), &eta, data.active, need, &mut d);
        let log = d.value[..m].iter().sum();
        let scores = d.first[..k * m].chunks_exact(m.max(1)).map(<[f64]>::to_vec).collect();
        let lambdas = lambdas.iter().map(|l| vec![0.0; l.len()]).collect();
        Ok(Integral { log, rows: rows.collect(), scores, lambdas })
    }

    fn children_of(
        &self,
        at: usize,
        group: usize,
        path: &mut Path,
        fixed: &[f64],
        lambdas: &[Vec<f64>],
    ) -> CoreResult<Integral> {
        let k = self.laplace.data.channels.len();
        let zeros = lambdas.iter().map(|l| vec![0.0; l.len()]).collect();
        let mut all =
            Integral { log: 0.0, rows: Vec::new(), scores: vec![Vec::new(); k], lambdas: zeros };
        for child in &self.levels[at].children[group] {
            let part = self.integrate(at - 1, *child, path, fixed, lambdas)?;
            all.log += part.log;
            all.rows.extend(part.rows);
            all.scores.iter_mut().zip(part.scores).for_each(|(t, v)| t.extend(v));
            add(&mut all.lambdas, &part.lambdas, 1.0);
        }
        Ok(all)
    }

    /// Adds Z's u' of a group's own effects, given its rows' expected scores.
    fn add_own(&self, level: &Level, part: &mut Integral, u: &[f64]) {
        let data = &self.laplace.data;
        let block = &data.blocks[level.block];
        for a in 0..level.r {
            let column = &data.columns[block.columns[a]];
            let z: Vec<f64> = part.rows.iter().map(|row| column[*row]).collect();
            let sum = weighted_sum(&part.scores[block.channels[a]], Some(&z), None);
            for (b, u) in u.iter().enumerate() {
                part.lambdas[level.block][a * level.r + b] += sum * u;
            }
        }
    }
}

/// The mixture of a group's nodes, weighted by what each integrates to.
fn mixed(
    nested: &Nested,
    level: &Level,
    parts: Vec<(f64, Integral, Vec<f64>)>,
    log_volume: f64,
) -> Integral {
    let top = parts.iter().fold(f64::NEG_INFINITY, |m, p| m.max(p.0));
    let total: f64 = parts.iter().map(|p| (p.0 - top).exp()).sum();
    let mut mixture: Option<Integral> = None;
    for (height, mut part, u) in parts {
        let weight = (height - top).exp() / total;
        nested.add_own(level, &mut part, &u);
        part.scores.iter_mut().flatten().for_each(|v| *v *= weight);
        match &mut mixture {
            None => {
                part.lambdas.iter_mut().flatten().for_each(|v| *v *= weight);
                mixture = Some(part);
            }
            Some(all) => {
                let both = all.scores.iter_mut().flatten().zip(part.scores.iter().flatten());
                both.for_each(|(t, v)| *t += v);
                add(&mut all.lambdas, &part.lambdas, weight);
            }
        }
    }
    let none = Integral { log: 0.0, rows: Vec::new(), scores: Vec::new(), lambdas: Vec::new() };
    let mut mixture = mixture.unwrap_or(none);
    mixture.log = log_volume + top + total.ln();
    mixture
}

fn add(sums: &mut [Vec<f64>], values: &[Vec<f64>], weight: f64) {
    let both = sums.iter_mut().flatten().zip(values.iter().flatten());
    both.for_each(|(t, v)| *t += weight * v);
}

/// The one level of `outer` that every level of `inner` meets; none if some meets several.
fn parents_of(
    pairs: &[Pair],
    inner: usize,
    outer: usize,
    sizes: &[(usize, usize)],
) -> Option<Vec<usize>> {
    let mut parents = vec![usize::MAX; sizes[inner].0];
    let pair = pairs
        .iter()
        .find(|p| (p.first, p.second) == (inner, outer) || (p.first, p.second) == (outer, inner))?;
    for j in 0..pair.ptr.len() - 1 {
        for col in &pair.cols[pair.ptr[j]..pair.ptr[j + 1]] {
            let (child, parent) =
                if pair.first == inner { (j, *col as usize) } else { (*col as usize, j) };
            if parents[child] != usize::MAX {
                return None;
            }
            parents[child] = parent;
        }
    }
    parents.iter().all(|p| *p != usize::MAX).then_some(parents)
}

fn entry_of(pair: &Pair, first: usize, second: usize) -> usize {
    let range = pair.ptr[first]..pair.ptr[first + 1];
    range.start + pair.cols[range].partition_point(|c| (*c as usize) < second)
}

impl Marginal for Nested {
    fn evaluate(&mut self, coefficients: &[f64], lambdas: &[Vec<f64>]) -> CoreResult<Evaluated> {
        if self.placed.is_empty() {
            self.place(coefficients, lambdas)?;
        }
        let data = &self.laplace.data;
        let (k, n) = (data.channels.len(), data.n);
        let mut fixed = vec![0.0; k * n];
        data.fixed_eta(0..n, coefficients, &mut fixed);
        let top = self.levels.len() - 1;
        let count = self.laplace.pattern.sizes[self.levels[top].block].0;
        let parts: Vec<Integral> = (0..count)
            .into_par_iter()
            .map(|group| self.integrate(top, group, &mut Vec::new(), &fixed, lambdas))
            .collect::<CoreResult<_>>()?;
        let mut a = vec![0.0; k * n];
        let mut all = Evaluated {
            value: 0.0,
            coefficients: vec![0.0; coefficients.len()],
            lambdas: lambdas.iter().map(|l| vec![0.0; l.len()]).collect(),
        };
        for part in &parts {
            all.value -= 2.0 * part.log;
            add(&mut all.lambdas, &part.lambdas, -2.0);
            for (channel, scores) in part.scores.iter().enumerate() {
                for (row, score) in part.rows.iter().zip(scores) {
                    a[channel * n + row] = -2.0 * score;
                }
            }
        }
        data.add_products(0..n, &a, &mut all.coefficients);
        Ok(all)
    }

    fn information(
        &mut self,
        coefficients: &[f64],
        lambdas: &[Vec<f64>],
    ) -> CoreResult<Information> {
        self.laplace.information(coefficients, lambdas)
    }

    fn modes(&self) -> Vec<Vec<f64>> {
        self.laplace.modes()
    }

    fn set_modes(&mut self, modes: &[Vec<f64>]) {
        self.laplace.set_modes(modes);
    }

    fn data(&self) -> &Data {
        &self.laplace.data
    }
}

impl Nested {
    /// The Laplace approximation below.
    pub fn laplace(&mut self) -> &mut Crossed {
        &mut self.laplace
    }
}
