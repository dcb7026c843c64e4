//! Numerics of echelon.
