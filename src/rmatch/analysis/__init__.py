"""Analysis of a result: explanations, alternatives, costs, people without a partner, and differences between plans.

Each module contains functions of a :class:`~rmatch.result.Result`; :class:`~rmatch.Matching` delegates to them.
"""
