"""Git LFS: the content behind pointers, from this machine if it is here, else in pieces over the network.

A checkout leaves 130 bytes where a checkpoint belongs, and a scanner that reads those has seen nothing.
So a pointer is resolved: an object in the clone's own store or in the work tree is used if its SHA-256 is
that of the pointer; for the others the server is asked once where they are, and they are read there with
range requests, as far as the scan needs them. What cannot be had keeps its problem and becomes a finding.

The change's own ``.lfsconfig`` is never looked at: whoever writes it would choose where our requests go.
Most scans meet no pointer, so what talks to servers is imported when the first one turns up.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scanner.collect.artifact import Artifact, Confide, barred
from scanner.collect.lfs.meter import Meter, Traffic
from scanner.collect.pointer import LONGEST, Pointer, parse

if TYPE_CHECKING:
    from scanner.collect.lfs.batch import Place, Server
    from scanner.collect.lfs.local import Clone
    from scanner.collect.repository import Repository

OFFLINE = "a scan of files on disk asks no server; `git lfs pull` fetches it"


class Resolver:
    """Turns pointers into artifacts.

    ``clone`` says where files of this machine are, ``server`` where to ask or why nobody can be asked;
    each is called once, and only if there is a pointer. ``traffic`` is what that costs, and grows while
    the artifacts are read.
    """

    def __init__(self, clone: "Callable[[], Clone]", server: "Callable[[], Server | str]") -> None:
        self.traffic = Traffic()
        self._find_clone, self._find_server = clone, server
        self._places: dict[Pointer, Place | str] = {}

    @cached_property
    def _clone(self) -> "Clone":
        return self._find_clone()

    @cached_property
    def _server(self) -> "Server | str":
        return self._find_server()

    def resolve(self, artifacts: Iterable[Artifact]) -> tuple[Artifact, ...]:
        """The artifacts, those that are pointers with the content of the object or a problem.

        An earlier version, or a file beside one, is resolved when it is opened: few are.
        """
        artifacts = list(artifacts)
        found = self._contents({a.path: a.pointer for a in artifacts if a.pointer})
        resolved = []
        for artifact in artifacts:
            content, before = found.get(artifact.path, artifact), artifact.before
            if before is not None:
                before = replace(before, open=partial(self._looked_into, before.path, before.open))
            beside = partial(self._beside, artifact.beside)
            resolved.append(replace(content, beside=beside, before=before, pointer=artifact.pointer))
        return tuple(resolved)

    def _contents(self, pointers: Mapping[str, Pointer]) -> dict[str, Artifact]:
        if not pointers:
            return {}
        from scanner.collect.lfs import local  # noqa: PLC0415

        found = {path: local.find(self._clone, path, pointer) for path, pointer in pointers.items()}
        places = self._locate({pointers[path] for path, here in found.items() if here is None})
        return {
            path: here or self._remote(path, pointers[path], places[pointers[path]])
            for path, here in found.items()
        }

    def _beside(self, open_: Callable[[str], int], path: str) -> int:
        return self._looked_into(path, partial(open_, path))

    def _looked_into(self, path: str, open_: Callable[[], int]) -> int:
        """A descriptor of a file of which nobody has seen yet whether it is a pointer."""
        descriptor = open_()
        pointer = parse(os.pread(descriptor, LONGEST, 0))
        if pointer is None:
            return descriptor
        os.close(descriptor)
        content = self._contents({path: pointer})[path]
        if content.problem:
            self.traffic.missed[path] = content.problem
        return content.open()

    def _locate(self, wanted: "set[Pointer]") -> "dict[Pointer, Place | str]":
        """Where each object is, or why that is not known; nobody is asked twice."""
        if isinstance(self._server, str):
            return dict.fromkeys(wanted, self._server)
        from scanner.collect.lfs.batch import locate  # noqa: PLC0415

        self._places |= locate(self._server, wanted - self._places.keys())
        return self._places

    def _remote(self, path: str, pointer: Pointer, place: "Place | str") -> Artifact:
        """An artifact whose descriptor asks for ranges of the object."""
        if isinstance(place, str):
            problem = (
                f"a Git LFS pointer (sha256 {pointer.oid[:12]}) whose content cannot be fetched: {place}"
            )
            return barred(path, problem)
        meter = Meter(pointer.size)
        self.traffic.meters.append(meter)
        open_ = partial(self._open, pointer, place, meter)
        return Artifact(path, None, open_, digest=pointer.oid, waited=meter.waited)

    def _open(self, pointer: Pointer, place: "Place", meter: Meter) -> int:
        from scanner.collect.lfs import remote, window  # noqa: PLC0415

        assert not isinstance(self._server, str)
        return window.descriptor(remote.Remote(pointer, place, self._server, meter), pointer.size)


def beside(repository: "Repository", trusted: str | None, confide: Confide) -> Resolver:
    """For files of a repository, whose server may be that of the commit ``trusted``."""

    def clone() -> "Clone":
        from scanner.collect.lfs.local import Clone  # noqa: PLC0415

        return Clone(*repository.places())

    def server() -> "Server | str":
        from scanner.collect.lfs.server import discover  # noqa: PLC0415

        return discover(repository, trusted, confide)

    return Resolver(clone, server)


def offline() -> Resolver:
    """For files on disk, as they are named from the current directory: only what the clone has."""

    def clone() -> "Clone":
        from scanner.collect.lfs.local import Clone  # noqa: PLC0415
        from scanner.collect.repository import Repository  # noqa: PLC0415
        from scanner.errors import ConfigError  # noqa: PLC0415

        try:
            return Clone(Path.cwd(), Repository(Path.cwd()).places()[1])
        except ConfigError:  # no repository, and so no store
            return Clone(Path.cwd(), Path.cwd() / ".git")

    return Resolver(clone, lambda: OFFLINE)
