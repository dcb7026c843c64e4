//! A flag that asks a long computation to end.

use crate::error::{CoreError, CoreResult};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared between the computation, which looks, and whoever may want it to end.
#[derive(Clone, Default, Debug)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks the computation to end.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to.
    #[inline(always)]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error once the computation was asked to end.
    ///
    /// # Errors
    /// `Interrupted`.
    pub fn check(&self) -> CoreResult<()> {
        if self.is_requested() { Err(CoreError::Interrupted) } else { Ok(()) }
    }
}
