"""Objects, pointers to them, and a small LFS server whose every answer a test can bend."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from scanner.collect.pointer import Pointer
from tests.fakes import Asked, Reply, Server, serving


def pointer(content: bytes) -> Pointer:
    return Pointer(hashlib.sha256(content).hexdigest(), len(content))


def text(content: bytes) -> bytes:
    """The file that stands for ``content``."""
    found = pointer(content)
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{found.oid}\nsize {found.size}\n".encode()


@dataclass
class Store:
    """An LFS server for ``octo/hello``; ``batch`` and ``serve`` may be replaced to misbehave."""

    objects: dict[str, bytes] = field(default_factory=dict)
    batch: Callable[[Asked], Reply] | None = None
    serve: Callable[[Asked], Reply] | None = None
    ranges: bool = True
    server: Server | None = None

    def add(self, content: bytes) -> Pointer:
        found = pointer(content)
        self.objects[found.oid] = content
        return found

    @property
    def url(self) -> str:
        assert self.server
        return f"{self.server.url}/octo/hello.git/info/lfs"

    @property
    def asked(self) -> list[Asked]:
        assert self.server
        return self.server.asked

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/octo/hello.git/info/lfs/objects/batch":
            return (self.batch or self.locate)(asked)
        return (self.serve or self.send)(asked)

    def locate(self, asked: Asked) -> Reply:
        assert asked.method == "POST" and asked.body["operation"] == "download"
        return Reply(
            200,
            {"transfer": "basic", "objects": [self.item(o["oid"], o["size"]) for o in asked.body["objects"]]},
        )

    def item(self, oid: str, size: int) -> dict[str, object]:
        assert self.server
        if oid not in self.objects:
            return {"oid": oid, "size": size, "error": {"code": 404, "message": "Object does not exist"}}
        action = {"href": f"{self.server.url}/storage/{oid}", "header": {"X-Signed": "yes"}, "expires_in": 60}
        return {"oid": oid, "size": size, "actions": {"download": action}}

    def send(self, asked: Asked) -> Reply:
        if asked.headers.get("X-Signed") != "yes":
            return Reply(403, {"message": "not signed"})
        content = self.objects[asked.path.rpartition("/")[2]]
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers.get("Range", ""))
        if wanted is None or not self.ranges:
            return Reply(200, content)
        start, last = int(wanted[1]), min(int(wanted[2]), len(content) - 1)
        return Reply(
            206, content[start : last + 1], {"Content-Range": f"bytes {start}-{last}/{len(content)}"}
        )


@contextmanager
def storing() -> Iterator[Store]:
    store = Store()
    with serving(store.answer) as store.server:
        yield store
