"""Files and directories on disk, without following what the scanned tree would lead us to."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from scanner.collect import pointer
from scanner.collect.artifact import Artifact, Notify, barred, missed
from scanner.errors import ConfigError

_KINDS = {
    stat.S_IFLNK: "a symbolic link, which is never followed",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
}

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = _FILE | os.O_DIRECTORY


def gather(paths: Iterable[str], notify: Notify) -> list[Artifact]:
    """Every file at or under ``paths``, sorted by path, each once.

    A path that the caller names is taken at its word: when it is a symbolic link, its target is
    read and reported under the link's name. Links found *inside* a directory are not followed, so
    there are no loops. Directories called ``.git`` hold a clone's own storage and are left out.
    """
    found: dict[str, Artifact] = {}
    for name in paths:
        path = Path(name)
        if not name or not path.exists():
            raise ConfigError(f"{name!r} does not exist (from {str(Path.cwd())!r}); check the path")
        shown, real = _shown(path), path.resolve()
        if real.is_dir():
            artifacts = _walk(str(real), shown, notify)
        else:
            beside = partial(_beside, str(real.parent), os.path.dirname(shown), notify)  # noqa: PTH120 - a name
            artifacts = iter([_artifact(str(real), shown, beside)])
        for artifact in artifacts:
            if artifact.path not in found or artifact.problem is None:
                found[artifact.path] = artifact
    return [found[path] for path in sorted(found)]


def _walk(real: str, shown: str, notify: Notify) -> Iterator[Artifact]:
    """Everything under the directory ``real``, in no particular order."""
    waiting = [(real, "" if shown == "." else shown)]
    beside = partial(_beside, real, waiting[0][1], notify)
    while waiting:
        directory, prefix = waiting.pop()
        try:
            with os.scandir(directory) as entries:
                inside = list(entries)
        except OSError as error:
            yield barred(prefix or ".", f"a directory that cannot be listed: {error.strerror}")
            continue
        for entry in inside:
            name = f"{prefix.rstrip('/')}/{entry.name}" if prefix else entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield _artifact(entry.path, name, beside)
            elif entry.name == ".git":
                notify(f"{name} was left out: it holds a clone's own storage")
            else:
                waiting.append((entry.path, name))


def _beside(real: str, shown: str, notify: Notify, path: str) -> int:
    """A descriptor of the file that a scan of the directory ``real`` as ``shown`` would call ``path``.
    OSError if it is not beneath that, or only through a symbolic link; ``notify`` is told of what is there.
    """
    prefix = f"{shown.rstrip('/')}/" if shown else ""
    parts = path.removeprefix(prefix).split("/")
    if not path.startswith(prefix) or {"", ".", "..", ".git"}.intersection(parts):
        raise FileNotFoundError(path)
    folder = os.open(real, _FOLDER)
    try:
        for part in parts[:-1]:
            inner = _opened(part, _FOLDER, folder)
            os.close(folder)
            folder = inner
        return _regular(_opened(parts[-1], _FILE, folder), path)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EACCES):
            notify(missed(path, error.strerror or "unreadable"))
        raise
    finally:
        os.close(folder)


def _opened(name: str, flags: int, folder: int) -> int:
    """A descriptor of an entry of ``folder``; ELOOP if that is a symbolic link, whatever the flags."""
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError:
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, _KINDS[stat.S_IFLNK]) from None
        raise


def _artifact(real: str, shown: str, beside: Callable[[str], int]) -> Artifact:
    """The file at ``real`` under the name ``shown``; opened once to know that it can be."""
    try:
        mode = os.lstat(real).st_mode
        if not stat.S_ISREG(mode):
            return barred(shown, _KINDS.get(stat.S_IFMT(mode), "not a regular file"))
        with open(_open(real), "rb") as file:
            short = os.fstat(file.fileno()).st_size < pointer.LONGEST
            found = pointer.parse(file.read(pointer.LONGEST)) if short else None
    except OSError as error:
        return barred(shown, f"unreadable: {error.strerror or error}")
    return Artifact(shown, None, partial(_open, real), beside, pointer=found)


def _open(real: str) -> int:
    """A read-only descriptor; refuses what has stopped being a regular file since it was found."""
    return _regular(os.open(real, _FILE), real)


def _regular(descriptor: int, name: str) -> int:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{name} is no regular file")
    return descriptor


def _shown(path: Path) -> str:
    """How a path is reported: relative to the current directory if inside it, else as given."""
    if ".." in path.parts:  # only the file system knows what is before a link's `..`
        path = path.resolve() if path.name == ".." else path.parent.resolve() / path.name
    here = Path.cwd()
    absolute = here / path
    return (absolute.relative_to(here) if absolute.is_relative_to(here) else path).as_posix()
