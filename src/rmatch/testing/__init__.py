"""Is your own criterion or rule lawful? Two checks that say which law is broken, for whom, and how to mend it."""

from rmatch.testing._criterion import check_criterion
from rmatch.testing._laws import Unlawful
from rmatch.testing._rule import check_rule

__all__ = ["Unlawful", "check_criterion", "check_rule"]
