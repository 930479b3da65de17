"""Text that stays text: whatever a cell holds, the browser shows it and does nothing with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from urllib.parse import quote

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"']+@[^\s@<>()\[\],;:\"']+")


def text(value: str) -> str:
    """The value as it may stand between two tags."""
    return escape(_CONTROLS.sub("\ufffd", value.replace("\r", " ")), quote=False)


def sentence(clause: str) -> str:
    """The clause with a capital and a full stop, as text."""
    return text(clause[:1].upper() + clause[1:] + ("" if clause.endswith((".", "!", "?")) else "."))


def isolated(value: str) -> str:
    """The value among other words, its direction of writing kept to itself."""
    return f"<bdi>{text(value)}</bdi>"


def letter_to(addresses: Iterable[str]) -> str:
    """A link that writes to these addresses, or their bare text where one does not look like an address."""
    known = [address for address in addresses if address]
    shown = ", ".join(map(text, known))
    if not known or not all(map(_ADDRESS.fullmatch, known)):
        return shown
    return f'<a href="mailto:{",".join(quote(address, safe="@", errors="replace") for address in known)}">{shown}</a>'


def width(share: float) -> str:
    """The class of a bar that is this share of its track long."""
    return f"w{round(100 * min(max(share, 0.0), 1.0))}"
