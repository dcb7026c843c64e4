"""Cluster-robust covariance of the fixed effects."""
