//! Thread pools: one for the process, sized once; others only when a call asks for another size.

use pyo3::prelude::*;
use rayon::ThreadPool;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

static POOLS: Mutex<Option<HashMap<usize, Arc<ThreadPool>>>> = Mutex::new(None);

/// Number of threads: `ECHELON_NUM_THREADS`, or the cores this process may use.
#[pyfunction]
pub fn thread_count() -> usize {
    let asked = std::env::var("ECHELON_NUM_THREADS").ok().and_then(|v| v.parse::<usize>().ok());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    asked.filter(|n| *n > 0).unwrap_or(cores).min(256)
}

fn pool(threads: usize) -> Option<Arc<ThreadPool>> {
    let mut guard = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let pools = guard.get_or_insert_with(HashMap::new);
    if let Some(pool) = pools.get(&threads) {
        return Some(Arc::clone(pool));
    }
    let made = rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok().map(Arc::new)?;
    pools.insert(threads, Arc::clone(&made));
    Some(made)
}

/// Runs `task` in a pool of the size asked for (default: the process's).
///
/// Small work stays on this thread, as handing it to a pool costs more than the work.
pub fn run<T: Send>(threads: Option<usize>, is_large: bool, task: impl FnOnce() -> T + Send) -> T {
    let size = threads.filter(|n| *n > 0).unwrap_or_else(thread_count).min(256);
    match if is_large { pool(size) } else { None } {
        Some(pool) => pool.install(task),
        None => task(),
    }
}
