"""Conformance tests for user classes: one check for each family, which reports the broken law, an example and the
remedy.
"""

from rmatch.testing._criterion import check_criterion
from rmatch.testing._laws import Unlawful
from rmatch.testing._limit import check_limit
from rmatch.testing._objective import check_objective
from rmatch.testing._rule import check_rule

__all__ = ["Unlawful", "check_criterion", "check_limit", "check_objective", "check_rule"]
