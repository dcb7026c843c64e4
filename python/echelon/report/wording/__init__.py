"""The words for findings: what was seen, what it means for which numbers, what to do next."""
