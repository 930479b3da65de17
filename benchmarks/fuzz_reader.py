# ruff: noqa: E501
"""Throw mutated files at the reader: whatever comes in, a roster or an error of its own comes out.

    python -m benchmarks.fuzz_reader --seconds 300 --json benchmarks/results/fuzz.json

The files are the messy ones of the shared data, where they are there, and small exports of every kind. Each is cut,
spliced, and sprinkled with bytes that mean something to a reader, by a seeded generator: a seed gives the same inputs
again. Every input is read as one sheet, as two, as text with a directory, and as an alias table. If anything comes out
but a ``Roster``, a table or an ``RmatchError``, that is a crash, and so is what takes over ten seconds.
"""

from __future__ import annotations

import io
import random
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from _run import Figures, parser, report

import rmatch

SHARED = Path(__file__).parents[1].parent / "shared" / "data"
SLOW = 10.0
LARGEST = 1_500
"""Bytes of a file that are kept."""

TOKENS = [
    b",", b";", b"\t", b"|", b'"', b'""', b"'", b"\n", b"\r", b"\r\n", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0",
    b"\xe9", b"\xc3\xa9", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xe2\x80\xa8", b"\xc2\x85", b"\xe2\x80\x8b", b"\x1c", b"\x0b",
    b"employee_id", b"role", b"mentor", b"mentee", b"both", b"none", b"capacity", b"min_pairs", b"manager_id", b"skills_offered", b"skills_wanted",
    b"availability", b"timezone", b"Mon 09:00-11:00", b"Mon-Sun 0-24", b"Europe/Berlin", b"grade", b"department", b"email", b"name",
    b"00012", b"12", b"1.23E+11", b"1,5", b"1.500,00", b"-1", b"99999999999999999999", b"NaN", b"inf", b"1e309", b"['a', 'b']", b"[", b"]", b":5", b"(4)", b":99",
    b"Python", b"Pyhton", b"C++", b"C#", b"=1+1", b"alias,canonical\na,b\n", b"sep=;\n", b" ", b"\xc2\xa0", b",,,,", b"a;b|c\nd", b"PK\x03\x04", b"\x1f\x8b",
]  # fmt: skip

MADE = [
    "employee_id,role,name,skills_offered,skills_wanted,grade,manager_id\n1,mentor,Zo\u00eb,a;b:3,c,1,2\n2,mentee,\u00c5ke,c,a,3,\n",
    "USERID;role;capacity;min_pairs\nUser ID;Role;Capacity;Min pairs\n007;both;2;1\n7;mentor;1;0\n8;mentee;;\n",
    'Report\n\n"Employee\nNumber",Role,availability,timezone\n1,mentor,Mon 09:00-11:00,Europe/Berlin\n2,mentee,"Tue 9-10\nWed 9-10",\n',
    "id\trole\tgoals\tlocation\n1\tmentor\t['x', 'y']\tLeeds\n2\tmentee\tx|y\tleeds \n",
    "alias,canonical\njs,JavaScript\npy,Python\n",
    "employee_id,role,score\n" + "".join(f"{k},mentor,{k}5\n" for k in range(40)) + "41,ment",
]  # fmt: skip


NUMBERED = rmatch.Program(
    aliases={"js": "JavaScript", "Pyhton": "Python"},
    columns={
        "employee_id": {"source": "@row"},
        "grade": {"source": {"mentors": "grade"}, "order": ["1", "2", "3"]},
        "skills_offered": {"source": {"mentees": ["skills_offered", "name"]}, "na": ["NA"]},
    },
)
PLAIN = rmatch.Program(columns={"employee_id": {"source": "@row"}}, aliases={"js": "JavaScript"})


def seeds() -> list[bytes]:
    """The files that inputs are made from, cut to :data:`LARGEST` bytes."""
    files = [p for p in sorted(SHARED.rglob("*")) if p.suffix in (".csv", ".txt", ".json") and p.is_file()]
    found = [file.read_bytes()[:LARGEST] for file in files]
    made = [text.encode() for text in MADE]
    coded = [MADE[0].encode(code) for code in ("utf-16", "cp1252", "utf-8-sig")]
    return [*found, *coded, *made * (1 + len(found) // len(made))]  # as many that name people as others


def mutated(parts: list[bytes], draw: random.Random) -> bytes:
    """One input: a file, changed a few times."""
    data = bytearray(draw.choice(parts))
    for _ in range(draw.choice((0, 1, 1, 1, 2, 2, 3, 5, 20))):
        at = draw.randrange(len(data) + 1)
        match draw.randrange(9):
            case 0 | 1 | 2:
                data[at:at] = draw.choice(TOKENS)
            case 3:
                data[at : at + 1] = bytes([draw.randrange(256)])
            case 4:
                del data[at : at + draw.choice((1, 1, 2, 10, 200))]
            case 5:
                del data[at:]
            case 6:
                other = draw.choice(parts)
                cut = draw.randrange(len(other) + 1)
                data[at:at] = other[cut : cut + draw.choice((1, 20, 400))]
            case 7:
                data[at:at] = data[max(0, at - draw.choice((1, 30, 300))) : at] * draw.choice((1, 2, 8))
            case 8:
                lines = bytes(data).split(b"\n")
                draw.shuffle(lines)
                data = bytearray(b"\n".join(lines))
    return bytes(data)


def _ways(data: bytes, folder: Path) -> Iterator[Callable[[], object]]:
    """The ways in which an input is read."""

    def sheet() -> io.BytesIO:
        return io.BytesIO(data)

    text = io.StringIO(data.decode("utf-8", "surrogateescape"), newline="")
    yield lambda: rmatch.read_csv(sheet(), on_bad_rows="skip")
    yield lambda: rmatch.read_csv(sheet(), mentees=sheet(), program=PLAIN, on_bad_rows="skip")
    yield lambda: rmatch.read_csv(sheet(), mentees=sheet(), program=NUMBERED, encoding="latin-1", on_bad_rows="skip")
    yield lambda: rmatch.read_csv(text, directory=sheet(), delimiter=",", on_bad_rows="skip")
    (folder / "skills.csv").write_bytes(data)
    yield lambda: rmatch.Program(aliases=folder / "skills.csv")


def _whole(roster: rmatch.Roster) -> None:
    """Ask a roster for everything that it shows."""
    assert len(roster.accounts) >= len(roster.mentors.index.union(roster.mentees.index))
    assert set(roster.issues["severity"]) <= {"error", "warning", "info"}
    assert (roster.issues["reason"] != "").all()
    assert roster.summary()


def fuzz(seconds: float, executions: int, seed: int, folder: Path) -> Figures:
    """Read mutated files for so long, or so many of them, and count what came out."""
    parts, draw, came, crashes = seeds(), random.Random(seed), Counter[str](), dict[str, Figures]()
    begin, slowest, inputs = time.perf_counter(), 0.0, 0
    while time.perf_counter() - begin < seconds and came.total() < executions:
        data = mutated(parts, draw)
        inputs += 1
        for way, read in enumerate(_ways(data, folder)):
            start = time.perf_counter()
            try:
                found = read()
                if isinstance(found, rmatch.Roster):
                    _whole(found)
                came["rosters" if isinstance(found, rmatch.Roster) else "alias tables"] += 1
            except rmatch.RmatchError as error:
                came["refused" if str(error) else "refused without a word"] += 1
            except Exception as error:
                came["crashes"] += 1
                where = traceback.extract_tb(error.__traceback__)[-1]
                name = f"{type(error).__name__} in {Path(where.filename).name}, line {where.lineno}"
                crashes.setdefault(name, {"input": repr(data), "way": way, "error": repr(error)[:300]})
            slowest = max(slowest, time.perf_counter() - start)
    return {
        "seed": seed,
        "files": len(parts),
        "inputs": inputs,
        "executions": came.total(),
        "rosters": came["rosters"],
        "alias_tables": came["alias tables"],
        "refused": came["refused"],
        "crashes": came["crashes"] + came["refused without a word"] + (slowest > SLOW),
        "distinct_crashes": crashes,
        "slowest_seconds": round(slowest, 3),
        "seconds": round(time.perf_counter() - begin, 1),
    }


def main() -> None:
    words = parser(__doc__ or "")
    words.add_argument("--seconds", type=float, default=300.0, help="how long (300)")
    words.add_argument("--executions", type=int, default=10**9, help="at most so many readings")
    words.add_argument("--seed", type=int, default=0, help="other inputs for another number (0)")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        most = 200 if given.smallest else given.executions
        figures = fuzz(given.seconds, most, given.seed, Path(folder))
    report("fuzz_reader", figures, given.json)
    raise SystemExit(1 if figures["crashes"] else 0)


if __name__ == "__main__":
    main()
