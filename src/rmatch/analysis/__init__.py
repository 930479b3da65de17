"""What a plan answers: why, why not, who else, at what price, who waits, and what changed.

:class:`~rmatch.Matching` asks these rooms.
"""
