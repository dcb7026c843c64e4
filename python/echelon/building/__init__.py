"""Models side by side: comparison, building up, simplifying."""
