"""Model and data to a design: y, the columns of X and Z, groups, covariance structures."""
