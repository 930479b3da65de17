"""The page: one file that asks nothing of the network, made from a story and nothing else."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from rmatch.output.report.cards import cards_by_name
from rmatch.output.report.markup import text
from rmatch.output.report.rows import IN_PAGE, pairs_table
from rmatch.output.report.sections import behind, crossing, export, parity, scores, shortage, waiting, words
from rmatch.output.report.story import Story

_BARS = "".join(f".w{k}{{--w:{k}%}}" for k in range(101))


def render(story: Story) -> bytes:
    """The report as UTF-8: the same story gives the same bytes."""
    style, script = _packed("page.css") + _BARS, _packed("page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = [(name, anchor, body) for name, anchor, body in _sections(story) if body]
    contents = "".join(f'<li><a href="#{anchor}">{name}</a>' for name, anchor, _ in parts)
    body = "\n".join(
        f'<section id="{anchor}" aria-labelledby="{anchor}-h"><h2 id="{anchor}-h">{name}</h2>\n'
        f"<div>{inner}</div></section>"
        for name, anchor, inner in parts
    )
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{text(story.headline.title)}</title>
<style>{style}</style>
</head>
<body class="{story.view}">
<header>
{_head(story)}
{f'<nav aria-label="Contents"><ul>{contents}</ul></nav>' if len(parts) > 1 else ""}
</header>
<main>
{body}
</main>
{behind(story)}
<script>{script}</script>
</body>
</html>
"""
    return page.encode("utf-8")


def _sections(story: Story) -> list[tuple[str, str, str]]:
    return [
        ("By group", "parity", parity(story)),
        ("Scores", "scores", scores(story)),
        ("Departments", "departments", crossing(story)),
        ("Skills", "skills", shortage(story)),
        ("Pairs", "pairs", _pairs(story)),
        ("Without a partner", "waiting", waiting(story)),
        ("The program", "program", words(story)),
        ("The export", "export", export(story)),
    ]


def _head(story: Story) -> str:
    head = story.headline
    state = f' <span class="state">{text(head.state)}</span>' if head.state else ""
    lead = "".join(f"<p>{text(line)}" for line in head.lead)
    figures = "".join(f"<div><dt>{text(label)}<dd>{text(value)}</div>" for label, value in head.figures)
    return (
        f'<p class="kind">{text(head.kind)}{state}</p>\n<h1>{text(head.title)}</h1>\n<div class="lead">{lead}</div>'
        + (f'\n<dl class="figures">{figures}</dl>' if figures else "")
    )


def _pairs(story: Story) -> str:
    if story.cards:
        return _TOOLS.format(what="A name or a skill", more="") + cards_by_name(story.cards)
    if not story.pairs:
        return ""
    names = sorted({person.department for pair in story.pairs for person in (pair.mentor, pair.mentee)} - {""})
    options = "".join(f"<option>{text(name)}" for name in names)
    more = _DEPARTMENT.format(options=options) if len(names) > 1 else ""
    what = "Name, id or skill" if story.pairs[0].account else "Name or id"
    rest = f'<p class="rest">The first {IN_PAGE} of {len(story.pairs):,} pairs.' if len(story.pairs) > IN_PAGE else ""
    return _TOOLS.format(what=what, more=more + _LEAST) + rest + pairs_table(story.pairs) + _PAGES


_TOOLS = (
    '<div class="tools" role="search" hidden><label>{what}<input type="search" id="find" autocomplete="off"></label>'
    '{more}<p id="said" role="status"></p></div>'
)
_DEPARTMENT = '<label>Department<select id="department"><option value="">all</option>{options}</select></label>'
_LEAST = '<label>Score at least<input type="number" id="least" min="0" max="1" step="0.05"></label>'
_PAGES = '<div class="pages" hidden><button id="back">Previous</button><span></span><button id="on">Next</button></div>'


def _packed(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8").replace("\r\n", "\n").strip()


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
