//! Everything data can cause, as variants that carry indices and sizes, never sentences.

/// A failure of the numerics.
#[derive(Debug, Clone, PartialEq)]
pub enum CoreError {
    /// Two arrays that belong together differ in length.
    Shape { what: &'static str, got: usize, need: usize },
    /// A value is NaN or infinite; `column` is its place in the column pool.
    NonFinite { column: usize, row: usize },
    /// Sums of squares overflow: the column's values are too large to be squared.
    Overflow { column: usize },
    /// A group code is outside 0..n_groups.
    Code { block: usize, row: usize, code: i64, n_groups: usize },
    /// A weight is not positive.
    Weight { row: usize, value: f64 },
    /// The system matrix is not positive definite at pivot `index`.
    NotPositiveDefinite { index: usize },
    /// The mode of a group's random effects was not found.
    NoMode { group: usize },
    /// Quadrature was asked for over blocks that are not nested.
    NotNested { inner: usize, outer: usize },
    /// X has no column left after aliased ones were dropped, or n is not larger than p.
    NoResidualDegrees { n: usize, p: usize },
    /// The residual sum of squares is zero: the response is fitted exactly.
    PerfectFit,
    /// The factor would need more memory than the limit.
    TooLarge { bytes: u64, limit: u64 },
    /// The caller asked to stop.
    Interrupted,
    /// A covariance map failed in the caller's code.
    Map { message: String },
    /// Saved cross-products cannot be read back.
    Corrupt { what: &'static str },
}

/// Result of the numerics.
pub type CoreResult<T> = Result<T, CoreError>;
