"""Saved fits: numbers and text in a zip file, never pickles."""
