//! Cross-products of a simulated response: what a parametric bootstrap refits. Theory (20).

use crate::crossprod::{CrossProducts, dot};
use crate::error::CoreResult;
use crate::noise::Noise;
use crate::small;
use rand_distr::{Distribution, Gamma, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// A model to draw from: y = X beta + Z b + e.
pub struct Sampler {
    noise: Noise,
    lambdas: Vec<Vec<f64>>,
    sigma: f64,
    /// Coefficients of the centred columns, (p,); 0 where not estimated.
    beta: Vec<f64>,
}

impl Sampler {
    /// Prepares draws; `beta` are raw coefficients (NaN where not estimated).
    ///
    /// # Errors
    /// Those of the factorisation.
    pub fn new(
        products: &CrossProducts,
        lambdas: Vec<Vec<f64>>,
        sigma: f64,
        beta: &[f64],
    ) -> CoreResult<Self> {
        let mut centred: Vec<f64> =
            beta.iter().map(|b| if b.is_nan() { 0.0 } else { *b }).collect();
        if let Some(one) = products.intercept {
            let p = products.p;
            let shift = dot(&products.centre[..p], &centred);
            centred[one] += shift - products.centre[p];
        }
        Ok(Self { noise: Noise::new(products)?, lambdas, sigma, beta: centred })
    }

    /// Puts the cross-products of a simulated response in the place of those of y.
    ///
    /// The same seed gives the same response on any machine and any number of threads.
    pub fn draw_into(&self, seed: u64, products: &mut CrossProducts) {
        let mut source = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut normal = || -> f64 { StandardNormal.sample(&mut source) };
        let b: Vec<Vec<f64>> = products
            .blocks
            .iter()
            .zip(&self.lambdas)
            .map(|(block, lambda)| {
                let mut b = vec![0.0; block.n_groups * block.r];
                let mut u = vec![0.0; block.r];
                for own in b.chunks_exact_mut(block.r) {
                    u.iter_mut().for_each(|v| *v = self.sigma * normal());
                    small::apply(block.r, lambda, &u, own);
                }
                b
            })
            .collect();
        let (c, square) = self.noise.draw(&mut normal);
        let df = products.n as f64 - self.noise.rank as f64;
        let rest = Gamma::new(0.5 * df, 2.0).map_or(0.0, |chi| chi.sample(&mut source));
        self.write(&b, &c, square + rest, products);
    }

    fn write(&self, b: &[Vec<f64>], c: &[f64], square: f64, products: &mut CrossProducts) {
        let (p, px, sigma) = (products.p, products.p + 1, self.sigma);
        let zb = products_with_effects(products, b);
        let n_blocks = products.blocks.len();
        let c_x = self.noise.of_block(c, n_blocks, p);
        let (mut quadratic, mut cross) = (0.0, dot(&self.beta, c_x));
        let mut xb = vec![0.0; p];
        for (k, block) in products.blocks.iter_mut().enumerate() {
            let c_k = self.noise.of_block(c, k, b[k].len());
            cross += dot(&b[k], c_k);
            quadratic += dot(&b[k], &zb[k]);
            for (i, row) in block.zx.chunks_exact_mut(px).enumerate() {
                let fixed = dot(&row[..p], &self.beta);
                quadratic += 2.0 * b[k][i] * fixed;
                xb.iter_mut().zip(&row[..p]).for_each(|(t, v)| *t += v * b[k][i]);
                row[p] = fixed + zb[k][i] + sigma * c_k[i];
            }
        }
        for a in 0..p {
            let fixed = dot(&products.xx[a * px..a * px + p], &self.beta);
            quadratic += self.beta[a] * fixed;
            let value = fixed + xb[a] + sigma * c_x[a];
            products.xx[a * px + p] = value;
            products.xx[p * px + a] = value;
        }
        products.xx[px * px - 1] = quadratic + 2.0 * sigma * cross + sigma * sigma * square;
    }
}

/// Z_k'W Z b for every block, (J, r) each.
fn products_with_effects(products: &CrossProducts, b: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut out: Vec<Vec<f64>> = b.iter().map(|v| vec![0.0; v.len()]).collect();
    for (k, block) in products.blocks.iter().enumerate() {
        let r = block.r;
        let parts = block.zz.chunks_exact(r * r).zip(b[k].chunks_exact(r));
        for ((zz, own), target) in parts.zip(out[k].chunks_exact_mut(r)) {
            small::apply(r, zz, own, target);
        }
    }
    for pair in &products.pairs {
        let (r1, r2) = pair.shape;
        // A multiple membership lists its own pairs both ways.
        let is_own = pair.first == pair.second;
        for j in 0..pair.ptr.len() - 1 {
            for at in pair.ptr[j]..pair.ptr[j + 1] {
                let other = pair.cols[at] as usize;
                for e in 0..r1 * r2 {
                    let (i, k) = (j * r1 + e / r2, other * r2 + e % r2);
                    let value = pair.values[at * r1 * r2 + e];
                    out[pair.first][i] += value * b[pair.second][k];
                    if !is_own {
                        out[pair.second][k] += value * b[pair.first][i];
                    }
                }
            }
        }
    }
    out
}
