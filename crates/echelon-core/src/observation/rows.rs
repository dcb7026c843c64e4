//! e^-x and log(1 + s) for loops over rows: no branches, no calls, so that loops become vectors.
//!
//! Both are within two units of the last place of the exact value on their ranges.

/// Rows of a block; short enough for the nearest cache.
pub const BLOCK: usize = 128;

/// Weights and trials that were left out.
pub static ONES: [f64; BLOCK] = [1.0; BLOCK];

/// The part of an optional column that belongs to rows `from..to`: ones when it was left out.
#[inline(always)]
pub fn part(column: &[f64], from: usize, to: usize) -> &[f64] {
    if column.is_empty() { &ONES[..to - from] } else { &column[from..to] }
}

/// a b + c, in one instruction where the loop is compiled for a machine that has it.
#[inline(always)]
fn fused<const HAS: bool>(a: f64, b: f64, c: f64) -> f64 {
    if HAS { a.mul_add(b, c) } else { a * b + c }
}

/// e^-x, x >= 0; beyond 708 the value at 708 (3e-308). HAS: a b + c is one instruction.
#[inline(always)]
pub fn exp_neg<const HAS: bool>(x: f64) -> f64 {
    exp_within::<HAS>(if x < 708.0 { -x } else { -708.0 })
}

/// e^x, -708 <= x <= 709.
#[inline(always)]
fn exp_within<const HAS: bool>(x: f64) -> f64 {
    // Adding it leaves the nearest whole number in the last bits.
    const SHIFTER: f64 = 6_755_399_441_055_744.0;
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let shifted = fused::<HAS>(x, std::f64::consts::LOG2_E, SHIFTER);
    let k = shifted - SHIFTER;
    let r = fused::<HAS>(-k, LN_2_LOW, fused::<HAS>(-k, LN_2_HIGH, x));
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0f64.to_bits()));
    let (r2, r4) = (r * r, (r * r) * (r * r));
    let pair = |even: f64, odd: f64| fused::<HAS>(r, odd, even);
    let low = fused::<HAS>(r2, pair(1.0 / 24.0, 1.0 / 120.0), pair(0.5, 1.0 / 6.0));
    let middle = pair(1.0 / 720.0, 1.0 / 5040.0);
    let middle = fused::<HAS>(r2, pair(1.0 / 40_320.0, 1.0 / 362_880.0), middle);
    let high = pair(1.0 / 3_628_800.0, 1.0 / 39_916_800.0);
    let high = fused::<HAS>(r2, pair(1.0 / 479_001_600.0, 1.0 / 6_227_020_800.0), high);
    let rest = fused::<HAS>(r4, fused::<HAS>(r4, high, middle), low);
    fused::<HAS>(scale, fused::<HAS>(r2, rest, r), scale)
}

/// log(1 + s), 0 <= s <= 1.
#[inline(always)]
pub fn ln_1p<const HAS: bool>(s: f64) -> f64 {
    // 1 + s = (1 + f) or 2 (1 + f), f in -0.3 .. 0.42; log(1 + f) = 2 atanh(f / (2 + f)).
    let is_large = s > 0.414_213_562_373_095_03;
    let f = if is_large { 0.5 * (s - 1.0) } else { s };
    let base = if is_large { std::f64::consts::LN_2 } else { 0.0 };
    let z = f / (2.0 + f);
    let (t, t2) = (z * z, (z * z) * (z * z));
    let pair = |even: f64, odd: f64| fused::<HAS>(t, odd, even);
    let low = fused::<HAS>(t2, pair(1.0 / 7.0, 1.0 / 9.0), pair(1.0 / 3.0, 1.0 / 5.0));
    let high = fused::<HAS>(t2, pair(1.0 / 15.0, 1.0 / 17.0), pair(1.0 / 11.0, 1.0 / 13.0));
    let high = fused::<HAS>(t2 * t2, 1.0 / 19.0, high);
    let series = fused::<HAS>(t2 * t2, high, low);
    // f - z f = 2 z, and f is exact.
    base + fused::<HAS>(-z, fused::<HAS>(-2.0 * t, series, f), f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree<const HAS: bool>() {
        for i in 0..200_000 {
            let x = f64::from(i) * 0.003_54;
            let exact = (-x).exp();
            assert!((exp_neg::<HAS>(x) - exact).abs() <= 3e-16 * exact, "{x}");
            for s in [f64::from(i) / 200_000.0, exp_neg::<HAS>(x)] {
                assert!((ln_1p::<HAS>(s) - s.ln_1p()).abs() <= 4e-16 * s.ln_1p(), "{s}");
            }
        }
        assert!(exp_neg::<HAS>(1e300) > 0.0 && exp_neg::<HAS>(1e300) < 1e-300);
        assert!(exp_neg::<HAS>(0.0) == 1.0 && ln_1p::<HAS>(0.0) == 0.0);
    }

    #[test]
    fn both_agree_with_the_library() {
        agree::<true>();
        agree::<false>();
    }
}
