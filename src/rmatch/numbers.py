"""Which whole numbers a float holds exactly."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating]

EXACT = 1 << 24
"""Whole numbers below this, and their sums and products below it, are exact in float32."""
