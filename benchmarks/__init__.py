"""Benchmarks: echelon beside its peers on fixed workloads, in one run."""
