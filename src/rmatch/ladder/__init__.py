"""The ladder: objectives in order and limits that cross groups, each kept on the lowest rung that is exact for it.

:func:`~rmatch.ladder.stages.staged` is the way in.
"""
