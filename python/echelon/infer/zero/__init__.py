"""Is a variance zero: likelihood ratios with their mixtures, and models without a term."""
