"""The loop: the best plan among all pairs without holding them, by prices that are proved over every one.

:func:`~rmatch.loop.certify.certify` is the way in.
"""
