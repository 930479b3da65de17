"""What the four families of a program share."""

from rmatch.element._known import json_schema, known, parse
from rmatch.element._spec import (
    Present,
    Remembered,
    Spec,
    Unknown,
    Who,
    asked,
    pairs_by_id,
    refuse_twice,
    refuse_unread,
    refuse_unsaid,
    said_of,
)

__all__ = [
    "Present",
    "Remembered",
    "Spec",
    "Unknown",
    "Who",
    "asked",
    "json_schema",
    "known",
    "pairs_by_id",
    "parse",
    "refuse_twice",
    "refuse_unread",
    "refuse_unsaid",
    "said_of",
]
