"""A finding's place is its trail and, inside the last part of the trail, the offset of the opcode that acts."""

import bz2
import gzip
import io
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from functools import partial

import joblib
import numpy
import pytest

from scanner.finding import Finding
from tests.hostile.scanning import scan
from tests.recipes import frameworks
from tests.recipes.archives import (
    COMPRESSED,
    npy,
    seven_zip,
    streamed_zip,
    tarred,
    torch_zip,
    zfile,
    zipped,
)
from tests.recipes.hiding import PLACES
from tests.recipes.streams import Build, First, Global, Instance, New, Object, Raw, call, stream

ECHO = "echo offset"
COMMAND = {
    "REDUCE": (call("posix.system", ECHO), b"R"),
    "INST": (Instance("posix", "system", (ECHO,)), b"i"),
    "OBJ": (Object(Global("posix", "system"), (ECHO,)), b"o"),
    "NEWOBJ": (New(Global("zorble", "Thing"), (ECHO,)), b"\x81"),
    "BUILD": (Build(Global("json.decoder", "JSONDecoder"), {"decode": ECHO}), b"b"),
}
AROUND = {
    "alone": lambda value: value,
    "in a list": lambda value: [1, "two", value, 3.0],
    "behind numbers": lambda value: First(([0.5] * 99, value, "R" * 70)),
    "behind a large buffer": lambda value: First(
        (Raw(b"\x8e" + (3 << 20).to_bytes(8, "little") + bytes(3 << 20)), value)
    ),
    "in a state": lambda value: Build(New(Global("argparse", "Namespace"), ()), {"a": "i", "b": value}),
}


def place(finding: Finding, part: bytes) -> bytes:
    """The opcode at the finding's offset in ``part``, right behind the argument that it is handed."""
    offset = finding.site.offset
    assert offset is not None
    end = part.index(ECHO.encode()) + len(ECHO)
    assert 0 <= offset - end <= 20, (offset, end)
    return part[offset : offset + 1]


def told(data: bytes) -> list[Finding]:
    return [f for f in scan(data).findings if ECHO in f.message]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("opcode", COMMAND)
@pytest.mark.parametrize("protocol", range(6))
def test_opcodes(protocol: int, opcode: str, around: str) -> None:
    value, code = COMMAND[opcode]
    data = stream(AROUND[around](value), protocol)
    for whole in (data, pickle.dumps(["R", 1]) * 3 + data, data + pickle.dumps("R")):
        assert {place(f, whole) for f in told(whole)} == {code}


RUN = stream(call("posix.system", ECHO), 4)
TAR = tarred({"a": b"R" * 700, "b/data.pkl": RUN})
WHOLE = ("old joblib, main file", "old joblib of sklearn", "Paddle")  # the pickle is the file
PARTS = {
    "torch ZIP": torch_zip(RUN),
    "deflated ZIP": zipped({"a": b"R" * 99, "b": RUN}, zipfile.ZIP_DEFLATED),
    "streamed ZIP": streamed_zip({"a": b"R" * 99, "b": RUN}),
    "tar": TAR,
    "7z": seven_zip({"a": b"R" * 99, "b.pkl": RUN}),
    "zfile": zfile(RUN),
    "object array": npy("'|O'", "(1,)", RUN),
    "ZIP in gzip in tar": tarred({"x.gz": gzip.compress(zipped({"b": RUN}))}),
    "tar in bzip2": bz2.compress(TAR),
    "7z of a torch ZIP": seven_zip({"weights.pt": torch_zip(RUN)}),
    **{name: compress(RUN) for name, compress in COMPRESSED.items()},
    **{name: put(RUN) for name, put in PLACES.items() if name != "in front of a ZIP"},
    **{name: put(RUN) for name, put in frameworks.CARRIERS.items() if name not in WHOLE},
}


class Runs:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (ECHO,)


def in_frames(protocol: int) -> bytes:
    """Many frames, buffers between them, and memos of every length."""
    values = [[f"R{i}" for i in range(9000)], bytes(200_000), Runs(), "R" * 200_000, list(range(3000))]
    return pickle.dumps(values, protocol)


def by_joblib(*values: object) -> bytes:
    file = io.BytesIO()
    joblib.dump(values, file)
    return file.getvalue()


def legacy_torch(content: bytes) -> bytes:
    """Five pickles, then the numbers of a storage."""
    head = stream(0x1950A86A20F9469CFC6C, 2) + stream(1001, 2) + stream({"little_endian": True}, 2)
    return head + content + stream(["0"], 2) + struct.pack("<q", 9000) + b"R" * 36_000


ARRAY = numpy.frombuffer(b"R" * 80_000)
WRITTEN: dict[str, Callable[[], bytes]] = {
    **{f"protocol {n}": partial(in_frames, n) for n in range(6)},
    "joblib, behind arrays": lambda: by_joblib(ARRAY, ARRAY[:7], Runs()),
    "joblib, in front of arrays": lambda: by_joblib(Runs(), ARRAY, ARRAY),
    "joblib, between arrays": lambda: by_joblib(ARRAY, {"a": Runs()}, ARRAY),
    "joblib, array of objects": lambda: by_joblib(ARRAY, numpy.array([Runs()], object), ARRAY),
    "legacy torch": lambda: legacy_torch(RUN),
}


@pytest.mark.parametrize("carrier", PARTS)
def test_the_offset_is_one_in_the_last_part_of_the_trail(carrier: str) -> None:
    findings = told(PARTS[carrier])
    assert findings
    for finding in findings:
        assert len(finding.site.trail) > 1
        assert place(finding, RUN) == b"R"


@pytest.mark.parametrize("carrier", [*WHOLE, *WRITTEN])
def test_or_one_in_the_file(carrier: str) -> None:
    data = WRITTEN[carrier]() if carrier in WRITTEN else frameworks.CARRIERS[carrier](RUN)
    (finding,) = told(data)
    assert finding.site.trail == ("checkpoint.bin",)
    assert place(finding, data) == b"R"
    assert "system('echo offset')" in str(finding.evidence)
