"""Files and folders that are old or new, never half: made beside the target, flushed to disk, and put in its place.

A folder changes places with its successor in one step where the system can do that (Linux, macOS); so a reader
finds one whole folder, even if the process is killed at any moment. Elsewhere the old one is renamed and then the new
one, and :func:`recover` undoes a death between the two.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

_OLD = ".old"
_FORGOTTEN = 3600.0
"""Seconds after which what a killed process left beside a folder is removed; nobody writes for so long."""

_HERE = -100  # AT_FDCWD: paths are seen from the working folder
_SWAP = 2  # RENAME_EXCHANGE, and RENAME_SWAP of macOS
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)


def create(path: Path, data: bytes, like: Path | None = None) -> None:
    """Write a new file and flush it to disk, readable for nobody who may not enter its folder or not read ``like``.

    Raises:
        OSError: It cannot be written, or there is such a file.
    """
    allowed = _mode(path.parent) & (_mode(like) if like is not None and like.exists() else 0o666)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, allowed & 0o666), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(path, 0o600 | _mode(path))


def replace_file(path: Path, data: bytes) -> None:
    """Write a file, new or in the place of an old one.

    A link is followed. What is there and no file, such as a pipe or a device, is written into, not replaced.

    Raises:
        OSError: It cannot be written; the old file is as it was.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    path = _real(path)
    staged = _beside(path)
    try:
        create(staged, data, like=path)
        os.replace(staged, path)
        _flush(path.parent)
    finally:
        staged.unlink(missing_ok=True)


def replace_folder(folder: Path, files: Mapping[str, bytes], own: Collection[str] = ()) -> None:
    """Write a folder with ``files``, new or in the place of an old one.

    What else the old one holds stays, but for files of the names in ``own``. Permissions stay too; those of a new
    folder are no wider than its parent's.

    Raises:
        OSError: It cannot be written; the old folder is as it was.
    """
    folder = _real(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    recover(folder)
    _clean(folder)
    staged = _beside(folder)
    try:
        os.mkdir(staged, 0o777 & _mode(folder.parent))
        os.chmod(staged, 0o700 | _mode(staged))
        if folder.exists():
            _dress(staged, folder)
        for name, data in files.items():
            create(staged / name, data, like=folder / name)
        if folder.exists():
            _carry(folder, staged, {*files, *own})
            _flush(staged)
            _swap(staged, folder)
        else:
            _flush(staged)
            os.rename(staged, folder)
        _flush(folder.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let no other process that asks the same write a folder until this one has; a later one waits.

    The lock is on the folder around it, so that nothing is left behind, else on a file among the temporary ones.
    It ends with the process.

    Raises:
        OSError: Nothing can be locked.
    """
    folder = _real(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = _locked(folder)
    try:
        yield
    finally:
        os.close(place)


def _locked(folder: Path) -> int:
    """An open file or folder that is locked until it is closed."""
    if sys.platform != "win32":
        import fcntl

        with suppress(OSError):  # no right to look into it, or a network drive without such locks
            place = os.open(folder.parent, os.O_RDONLY)
            try:
                fcntl.flock(place, fcntl.LOCK_EX)
                return place
            except OSError:
                os.close(place)
        place = os.open(_ticket(folder), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(place, fcntl.LOCK_EX)
        return place
    import msvcrt

    place = os.open(_ticket(folder), os.O_RDWR | os.O_CREAT)
    while True:
        try:
            msvcrt.locking(place, msvcrt.LK_LOCK, 1)  # gives up after ten tries
            return place
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EDEADLK):
                os.close(place)
                raise


def _ticket(folder: Path) -> Path:
    name = hashlib.sha256(os.path.normcase(folder).encode("utf-8", "surrogatepass")).hexdigest()
    return Path(tempfile.gettempdir()) / f"rmatch-{name[:32]}.lock"


def recover(folder: Path) -> None:
    """Put a folder back whose process died while it was renamed.

    Raises:
        OSError: It cannot be renamed.
    """
    folder = _real(folder)
    if not folder.exists():
        for old in _left_of(folder):
            if old.name.endswith(_OLD):
                os.rename(old, folder)
                return


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system or its disk cannot.

    Raises:
        OSError: The system can, and refuses.
    """
    a, b = os.fsencode(one), os.fsencode(other)
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            result = system.renamex_np(a, b, _SWAP)
        elif sys.platform == "linux":
            result = system.renameat2(_HERE, a, _HERE, b, _SWAP)
        else:
            return False
    except (AttributeError, OSError, TypeError):  # an older library, or one of another kind
        return False
    if result:
        error = ctypes.get_errno()
        if error in _CANNOT:
            return False
        raise OSError(error, os.strerror(error))
    return True


def _swap(staged: Path, folder: Path) -> None:
    """Put ``staged`` in the place of ``folder``; afterwards the old one is gone, or has the name ``staged``."""
    if exchange(staged, folder):
        return
    old = staged.with_name(staged.name + _OLD)
    os.rename(folder, old)
    try:
        os.rename(staged, folder)
    except BaseException:
        os.rename(old, folder)
        raise
    with suppress(OSError):
        os.rename(old, staged)  # so that nobody takes it for the last whole one


def _carry(folder: Path, staged: Path, without: Collection[str]) -> None:
    """Let ``staged`` hold what else ``folder`` holds: the same files under a second name, or copies."""

    def second(source: str, target: str) -> None:
        try:
            os.link(source, target, follow_symlinks=False)
        except (OSError, NotImplementedError):
            shutil.copy2(source, target, follow_symlinks=False)

    for entry in folder.iterdir():
        if entry.name in without:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, staged / entry.name, symlinks=True, copy_function=second)
        else:
            second(str(entry), str(staged / entry.name))


def _dress(staged: Path, folder: Path) -> None:
    """Give ``staged`` the group and permissions of ``folder``; where the group cannot be given, it gets none."""
    theirs = folder.stat()
    mode = stat.S_IMODE(theirs.st_mode)
    if staged.stat().st_gid != theirs.st_gid:
        try:
            os.chown(staged, -1, theirs.st_gid)
        except OSError:
            mode &= ~(stat.S_IRWXG | stat.S_ISGID)
    with suppress(OSError):
        shutil.copystat(folder, staged)  # lists of access too, where there are such
    os.utime(staged)
    os.chmod(staged, mode | 0o700)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _real(path: Path) -> Path:
    """Where a path leads in the end; links that lead in a circle stay as they are, and are refused by the system."""
    return Path(os.path.realpath(path))


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}")


def _left_of(path: Path) -> list[Path]:
    """What processes that died have left beside a file or folder."""
    ours = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}({re.escape(_OLD)})?")
    return sorted(each for each in path.parent.iterdir() if ours.fullmatch(each.name)) if path.parent.is_dir() else []


def _clean(folder: Path) -> None:
    """Remove what others left long ago; an old folder whose successor stands is superseded."""
    for left in _left_of(folder):
        with suppress(OSError):
            if left.name.endswith(_OLD) and folder.exists():
                os.rename(left, left := left.with_suffix(""))
            elif time.time() - left.stat().st_mtime <= _FORGOTTEN:
                continue
            shutil.rmtree(left)


def _flush(folder: Path) -> None:
    """Flush what a folder lists, where the system has a way to."""
    with suppress(OSError):
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)
