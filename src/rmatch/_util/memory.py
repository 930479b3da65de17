"""Memory that is freed and soon asked for again."""

from __future__ import annotations

from functools import cache

import numpy as np

_LARGEST = (1 << 25) - (1 << 13)  # bytes, with room for the header: what is larger, glibc always gives back


@cache
def keep_freed_memory() -> None:
    """Have arrays of up to 32 MB take the place of earlier ones, so that their pages are not made anew each time.

    glibc gives a large array back to the system as soon as it is freed, until it has seen one as large before. So one
    is made and freed, which touches no page of it. Up to 64 MB stay with the process. Elsewhere nothing changes.
    """
    np.empty(_LARGEST, np.uint8)
