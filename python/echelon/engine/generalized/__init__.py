"""Generalized models: Laplace, quadrature, and what to distrust in their fits."""
