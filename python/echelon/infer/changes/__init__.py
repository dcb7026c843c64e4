"""What if: the outcome of the same units after a change, and what would offset it."""
