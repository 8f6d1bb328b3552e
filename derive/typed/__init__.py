"""Formulas as people type them: text to expressions and problems."""
