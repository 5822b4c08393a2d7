"""Whatever the bytes: a reader yields, and raises nothing but Malformed and OverBudget."""

import json
import struct
import zipfile

import py7zr
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.blob import Blob
from scanner.formats import formats, identify
from tests.formats.unwrapping import blob, small, unwrap
from tests.recipes import archives, keras_files
from tests.recipes.archives import COMPRESSED, PICKLE

MEMBERS = {"archive/data.pkl": PICKLE, "b": bytes(300), "c": b"import os\n" * 20}
SEEDS = {
    "stored zip": archives.zipped(MEMBERS),
    "deflated zip": archives.zipped(MEMBERS, zipfile.ZIP_DEFLATED),
    "bzip2 zip": archives.zipped(MEMBERS, zipfile.ZIP_BZIP2),
    "lzma zip": archives.zipped(MEMBERS, zipfile.ZIP_LZMA),
    "streamed zip": archives.streamed_zip(MEMBERS),
    "zip64": archives.zip64("wide", PICKLE),
    "unlisted": archives.unlisted(archives.zipped(MEMBERS), b"ghost", PICKLE),
    "tar": archives.tarred({**MEMBERS, "x" * 200: b"y"}),
    "sparse tar": archives.sparse_tar(PICKLE, 999),
    **{name: compress(PICKLE * 9) for name, compress in COMPRESSED.items()},
    "7z": archives.seven_zip(MEMBERS),
    "plain 7z": archives.plain_seven_zip("archive/data.pkl", PICKLE),
    "stored 7z": archives.seven_zip(MEMBERS, [{"id": py7zr.FILTER_COPY}]),
    "lzma": archives.lzma_alone(PICKLE * 9),
    "zfile": archives.zfile(PICKLE * 9),
    "npy": archives.npy("'|O'", "(1,)", PICKLE),
    "safetensors": archives.safetensors(
        b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', bytes(4)
    ),
    "gguf": b"GGUF" + struct.pack("<III", 1, 0, 1) + b"\1\0\0\0k" + struct.pack("<II", 8, 9) + b"{{ x.y }}",
    "hdf5": keras_files.legacy(keras_files.sequential(keras_files.layer("Dense", units=1))),
    "new hdf5": keras_files.legacy(keras_files.sequential(), libver="latest"),
    "keras": json.dumps(keras_files.sequential(keras_files.function("os", "system"))).encode(),
    "notebook": json.dumps({"cells": [{"cell_type": "code", "source": ["!ls\n"]}], "nbformat": 4}).encode(),
    "pickle": b"\x80\x04\x95\x20\0\0\0\0\0\0\0" + PICKLE,
    "python": b"# coding: latin-1\nimport os\nos.getcwd()\n",
}

EDITS = st.lists(
    st.tuples(
        st.floats(0, 1), st.sampled_from(["set", "cut", "insert", "full"]), st.binary(min_size=1, max_size=8)
    ),
    min_size=1,
    max_size=5,
)


def edited(data: bytes, edits: list[tuple[float, str, bytes]]) -> bytes:
    for place, how, value in edits:
        at = int(place * len(data))
        match how:
            case "set":
                data = data[:at] + value + data[at + len(value) :]
            case "cut":
                data = data[:at] + data[at + len(value) :]
            case "insert":
                data = data[:at] + value + data[at:]
            case "full":
                data = data[:at] + b"\xff" * len(value) + data[at + len(value) :]
    return data


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(edits=EDITS)
def test_no_bytes_escape(seed, edits):
    data = edited(SEEDS[seed], edits)
    for found in identify(blob(data)):
        for part in unwrap(found.NAME, data, small()):
            if isinstance(part, Blob):
                part.read_at(0, 1000)
                identify(part)


@pytest.mark.parametrize("found", formats(), ids=lambda f: f.NAME)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.binary(max_size=700))
def test_no_reader_minds_foreign_bytes(found, data):
    unwrap(found.NAME, data, small())


def test_the_untouched_seeds_are_recognised():
    assert all(identify(blob(data)) for data in SEEDS.values())
