"""A folder is old or new, never half: killed, out of space, or stopped; and nobody may read more than before."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from exports import GAPS, PLAIN, Export
from places import ROOT

import rmatch
from rmatch._util import atomic
from rmatch._util.atomic import create, exchange, recover, replace_file, replace_folder
from rmatch._util.files import digest
from rmatch.api.folder import write_folder
from rmatch.cli import OUTPUT, main

POSIX = pytest.mark.skipif(os.name != "posix", reason="permissions and forks are those of POSIX")
OLD, NEW = {"a": b"old", "b": b"old"}, {"a": b"new", "c": b"new"}


def holds(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=["swap", "rename"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Folders change places in one step where the system can, and are renamed one after the other elsewhere."""
    if request.param == "rename":
        monkeypatch.setattr(atomic, "exchange", lambda one, other: False)
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    replace_folder(tmp_path / "x", OLD)
    return tmp_path / "x"


# ---------------------------------------------------------------- killed


@pytest.mark.slow
@POSIX
@pytest.mark.parametrize("means", ["swap", "rename"])
def test_a_result_is_whole_after_death_at_thirty_random_moments_of_the_writing(means: str, tmp_path: Path) -> None:
    for k in (0, 1):
        Export(k, 7, 6, PLAIN).frame().to_csv(tmp_path / f"{k}.csv", index=False)
    script = ROOT / "tests" / "support" / "dying.py"
    child = subprocess.run(
        [sys.executable, str(script), str(tmp_path), means, "30"], capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, child.stderr
    found = json.loads(child.stdout)
    assert found["died"] == 30
    assert found["old"] >= 3
    assert found["new"] >= 3


def test_a_folder_that_was_renamed_when_the_process_died_comes_back(folder: Path) -> None:
    os.rename(folder, folder.with_name(f".x.{'0' * 16}.old"))
    recover(folder)
    assert holds(folder) == OLD
    recover(folder)
    recover(folder / "no" / "such")
    assert [p.name for p in folder.parent.iterdir()] == ["x"]


@pytest.mark.slow
def test_every_command_puts_a_renamed_result_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people, out = tmp_path / "people.csv", tmp_path / "out"
    Export(0, 5, 4, PLAIN).frame().to_csv(people, index=False)
    assert main(["match", str(people), "--out", str(out)]) == 0
    for again in (
        lambda: main(["verify", str(out)]),
        lambda: int(not rmatch.load(out / "matching.json").verify()),
        lambda: main(["match", str(people), "--out", str(out)]),
    ):
        os.rename(out, out.with_name(f".out.{'a' * 16}.old"))
        assert again() == 0
        assert out.is_dir()


def test_what_the_dead_left_is_removed_when_it_is_old(folder: Path) -> None:
    names = [f".x.{letter * 16}" for letter in "ab"] + [
        f".x.{'c' * 16}.old",
        f".xy.{'d' * 16}",
        ".x.short",
        f"x.{'e' * 16}",
    ]
    for name in names:
        (folder.parent / name).mkdir()
        (folder.parent / name / "pairs.csv").write_text("private", encoding="utf-8")
        if name not in names[1:3]:
            os.utime(folder.parent / name, (0, 0))
    replace_folder(folder, NEW)
    assert sorted(p.name for p in folder.parent.iterdir()) == sorted(["x", names[1], *names[3:]])


# ---------------------------------------------------------------- out of space

STEPS = ("open", "fsync", "mkdir", "link", "rename", "chmod")


def failing(monkeypatch: pytest.MonkeyPatch, call: str, number: int) -> None:
    """Let the call fail for want of space from its ``number``-th time on."""
    usual, made = getattr(os, call), [0]

    def full(*given: Any, **named: Any) -> Any:
        counts = call != "open" or given[1] & os.O_CREAT
        made[0] += bool(counts)
        if counts and made[0] > number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return usual(*given, **named)

    monkeypatch.setattr(os, call, full)


@pytest.mark.slow
@pytest.mark.parametrize("call", STEPS)
def test_a_full_disk_at_any_step_leaves_the_old_folder_whole(
    call: str, way: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "foreign").write_bytes(b"by hand")
    before = holds(folder)
    for number in range(40):
        with monkeypatch.context() as patch:
            if way == "rename":
                patch.setattr(atomic, "exchange", lambda one, other: False)
            failing(patch, call, number)
            try:
                replace_folder(folder, NEW, own=OLD)
            except OSError as error:
                reason = error.errno
            else:
                break
        assert reason == errno.ENOSPC
        recover(folder)
        assert holds(folder) == before
        assert [p.name for p in folder.parent.iterdir()] == ["x"]
    assert holds(folder) == NEW | {"foreign": b"by hand"}
    assert number < 39


def test_a_write_that_fails_midway_leaves_the_old_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __init__(self, handle: int, *_: object) -> None:
            self.handle = handle

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            os.close(self.handle)

        def write(self, data: bytes) -> None:
            os.write(self.handle, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fdopen", Full)
    for act in (lambda: replace_folder(folder, NEW), lambda: replace_file(folder / "a", b"newer")):
        with pytest.raises(OSError, match="space"):
            act()
    assert holds(folder.parent) == {f"x/{name}": data for name, data in OLD.items()}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a workbook that is given up
@pytest.mark.parametrize("call", ["open", "fsync", "mkdir", "exchange"])
def test_the_command_says_so_with_its_code_and_the_old_result_verifies(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    for k in (0, 1):
        Export(k, 7, 6, PLAIN).frame().to_csv(tmp_path / f"{k}.csv", index=False)
    assert main(["match", str(tmp_path / "0.csv"), "--out", str(out)]) == 0
    before = holds(out)

    def full(*_: object, **__: object) -> bool:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(atomic if call == "exchange" else os, call, full)
        assert main(["match", str(tmp_path / "1.csv"), "--out", str(out)]) == OUTPUT
    assert "cannot be written: No space left on device" in capsys.readouterr().err
    assert holds(out) == before
    assert main(["verify", str(out)]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0.csv", "1.csv", "out"]


def test_an_interrupt_between_two_renames_puts_the_old_folder_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic, "exchange", lambda one, other: False)
    usual = os.rename

    def stopped(source: Path, target: Path) -> None:
        if target == folder and not source.name.endswith(".old"):
            raise KeyboardInterrupt
        usual(source, target)

    monkeypatch.setattr(os, "rename", stopped)
    with pytest.raises(KeyboardInterrupt):
        replace_folder(folder, NEW)
    assert holds(folder.parent) == {f"x/{name}": data for name, data in OLD.items()}


# ---------------------------------------------------------------- what stays and what goes


def test_what_is_not_its_own_stays_and_what_was_its_own_goes(way: str, folder: Path) -> None:
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "note").write_bytes(b"by hand")
    (folder / "log").write_bytes(b"line")
    if os.name == "posix":
        (folder / "link").symlink_to("nowhere")
    replace_folder(folder, NEW, own=OLD)
    assert holds(folder) == {**NEW, "log": b"line", str(Path("deep", "er", "note")): b"by hand"}
    assert os.name != "posix" or os.readlink(folder / "link") == "nowhere"
    assert [p.name for p in folder.parent.iterdir()] == ["x"]


def test_files_are_copied_where_they_cannot_have_two_names(
    way: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "not here")

    (folder / "log").write_bytes(b"line")
    monkeypatch.setattr(os, "link", never)
    replace_folder(folder, NEW, own=OLD)
    assert holds(folder) == {**NEW, "log": b"line"}


@pytest.mark.slow
def test_files_of_an_earlier_result_that_the_new_one_has_not_are_gone(tmp_path: Path) -> None:
    first, second = (rmatch.match(rmatch.from_frame(Export(k, 6, 5, GAPS).frame())) for k in (1, 2))
    write_folder(first, tmp_path / "out", beside={"by the program.txt": b"1"})
    record = json.loads((tmp_path / "out" / "matching.json").read_text(encoding="utf-8"))
    record["files"] |= {"calendar.ics": digest(b"of the first"), "holiday.ods": digest(b"somebody's own")}
    (tmp_path / "out" / "matching.json").write_text(json.dumps(record), encoding="utf-8")
    (tmp_path / "out" / "calendar.ics").write_bytes(b"of the first")
    (tmp_path / "out" / "holiday.ods").write_bytes(b"somebody's own")
    write_folder(second, tmp_path / "out")
    assert not (tmp_path / "out" / "calendar.ics").exists()
    assert (tmp_path / "out" / "holiday.ods").read_bytes() == b"somebody's own", "a record cannot name files of others"
    assert (tmp_path / "out" / "by the program.txt").read_bytes() == b"1"
    assert rmatch.load(tmp_path / "out" / "matching.json").verify()


@POSIX
def test_a_link_to_a_folder_stays_a_link(way: str, folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    replace_folder(link, NEW, own=OLD)
    assert link.is_symlink()
    assert holds(folder) == NEW


@pytest.mark.slow
@POSIX
def test_a_result_is_not_put_in_the_place_of_the_folder_one_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Export(0, 5, 4, PLAIN).frame().to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "out" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "out" / "deep")
    (tmp_path / "out" / "deep").rmdir()
    monkeypatch.chdir(tmp_path / "out")
    for out in (".", "../out"):
        assert main(["match", "../people.csv", "--out", out]) == OUTPUT
        assert "you stand in this one: go one up first" in capsys.readouterr().err
    assert main(["match", "../people.csv", "--out", "here"]) == 0
    assert main(["match", "../people.csv", "--out", str(Path(tmp_path.anchor))]) == OUTPUT


# ---------------------------------------------------------------- who may read it


@pytest.fixture
def umask() -> Iterator[object]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.slow
@POSIX
@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o027, 0o077, 0o177, 0o777])
@pytest.mark.parametrize("outer", [0o777, 0o755, 0o750, 0o711, 0o700])
def test_a_new_folder_is_no_wider_than_its_parent_and_its_files_than_itself(
    mask: int, outer: int, tmp_path: Path, umask: object
) -> None:
    os.chmod(tmp_path, outer)
    os.umask(mask)
    replace_folder(tmp_path / "x", OLD)
    replace_file(tmp_path / "x" / "single", b"")
    assert mode(tmp_path / "x") == (outer & ~mask) | 0o700
    for name in ("a", "single"):
        assert mode(tmp_path / "x" / name) == (0o666 & outer & ~mask) | 0o600
    os.chmod(tmp_path, 0o700)


@pytest.mark.slow
@POSIX
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize("inner", [0o700, 0o750, 0o755, 0o2750, 0o777])
def test_an_old_folder_keeps_its_permissions_and_no_file_is_wider(
    mask: int, inner: int, way: str, folder: Path, umask: object
) -> None:
    os.chmod(folder, inner)
    os.chmod(folder / "a", 0o600)
    os.umask(mask)
    replace_folder(folder, NEW, own=OLD)
    assert mode(folder) == inner
    assert mode(folder / "a") == 0o600
    assert mode(folder / "c") == (0o666 & inner & ~mask) | 0o600


@POSIX
def test_a_file_keeps_its_permissions_when_it_is_replaced(folder: Path, umask: object) -> None:
    os.chmod(folder, 0o755)
    os.chmod(folder / "a", 0o640)
    os.umask(0)
    replace_file(folder / "a", b"new")
    assert (mode(folder / "a"), (folder / "a").read_bytes()) == (0o640, b"new")


@POSIX
def test_where_the_group_cannot_be_kept_no_group_may_look(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chmod(folder, 0o770)
    usual = os.stat_result

    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "not yours")

    class Elsewhere(type(folder)):  # type: ignore[misc]
        def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
            found = os.stat(self, follow_symlinks=follow_symlinks)
            return usual((*found[:5], found.st_gid + (self.name == "x"), *found[6:]))

    monkeypatch.setattr(os, "chown", refused)
    staged = Elsewhere(folder.parent / "staged")
    staged.mkdir()
    atomic._dress(staged, Elsewhere(folder))
    assert mode(folder.parent / "staged") == 0o700


# ---------------------------------------------------------------- the single steps


def test_a_new_file_never_overwrites(tmp_path: Path) -> None:
    create(tmp_path / "x", b"one")
    with pytest.raises(FileExistsError):
        create(tmp_path / "x", b"two")
    assert (tmp_path / "x").read_bytes() == b"one"


@pytest.mark.skipif(sys.platform != "linux", reason="a call of Linux")
def test_two_folders_change_places_in_one_step(tmp_path: Path) -> None:
    replace_folder(tmp_path / "x", OLD)
    replace_folder(tmp_path / "y", NEW)
    if not exchange(tmp_path / "x", tmp_path / "y"):
        pytest.skip("this disk cannot")
    assert (holds(tmp_path / "x"), holds(tmp_path / "y")) == (NEW, OLD)
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "x", tmp_path / "nowhere")


@pytest.mark.parametrize("system", ["win32", "darwin", "linux", "aix"])
def test_where_the_system_has_no_such_step_it_is_said(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(atomic.ctypes, "CDLL", lambda *_, **__: object())
    assert exchange(tmp_path, tmp_path) is False


@pytest.mark.parametrize("error", [errno.EINVAL, errno.ENOSYS])
def test_where_the_disk_has_no_such_step_it_is_said(
    error: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Library:
        renameat2 = renamex_np = staticmethod(lambda *_: -1)

    monkeypatch.setattr(atomic.ctypes, "CDLL", lambda *_, **__: Library())
    monkeypatch.setattr(atomic.ctypes, "get_errno", lambda: error)
    for system in ("linux", "darwin"):
        monkeypatch.setattr(sys, "platform", system)
        assert exchange(tmp_path, tmp_path) is False
