"""Distribution functions: the only door to scipy, and what it lacks or is slow at."""
