"""Penalized and marginal quasi-likelihood, as MLwiN and GLIMMIX have them."""
