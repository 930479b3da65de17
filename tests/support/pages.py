"""A document as something that can be run: its blocks in order, in a folder that holds the example's people.

- ``sh``: every line that calls ``rmatch`` is run; ``# exit code 3`` at its end says that it is meant to end so.
- ``python``: the blocks of a page are one program.
- ``text`` right after either: exactly what was printed.
- a block with a file's name behind its language (``csv people.csv``) is that file.
- any other ``toml`` block is a program or a part of one.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from places import DOCS, ROOT

import rmatch
from rmatch import cli

PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]

_BLOCK = re.compile(r"^```(\w+)(?: +(\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^.*?(?:\.venv/bin/|^)rmatch (?P<words>.*?)(?: +# exit code (?P<code>\d+))?$")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page, and the text that is shown below it, if any."""

    language: str
    file: str
    body: str
    line: int
    shown: str | None = None


def blocks(text: str) -> list[Block]:
    """Return the blocks of a page, each ``text`` block with the block that it shows the output of."""
    found: list[Block] = []
    end = -1
    for match in _BLOCK.finditer(text):
        language, file, body = match[1], match[2] or "", match[3]
        line = text[: match.start()].count("\n") + 1
        if language == "text" and found and not text[end : match.start()].strip():
            last = found.pop()
            found.append(Block(last.language, last.file, last.body, last.line, body))
        else:
            found.append(Block(language, file, body, line))
        end = match.end()
    return found


def commands(body: str) -> Iterator[tuple[list[str], int]]:
    """The rmatch commands of a shell block, and the exit code that each is meant to have."""
    for line in body.splitlines():
        match = _COMMAND.match(line)
        if match is not None:
            yield shlex.split(match["words"]), int(match["code"] or 0)


def run(page: Path, said: Callable[[], str]) -> Iterator[tuple[Block, str]]:
    """Run a page in the current folder; give each block that does something, and what it printed.

    ``said`` returns what was printed since it was last asked.
    """
    scope: dict[str, Any] = {}
    for block in blocks(page.read_text(encoding="utf-8")):
        where = f"{page.name}, line {block.line}"
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.body, encoding="utf-8")
        if block.language == "toml":
            assert_program(block.body, where)
        if block.language == "python":
            exec(compile(block.body, where, "exec"), scope)
        if block.language == "sh":
            for words, code in commands(block.body):
                assert exit_code(words) == code, f"{where}: rmatch {shlex.join(words)}\n{said()}"
        if block.language in ("python", "sh"):
            yield block, said()


def exit_code(words: list[str]) -> int:
    try:
        return cli.main(words)
    except SystemExit as end:  # --help, and wrong usage
        return int(end.code or 0)


def assert_program(body: str, where: str) -> None:
    """A part of a program is valid under the keys that a program has; that of a package is no program."""
    data = tomllib.loads(body)
    if "project" not in data:
        assert isinstance(rmatch.Program.model_validate(data), rmatch.Program), where
