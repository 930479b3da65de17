"""Explanations of shortages: which people share too few partners, what they have in common, and what would help.

The entry points are :func:`~rmatch.infeasible.witness.explained` and :func:`~rmatch.infeasible.witness.shortages`.
"""
