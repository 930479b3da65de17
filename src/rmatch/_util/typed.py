"""Advice in the words of the command line, for its readers and those of files: what the library says as Python, as it
is typed there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_VALUES = {"directory": "FILE", "mentees": "FILE", "history": "FILE", "program": "FILE", "sheet": "S"}
_VALUES |= {"encoding": "E", "delimiter": "D"}

_SENTENCES = {
    '`history=`, such as `history=rmatch.History.of("last_round.csv")`': "`--history FILE`",
    '`History.of(…, unknown="ignore")`': "`--unknown ignore`",
    'on_bad_rows="skip"': "`--on-bad-rows skip`",
    " A longer `time_limit` may help.": "",
    ", see `.issues`": "",
    "load the matching with `roster=`": "name the files that it was made from",
    "raise `memory_limit`, or match": "match",
    "`keep`, row": "`--keep`, row",
    "`drop`, row": "`--drop`, row",
    "pass encoding=, such as encoding='cp1252' for": "pass `--encoding cp1252` for",
}
"""What is no argument alone, and advice on something that the command line cannot do."""

_ARGUMENT = re.compile(rf"(?<![\w?&;,/.-])(`?)({'|'.join(_VALUES)})=(?:'([^' ]+)')?\1(?![\w\"\[{{])")


def typed(text: str) -> str:
    """Return a message with arguments of Python functions as options, such as ``--encoding cp1252``."""
    for python, here in _SENTENCES.items():
        text = text.replace(python, here)
    return _ARGUMENT.sub(lambda found: f"`--{found[2]} {found[3] or _VALUES[found[2]]}`", text)


def advised(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of issues or cautions with what is wrong and what to do in these words."""
    told = [name for name in ("reason", "what", "remedy") if name in table]
    return table.assign(
        **{name: table[name].map({text: typed(text) for text in table[name].unique()}) for name in told}
    )
