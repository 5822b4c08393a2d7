"""Arrow, Feather and Parquet: pickles in the metadata of columns, files elsewhere, bytes between the pages."""

import struct

import pytest

from scanner.finding import Severity, Verdict
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import blocked_for, scan, scan_file
from tests.recipes import columns
from tests.recipes.archives import PICKLE

PICKLED = columns.extension(b"arrow.py_extension_type", PICKLE)
POISONED = columns.schema(columns.column(b"x", PICKLED))
DEEP = columns.schema(columns.column(b"x", {}, [columns.column(b"y", {}, [columns.column(b"z", PICKLED)])]))
ANYBODYS = columns.schema(columns.column(b"x", columns.extension(b"vendor.tensor", PICKLE)))
PANDAS = {b"pandas": b'{"index_columns": [{"kind": "range"}], "columns": []}' * 3}
HONEST = columns.schema(columns.column(b"x", {}), metadata=PANDAS)
SCHEMAS = {"column": POISONED, "column of a column": DEEP, "somebody's type": ANYBODYS}
CARRIERS = {
    "stream": columns.arrow_stream,
    "old stream": lambda schema: columns.arrow_stream(schema, marked=False),
    "file": columns.arrow_file,
    "footer": lambda schema: columns.arrow_file(HONEST, schema),
    "first message": lambda schema: columns.arrow_file(schema, HONEST),
    "parquet": lambda schema: columns.parquet(metadata=columns.arrow_schema(schema)),
}


@pytest.mark.parametrize("carry", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_pickle_in_the_metadata_of_a_column(carry, schema):
    """CVE-2023-47248."""
    assert blocked_for(scan(carry(schema), "train.arrow")) == {"code-execution"}


@pytest.mark.parametrize("carry", CARRIERS.values(), ids=CARRIERS)
def test_an_honest_schema_is_clean(carry):
    assert scan(carry(HONEST), "train.arrow").verdict is Verdict.CLEAN


@pytest.mark.parametrize("carry", CARRIERS.values(), ids=CARRIERS)
def test_a_column_of_pickles_is_said_to_be_one(carry):
    column = columns.column(b"x", columns.extension(b"ray.data.arrow_pickled_object", b""))
    (finding,) = scan(carry(columns.schema(column)), "train.arrow").findings
    assert (finding.rule, finding.severity) == ("incomplete-analysis", Severity.WARNING)
    assert "column x holds pickles" in finding.message


def test_a_parameter_that_should_be_a_pickle_and_is_not():
    lying = columns.schema(columns.column(b"x", columns.extension(b"arrow.py_extension_type", b"{}")))
    assert [f.rule for f in scan(columns.arrow_stream(lying), "a.arrow").findings] == ["format-mismatch"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (columns.arrow_stream(HONEST), "arrow"),
        (columns.arrow_file(HONEST), "arrow"),
        (columns.feather_v1(b""), "feather"),
        (columns.parquet(), "parquet"),
    ],
)
def test_they_are_known_by_their_content(data, name):
    assert names(data, "a.txt") == [name]


@pytest.mark.parametrize("whole", [columns.arrow_file(POISONED), CARRIERS["parquet"](POISONED)])
def test_readers_go_by_the_end(whole):
    report = scan(b"\x93NUM" + whole[4:], "a.npy")
    assert blocked_for(report) == {"code-execution"}
    assert "format-mismatch" in {f.rule for f in report.findings}


@pytest.mark.parametrize(
    "data", [columns.feather_v1(PICKLE * 3), columns.parquet(metadata={b"k": PICKLE * 3})]
)
def test_other_metadata_is_looked_at(data):
    assert blocked_for(scan(data, "a.parquet")) == {"code-execution"}


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (columns.arrow_stream(HONEST) + PICKLE, "(trailing data)"),
        (columns.arrow_file(HONEST).replace(columns.END, columns.END + PICKLE), "(trailing data)"),
        (columns.parquet(bytes(99) + PICKLE, size=9), "(bytes at 13)"),
    ],
)
def test_what_nothing_accounts_for_comes_out(data, where):
    (name,) = names(data)
    assert contents(unwrap(name, data))[where].endswith(PICKLE)


def test_pages_are_accounted_for():
    assert unwrap("parquet", columns.parquet(bytes(99), size=99)) == []


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("/etc/passwd", Severity.ERROR),
        ("../other/part.parquet", Severity.WARNING),
        ("year=1/part.parquet", None),
    ],
)
def test_columns_in_another_file(path, severity):
    report = scan(columns.parquet(chunk={1: path.encode()}), "_metadata")
    assert [(f.rule, f.severity) for f in report.findings] == (
        [("external-reference", severity)] if severity else []
    )


def test_an_encrypted_footer_is_said_to_be_one():
    assert complaints(unwrap("parquet", b"PARE" + bytes(20) + b"PARE")) == ["unsupported"]
    assert names(b"PARE" + bytes(20) + b"PARE") == ["parquet"]
    assert names(b"PARENT_DIRECTORY\n") == ["text"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("arrow", columns.arrow_file(HONEST)[:-3]),
        ("arrow", columns.arrow_stream(HONEST)[:-8] + struct.pack("<Ii", 0xFFFFFFFF, 1 << 30)),
        ("arrow", columns.message(columns.SCHEMA, HONEST, body=1 << 40)),
        ("arrow", columns.message(columns.SCHEMA, HONEST, body=-8)),
        ("feather", columns.feather_v1(b"")[:-1]),
        ("parquet", columns.parquet()[:-1]),
        ("parquet", columns.parquet().replace(b"\x06recipe", b"\x7frecipe")),
    ],
)
def test_lies_are_malformed(name, data):
    assert complaints(unwrap(name, data))[-1] == "Malformed"


def sparse(path, before: bytes, hole: int, behind: bytes):
    """A report on a file that is mostly a hole."""
    with path.open("w+b") as file:
        file.write(before)
        file.seek(hole, 1)
        file.write(behind)
    return scan_file(path)


@pytest.mark.parametrize("kind", ["arrow", "parquet"])
def test_columns_are_not_read(tmp_path, kind):
    body = 1 << 30
    if kind == "arrow":
        batch = columns.message(columns.BATCH, {}, body)
        before, behind = columns.arrow_stream(POISONED)[: -len(columns.END)] + batch, columns.END
    else:
        whole = columns.parquet(size=body, metadata=columns.arrow_schema(POISONED))
        before, behind = whole[:4], whole[4:]
    report = sparse(tmp_path / "a.bin", before, body, behind)
    assert report.formats[0] == kind
    assert blocked_for(report) == {"code-execution"}
    assert report.bytes_read < body // 1000
