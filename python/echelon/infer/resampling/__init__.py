"""Bootstrap: ways to draw the data again, and intervals from the replicates."""
