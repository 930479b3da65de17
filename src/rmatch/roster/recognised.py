"""Columns that a sheet has under a header of another system or language, where that is certain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from rmatch.roster.issues import IssueLog, listing
from rmatch.schema.person import fold_header
from rmatch.schema.vocabulary import certain


def recognised(
    headers: Sequence[str], taken: Collection[int], present: Collection[str], file: str, log: IssueLog
) -> dict[str, int]:
    """Return where each column stands that exactly one further header is certain to mean.

    Where several mean one column, none is taken, which is said.

    Args:
        headers: The headers of the sheet.
        taken: The positions that feed another column.
        present: The columns that the sheet has already.
        file: The name of the sheet.
        log: Takes what is not taken, as ``info``.
    """
    candidates: dict[str, list[int]] = defaultdict(list)
    for k, header in enumerate(headers):
        known = certain().get(fold_header(header))
        if known is not None and k not in taken and known.column not in present:
            candidates[known.column].append(k)
    for name, positions in candidates.items():
        if len(positions) > 1:
            several = [headers[k].strip() for k in positions]
            reason = f"{len(several)} headers may mean the column {name!r}, and none is read as it: {listing(several)}"
            remedy = f'Choose one in a program: [columns.{name}] source = "{several[0]}".'
            log.note("info", file, reason, remedy, column=name)
    return {name: positions[0] for name, positions in candidates.items() if len(positions) == 1}
