"""What is a pointer, and what only resembles one."""

import pytest

from scanner.collect.pointer import Pointer, parse
from tests.collect.lfs.objects import pointer, text

GOOD = text(b"content")
OID = pointer(b"content").oid.encode()


def test_a_pointer() -> None:
    assert parse(GOOD) == Pointer(OID.decode(), 7)
    extended = GOOD.replace(b"oid", b"ext-0-foo sha256:" + b"0" * 64 + b"\noid")
    assert parse(extended) == Pointer(OID.decode(), 7)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        GOOD[:-1],
        GOOD + b"\n",
        GOOD + b"import os\n",
        b"\n" + GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(OID, OID.upper()),
        GOOD.replace(OID, OID[:-1]),
        GOOD.replace(b"size 7", b"size -7"),
        GOOD.replace(b"size 7", b"size 07"),
        GOOD.replace(b"size 7", b"size 7777777777777777777"),
        GOOD.replace(b"v1", b"v2"),
        GOOD.replace(b"sha256:", b"md5:"),
        GOOD.replace(b"oid", b"x y\noid"),
        GOOD.replace(
            b"oid", b"".join(b"ext-%d-%s sha256:%s\n" % (i, b"x" * 30, OID) for i in range(10)) + b"oid"
        ),
    ],
)
def test_what_is_none(content: bytes) -> None:
    assert parse(content) is None
