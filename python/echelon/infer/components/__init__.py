"""Parameters and variance components: tables, standard errors, profile likelihood."""
