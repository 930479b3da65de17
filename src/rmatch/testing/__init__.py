"""Is your own class lawful? A check for each family, which says what law is broken, for whom, and how to mend it."""

from rmatch.testing._criterion import check_criterion
from rmatch.testing._laws import Unlawful
from rmatch.testing._limit import check_limit
from rmatch.testing._objective import check_objective
from rmatch.testing._rule import check_rule

__all__ = ["Unlawful", "check_criterion", "check_limit", "check_objective", "check_rule"]
