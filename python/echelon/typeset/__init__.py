"""Numbers and names set in lines of text: digits, widths, columns. Knows no models."""
