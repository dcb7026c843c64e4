//! Python binding of echelon-core: views in, fields out, no arithmetic.

mod errors;
mod generalized;
mod maps;
mod products;
mod sampler;
mod threads;
mod workspace;

use pyo3::prelude::*;

/// Vector instructions found on this machine.
#[pyfunction]
fn cpu_features() -> Vec<&'static str> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        let tests = [
            ("avx2", std::arch::is_x86_feature_detected!("avx2")),
            ("fma", std::arch::is_x86_feature_detected!("fma")),
            ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
        ];
        found.extend(tests.iter().filter(|(_, has)| *has).map(|(name, _)| *name));
    }
    #[cfg(target_arch = "aarch64")]
    found.push("neon");
    found
}

/// "release" or "debug": a debug build is about 50 times slower.
#[pyfunction]
fn build_profile() -> &'static str {
    if cfg!(debug_assertions) { "debug" } else { "release" }
}

#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add("KernelError", m.py().get_type::<errors::KernelError>())?;
    m.add_class::<generalized::PyGeneralized>()?;
    m.add_class::<products::PyCrossProducts>()?;
    m.add_class::<sampler::PySampler>()?;
    m.add_class::<workspace::PyWorkspace>()?;
    m.add_function(wrap_pyfunction!(threads::thread_count, m)?)?;
    m.add_function(wrap_pyfunction!(cpu_features, m)?)?;
    m.add_function(wrap_pyfunction!(build_profile, m)?)?;
    Ok(())
}
