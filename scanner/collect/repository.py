"""A git repository that is read and never obeyed. The only module that runs git.

The repository under scan is hostile, and git's configuration can name programs to run (fsmonitor,
hooks, diff drivers, remote helpers, ssh commands). So objects are read in an empty *scratch*
repository of our own that borrows the object store through ``info/alternates``; the configuration of
the scanned one is read for four things only: what a revision means, where ``origin`` and its LFS server
are, and which header a checkout left for them. Nothing in the scanned directory is written. No replace
refs, no prompts, no lazy fetching; a fetch may use https, ssh or a local path, nothing else.
"""

import base64
import os
import re
import shutil
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from scanner.collect.change import Change, parse
from scanner.collect.surroundings import ENVIRONMENT, FETCHING, SETTINGS, as_environment, reason
from scanner.errors import ConfigError

try:
    from git import Git
    from git.exc import GitCommandError
except ImportError as error:
    raise ConfigError("git cannot be run: install git and put it on the PATH") from error

_CHUNK = 1 << 20
_NO_ORIGIN = "there is no remote called `origin`"
_FULL_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Repository:
    """Read access to the repository around ``start``.

    ``token`` authenticates at ``server`` (a URL) when the checkout left no credentials of its own.
    """

    def __init__(self, start: Path, *, token: str | None = None, server: str = "https://github.com") -> None:
        self._git = Git(start)
        self._token, self._server = token, server
        try:
            self._source("rev-parse", "--git-dir")
        except GitCommandError as error:
            raise ConfigError(f"{str(start)!r} is not inside a git repository: {reason(error)}") from error
        if self._source("rev-parse", "--is-bare-repository") == b"true":
            raise ConfigError(f"{str(start)!r} is a bare repository: run in a clone with a work tree")
        self._scratch = Path(tempfile.mkdtemp(prefix="modelgate-"))
        weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        objects = os.fsdecode(self._source("rev-parse", "--path-format=absolute", "--git-path", "objects"))
        kind = self._source("rev-parse", "--show-object-format").decode()
        self._run("init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(self._scratch))
        alternates = self._scratch / "objects" / "info" / "alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_bytes(os.fsencode(objects) + b"\n")
        self._plain = (self._scratch / "config").read_bytes()
        self._lock = threading.Lock()
        self._reader = self._start_reader()

    def find(self, revision: str) -> str | None:
        """The full id of a commit; None when ``revision`` is a full id that is not here."""
        spec = f"{revision}^{{commit}}"
        full = bool(_FULL_ID.fullmatch(revision))
        run = self._run if full else self._source
        try:
            return run("rev-parse", "--verify", "--quiet", "--end-of-options", spec).decode()
        except GitCommandError as error:
            if full:
                return None
            if revision == "HEAD":
                raise ConfigError("the repository has no commit yet: there is nothing to scan") from error
            raise ConfigError(
                f"unknown revision {revision!r}: fetch it first, or name a commit, branch or tag that"
                " `git rev-parse` knows here"
            ) from error

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents that a commit names, present or not (a shallow clone hides them from git log)."""
        header = self._run("cat-file", "commit", commit).split(b"\n\n", 1)[0]
        lines = [line.split(b" ", 1) for line in header.split(b"\n")]
        return tuple(value[0].decode() for key, *value in lines if key == b"parent")

    def shallow(self) -> bool:
        """Whether parts of the history are not here."""
        return self._source("rev-parse", "--is-shallow-repository") == b"true"

    def merge_bases(self, one: str, other: str) -> list[str]:
        """The best common ancestors, several after criss-cross merges."""
        try:
            return self._run("merge-base", "--all", one, other).decode().split()
        except GitCommandError:
            return []

    def changes(self, base: str | None, head: str) -> Iterator[Change]:
        """What the tree of ``head`` has that that of ``base`` (None: nothing) does not have alike.

        A file under a new name is a new file and is scanned.
        """
        before = base or self._run("hash-object", "-t", "tree", "--stdin", stdin=b"").decode()
        try:
            raw = self._run(
                "diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--find-renames=100%", "--no-ext-diff",
                "--no-textconv", before, head, strip=False,
            )  # fmt: skip
        except GitCommandError as error:
            raise ConfigError(
                f"git cannot compare {base or 'nothing'} with {head} ({reason(error)}): check out with the"
                " trees of both, that is without `filter: tree:0`"
            ) from error
        yield from parse(raw)

    def missing(self, ids: Iterable[str]) -> set[str]:
        """Those of ``ids`` whose objects are not here (in a partial clone, say)."""
        listing = "".join(f"{i}\n" for i in ids).encode()
        lines = self._run("cat-file", "--batch-check", stdin=listing).decode().splitlines()
        return {line.split(" ")[0] for line in lines if line.endswith(" missing")}

    def fetched(self, blob: str) -> int:
        """As :meth:`open`, from origin if need be."""
        if self.missing([blob]):
            self.fetch([blob])
        return self.open(blob)

    def short(self, ids: Iterable[str], below: int) -> dict[str, bytes]:
        """The content of those of ``ids`` that are blobs of fewer than ``below`` bytes."""
        listing = "".join(f"{i}\n" for i in ids).encode()
        told = (
            line.split(" ")
            for line in self._run("cat-file", "--batch-check", stdin=listing).decode().splitlines()
        )
        wanted = [line[0] for line in told if line[1:2] == ["blob"] and int(line[2]) < below]
        data = self._run("cat-file", "--batch", stdin="".join(f"{i}\n" for i in wanted).encode(), strip=False)
        found, at = {}, 0
        for blob in wanted:
            start = data.index(b"\n", at) + 1
            end = start + int(data[at:start].split()[2])
            found[blob], at = data[start:end], end + 1
        return found

    def places(self) -> tuple[Path, Path]:
        """The root of the work tree, and the directory that linked work trees share (``.git``)."""
        tree = self._source("rev-parse", "--show-toplevel")
        shared = self._source("rev-parse", "--path-format=absolute", "--git-common-dir")
        return Path(os.fsdecode(tree)), Path(os.fsdecode(shared))

    def entry(self, commit: str, path: str) -> str | None:
        """The id of the file that ``commit`` has at ``path``, whether or not its content is here."""
        _, kind, blob = self._entry(commit, path)
        return blob if kind == "blob" else None

    def linked(self, commit: str, path: str) -> bool:
        """Whether what ``commit`` has at ``path`` is a symbolic link."""
        return self._entry(commit, path)[0] == "120000"

    def _entry(self, commit: str, path: str) -> list[str]:
        raw = self._run("ls-tree", "-z", "--full-tree", commit, "--", path)
        return raw.split(b"\t")[0].decode().split(" ") if raw else ["", "", ""]

    def open(self, blob: str) -> int:
        """A read-only descriptor of a blob's content; OSError when it is not to be had."""
        with self._lock, tempfile.NamedTemporaryFile(prefix="modelgate-") as copy:
            try:
                self._copy(blob, copy.file)
                copy.flush()
            except OSError:  # what is left of this blob must not be taken for the next answer
                self._reader = self._start_reader()
                raise
            return os.open(copy.name, os.O_RDONLY | os.O_CLOEXEC)

    def _start_reader(self) -> Git.AutoInterrupt:
        """A process that answers with objects, one after the other."""
        command = ["git", "cat-file", "--batch"]
        return self._git.execute(command, istream=subprocess.PIPE, as_process=True, env=self._environment())

    def _copy(self, blob: str, target: IO[bytes]) -> None:
        """Stream one object out of the ``cat-file --batch`` process."""
        source, asking = self._reader.stdout, self._reader.stdin
        assert source is not None and asking is not None
        asking.write(f"{blob}\n".encode())
        asking.flush()
        header = source.readline().split()
        if len(header) != 3 or header[1] != b"blob":
            raise OSError(f"git has no blob {blob}")
        left = int(header[2])
        while left:
            data = source.read(min(left, _CHUNK))
            if not data:
                raise OSError(f"git stopped in the middle of blob {blob}")
            target.write(data)
            left -= len(data)
        source.read(1)  # the newline after the content

    def fetch(self, ids: Iterable[str]) -> str | None:
        """Fetch commits (without history and blobs) or blobs from origin; None, or why it failed."""
        if not (url := self.setting("--get", "remote.origin.url")):
            return _NO_ORIGIN
        listing = "".join(f"{i}\n" for i in ids).encode()
        try:
            self._run(
                "fetch", "--quiet", "--depth=1", "--filter=blob:none", "--no-tags", "--no-write-fetch-head",
                "--no-auto-maintenance", "--no-recurse-submodules", "--stdin", "origin",
                stdin=listing, settings={"remote.origin.url": url, **self._credentials(url)}, env=FETCHING,
            )  # fmt: skip
        except GitCommandError as error:
            return reason(error)
        finally:  # the filter has made it a partial clone, which dies of what it lacks instead of saying so
            (self._scratch / "config").write_bytes(self._plain)
        return None

    def tip(self, ref: str) -> tuple[str | None, str | None]:
        """The commit that ``ref`` (a full name) is at in origin, or None and why it is not known."""
        if not (url := self.setting("--get", "remote.origin.url")):
            return None, _NO_ORIGIN
        settings = {"remote.origin.url": url, **self._credentials(url)}
        try:
            listed = self._run("ls-remote", "--exit-code", "origin", ref, settings=settings, env=FETCHING)
        except GitCommandError as error:
            return None, reason(error)
        found = {name: commit for commit, name in (line.split("\t") for line in listed.decode().splitlines())}
        return found.get(ref), f"origin has no {ref}"

    def header(self, url: str) -> str | None:
        """The header that the checkout uses for ``url``, or one made of our token if it is the server's."""
        if header := self.setting("--get-urlmatch", "http.extraHeader", url):
            return header
        target, server = urlsplit(url), urlsplit(self._server)
        if self._token and (target.scheme, target.netloc) == (server.scheme, server.netloc):
            basic = base64.b64encode(f"x-access-token:{self._token}".encode()).decode()
            return f"Authorization: Basic {basic}"
        return None

    def _credentials(self, url: str) -> dict[str, str]:
        header = self.header(url)
        return {f"http.{url}.extraHeader": header} if header else {}

    def setting_of(self, blob: str, key: str) -> str:
        """One value of a file in the form of git's configuration, or an empty string."""
        try:
            if self.missing([blob]):
                self.fetch([blob])
            return os.fsdecode(self._run("config", "--blob", blob, "--get", key))
        except GitCommandError:
            return ""

    def setting(self, *query: str) -> str:
        """One value of the scanned repository's configuration, or an empty string."""
        try:
            return os.fsdecode(self._source("config", *query))
        except GitCommandError:
            return ""

    def _source(self, *arguments: str) -> bytes:
        """git in the scanned repository."""
        return self._git.execute(
            ["git", *arguments], env={**ENVIRONMENT, **as_environment(SETTINGS)}, stdout_as_string=False
        )

    def _environment(self, settings: dict[str, str] | None = None) -> dict[str, str]:
        """The environment that makes git work in the scratch repository, whatever ours says."""
        place = {
            "GIT_DIR": str(self._scratch),
            "GIT_OBJECT_DIRECTORY": str(self._scratch / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
        }
        return {**ENVIRONMENT, **place, **as_environment({**SETTINGS, **(settings or {})})}

    def _run(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        strip: bool = True,
        settings: dict[str, str] | None = None,
        env: dict[str, str] | None = None,
    ) -> bytes:
        """git in the scratch repository; its output without the last newline unless ``strip`` is off."""
        with tempfile.TemporaryFile() as feed:
            feed.write(stdin or b"")
            feed.seek(0)
            return self._git.execute(
                ["git", *arguments],
                istream=feed,
                env={**self._environment(settings), **(env or {})},
                stdout_as_string=False,
                strip_newline_in_stdout=strip,
            )
