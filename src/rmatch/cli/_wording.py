"""Advice in the words of the command line: what a message of the library says as Python, as it is typed here."""

from __future__ import annotations

import re

_VALUES = {"directory": "FILE", "mentees": "FILE", "history": "FILE", "program": "FILE", "sheet": "S"}
_VALUES |= {"encoding": "E", "delimiter": "D"}

_SENTENCES = {
    '`history=`, such as `history=rmatch.History.of("last_round.csv")`': "`--history FILE`",
    '`History.of(…, unknown="ignore")`': "`--unknown ignore`",
    'on_bad_rows="skip"': "`--on-bad-rows skip`",
    " A longer `time_limit` may help.": "",
    "raise `memory_limit`, or match": "match",
    "pass encoding=, such as encoding='cp1252' for": "pass `--encoding cp1252` for",
}
"""What is no argument alone, and advice on something that the command line cannot do."""

_ARGUMENT = re.compile(rf"(?<![\w?&;,/.-])(`?)({'|'.join(_VALUES)})=(?:'([^' ]+)')?\1(?![\w\"\[{{])")


def typed(text: str) -> str:
    """Return a message with arguments of Python functions as options, such as ``--encoding cp1252``."""
    for python, here in _SENTENCES.items():
        text = text.replace(python, here)
    return _ARGUMENT.sub(lambda found: f"`--{found[2]} {found[3] or _VALUES[found[2]]}`", text)
