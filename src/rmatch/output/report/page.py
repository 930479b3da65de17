"""The page: one file that asks nothing of the network, made from a story and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from rmatch._util.templates import environment, source
from rmatch.analysis.summary import counted
from rmatch.output.report.installed import Failure
from rmatch.output.report.section import Section
from rmatch.output.report.story import Part, Story

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from markupsafe import Markup

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BARS = "".join(f".w{k}{{--w:{k}%}}" for k in range(101))


def render(story: Story) -> bytes:
    """Return the report as UTF-8: the same story gives the same bytes.

    What no page may hold, such as control characters and halves of a surrogate pair, is replaced in the end, wherever
    it comes from.
    """
    parts = [{"anchor": part.section.anchor, "title": part.section.title, "body": _body(part)} for part in story.parts]
    page = _templates().get_template("page.html").render(story=story, parts=parts, **_assets())
    return _CONTROLS.sub("\ufffd", page.replace("\r", " ")).encode("utf-8")


def _body(part: Part) -> Markup:
    """The inside of a section. One that cannot be drawn is told as one that failed."""
    section, drawn = part.section.section, part.data
    if section is not None and not isinstance(drawn, Failure):
        drawn = part.section.guarded(lambda: drawn_section(section, part.data))
    if isinstance(drawn, Failure):
        return _filled(_templates().get_template("failed.html"), data=drawn)
    return cast("Markup", drawn)


def drawn_section(section: Section[Any], data: object) -> Markup:
    """Return the inside of a section as HTML."""
    return _filled(_template(type(section)), section=section, data=data)


def _filled(template: Template, **names: object) -> Markup:
    from markupsafe import Markup

    return Markup(template.render(names).strip())


@cache
def _template(kind: type[Section[Any]]) -> Template:
    return _templates().from_string(kind.source())


@cache
def _templates() -> Environment:
    """The environment of all templates; sections of other packages may import ``parts.html`` too."""
    filters: dict[str, Callable[..., object]] = {
        "bar": bar,
        "coded": coded,
        "counted": counted,
        "label": label,
        "number": "{:,}".format,
        "sentence": sentence,
        "three": "{:.3f}".format,
    }
    return environment(__package__ or "", filters)


def bar(share: float) -> str:
    """Return the class of a bar that is this share of its track long."""
    return f"w{round(100 * min(max(share, 0.0), 1.0))}"


def coded(text: str) -> str:
    """Return the text, escaped, with what stands between backticks as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def label(name: str, most: int) -> str:
    """Return a name that fits beside a chart."""
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def sentence(clause: str) -> str:
    """Return the clause with a capital and a full stop."""
    return clause[:1].upper() + clause[1:] + ("" if clause.endswith((".", "!", "?")) else ".")


@cache
def _assets() -> dict[str, str]:
    """Style and script, which stand in the page as they are, and the hashes by which its policy allows them."""
    from markupsafe import Markup

    made = {
        name: source(__package__ or "", f"page.{end}").strip() for name, end in (("style", "css"), ("script", "js"))
    }
    made["style"] += _BARS
    digests = {name: hashlib.sha256(text.encode()).digest() for name, text in made.items()}
    hashes = {f"{name}_hash": f"sha256-{base64.b64encode(digest).decode()}" for name, digest in digests.items()}
    return {name: Markup(text) for name, text in made.items()} | hashes
