"""Measures of a fit or of data: one number or small table, one question per file."""
