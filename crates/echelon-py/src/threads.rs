//! Thread pools: one for the process, sized once; others only when a call asks for another size.

use crate::errors::raise;
use echelon_core::error::{CoreError, CoreResult};
use echelon_core::stop::Stop;
use pyo3::prelude::*;
use rayon::ThreadPool;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// How long a computation may run before signals are looked at.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

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

/// Runs `task` without the interpreter lock, in a pool of the size asked for.
///
/// Small work stays on this thread, as handing it over costs more than the work. For large work
/// this thread waits and looks for signals, which Python delivers to the main thread only; `stop`
/// then asks the task to end, and the signal's exception is raised.
pub fn run<T: Send>(
    py: Python<'_>,
    threads: Option<usize>,
    is_large: bool,
    stop: &Stop,
    task: impl FnOnce() -> CoreResult<T> + Send,
) -> PyResult<T> {
    if !is_large {
        return py.detach(task).map_err(raise);
    }
    let size = threads.filter(|n| *n > 0).unwrap_or_else(thread_count).min(256);
    let mut signal = None;
    let result = py.detach(|| {
        std::thread::scope(|scope| {
            let (done, wait) = mpsc::channel();
            scope.spawn(move || {
                let result = match pool(size) {
                    Some(pool) => pool.install(task),
                    None => task(),
                };
                // The receiver waits until this arrives.
                let _ = done.send(result);
            });
            loop {
                match wait.recv_timeout(SIGNAL_INTERVAL) {
                    Ok(result) => return Some(result),
                    Err(mpsc::RecvTimeoutError::Disconnected) => return None,
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        if let Err(error) = Python::attach(|py| py.check_signals()) {
                            stop.request();
                            signal = Some(error);
                        }
                    }
                }
            }
        })
    });
    match (signal, result) {
        (Some(error), _) => Err(error),
        (None, Some(result)) => result.map_err(raise),
        (None, None) => Err(raise(CoreError::Interrupted)),
    }
}
