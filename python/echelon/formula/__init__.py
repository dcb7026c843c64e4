"""Read formulas and level equations, and write them.

Room: formula/. Knows text, not data.
Takes: the text of a formula, or level equations.
Gives: `Formula`, and from it canonical text and textbook equations.
Source: the formula section of docs/reference.
"""
