//! One pool of threads for the whole process, sized once.

use pyo3::prelude::*;
use std::sync::OnceLock;

static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();

/// Number of threads: `ECHELON_NUM_THREADS`, or the cores this process may use.
#[pyfunction]
pub fn thread_count() -> usize {
    let asked = std::env::var("ECHELON_NUM_THREADS").ok().and_then(|v| v.parse::<usize>().ok());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    asked.filter(|n| *n > 0).unwrap_or(cores).min(256)
}

/// Runs `task` in the pool (on this thread when there is one thread, or no pool can be made).
pub fn run<T: Send>(task: impl FnOnce() -> T + Send) -> T {
    let pool = POOL.get_or_init(|| {
        rayon::ThreadPoolBuilder::new().num_threads(thread_count()).build().ok()
    });
    match pool {
        Some(pool) => pool.install(task),
        None => task(),
    }
}
