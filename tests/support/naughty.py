# ruff: noqa: E501
"""Texts that break software, kind by kind: ``STORABLE`` can stand in a file, ``UNSTORABLE`` in none."""

from __future__ import annotations

import json

from places import DATA

KINDS: dict[str, list[str]] = {
    "formulas": [
        "=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example","y")', "+1+1", "-1+1", "@SUM(1+1)", "＝1+1", "＋1", "－1",
        "＠SUM(A1)", "'=1", "''", "=", "+", "-", "@", "=A1&\"\n\"&B1", "-2+3+cmd|' /C calc'!D2", "%0A=1", ";=1",
    ],
    "markup": [
        "<b>bold</b>", "<script>alert(1)</script>", "</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
        "<!-- comment", "-->", "]]>", "<![CDATA[x]]>", "&lt;", "&amp;amp;", "&#0;", "<svg/onload=alert(1)>", "{{7*7}}",
        "${7*7}", "<%= 7*7 %>", "javascript:alert(1)", "<a href='x'>y</a>", "\\u003cscript\\u003e",
    ],
    "quotes": ['"', '""', "'", '"a"b', "a\"b'c", "`id`", "\u201cx\u201d", "\u00abx\u00bb", "\\", "\\\\", "\\n", '\\"', ",", '","', "a,b", "a\tb", "|"],
    "control characters": ["\x01", "a\x02b", "\x07", "\x08", "\x0bx", "a\x0cb", "\x1b[31mred\x1b[0m", "a\x1cb", "\x1f.", "\x7f", "a\x80b", "a\x85b", "a\x9fb"],
    "line ends": ["a\nb", "a\rb", "a\r\nb", "a\n\rb", "a\n\nb", "a\u2028b", "a\u2029b", "a\x0b\x0cb"],
    "directions": ["\u202eabc", "abc\u202d", "\u200fx", "\u200ex", "\u2066x\u2069", "\u061cx", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627 abc"],
    "nothing to be seen": ["\u200b", "\u200c", "\u200d", "\ufeffx", "x\ufeff", "\u2060", "\u00ad", "a\u00adb", "\u3164", "\u115f", "\U000e0041"],
    "blanks": ["a  b", "a\u00a0b", "a\u3000b", "a\u2009b"],
    "combining": ["e\u0301", "\u00e9", "Z\u0351\u036b\u0343a\u0323l\u0330", "\u0301", "n\u0303\u0303\u0303", "\u1112\u1161\u11ab", "\ufb01", "\u212b", "\u0130", "\u0131", "\u00df", "\u1e9e"],
    "emoji and astral": [
        "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea", "1\ufe0f\u20e3", "\u2764\ufe0f", "\U00020bb7\u7530", "\U0001d554", "\U0010ffff",
        "\ufffe", "\uffff", "\ufffd",
    ],
    "scripts": ["\u7530\u4e2d\u3055\u3093", "\ud55c\uad6d\uc5b4", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0395\u03bb\u03bb\u03ac\u03c2", "\u0420\u0443\u0441", "\U0001d4af\U0001d4bd", "\uff26\uff35\uff2c\uff2c"],
    "names of devices and paths": ["CON", "con.txt", "NUL", "COM1", "LPT1", "aux", "../../etc/passwd", "..\\..\\x", "/dev/null", "C:\\x", "~", "..", "file:///x", ".", "a/b", "*?"],
    "words of machines": [
        "NULL", "None", "nil", "undefined", "NaN", "inf", "-Infinity", "true", "FALSE", "#N/A", "#REF!", "NA", "n/a", "__proto__", "constructor", "0x1F", "1e400", "00123", "1_000",
        "2024-02-30", "12:60h", "1/2", "1.0", "٣", "½",
    ],
    "commands": ["'; DROP TABLE people; --", "1 OR 1=1", "$(rm -rf x)", "a; ls", "a && b", "| cat", "%s%s%n", "%d", "{}", "{0}", "{x!r}", "$HOME", "%PATH%", "{{}}", "\\x00", "\\0", "(a+)+$", "[a-"],
    "long": ["x" * 5_000, "é" * 3_000, "a " * 2_000 + "b", "\U0001f600" * 1_000],
}  # fmt: skip

STORABLE = list(dict.fromkeys(text for texts in KINDS.values() for text in texts))
UNSTORABLE = ["\0", "a\0b", "\0\0", "\ud800", "a\udfffb", "\udc00\ud800", "x" * 131_073, "é" * 131_073]
EMPTY = [" ", "\t", "\n", "\u00a0", "\u3000", "\x1c", "\r\n"]
"""Nothing but white space: no answer."""


def shared() -> list[str]:
    """The naughty strings of the shared data, none where they are missing."""
    file = DATA / "messy" / "naughty_strings.json"
    return list(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []
