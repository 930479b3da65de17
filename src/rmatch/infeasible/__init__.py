"""When it cannot be done: who shares too few partners, what they have in common, and what would help.

:func:`~rmatch.infeasible.witness.explained` is the way in.
"""
