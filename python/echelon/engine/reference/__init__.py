"""The same criteria in plain dense NumPy: slow, for tests and readers."""
