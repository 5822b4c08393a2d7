"""Arrays, tables and archives by the libraries of their formats, five of each."""

import io
import json
import lzma
import tarfile
import zlib
from pathlib import Path

import gguf
import lz4.frame
import msgpack
import nbformat
import numpy
import py7zr
import pyarrow
import pyarrow.feather
import pyarrow.parquet
import safetensors.numpy
import zstandard

TEMPLATE = "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] | trim }}\n{% endfor %}"
numbers = numpy.random.default_rng(0)


def checkpoint(path: str, rows: int) -> None:
    """A GGUF file with a vocabulary, a template and two tensors."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(128 * rows)
    writer.add_token_list([f"token {n}" for n in range(rows)])
    writer.add_chat_template(TEMPLATE)
    for name in ("token_embd.weight", "output.weight"):
        writer.add_tensor(name, numbers.normal(size=(rows, 32)).astype("f4"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def notebook(path: str, lines: int) -> None:
    cells = [nbformat.v4.new_markdown_cell("# A title")]
    cells += [nbformat.v4.new_code_cell(f"import numpy\nnumpy.arange({n}).sum()") for n in range(lines)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


for size in range(1, 6):
    weights = {"weight": numbers.normal(size=(size, 7)).astype("f4"), "bias": numpy.arange(size)}
    safetensors.numpy.save_file(weights, f"{size}.safetensors", metadata={"format": "np"})
    checkpoint(f"{size}.gguf", size)
    notebook(f"{size}.ipynb", size)
    table = pyarrow.table({"text": [f"line {n}" for n in range(size)], "label": list(range(size))})
    pyarrow.feather.write_feather(table, f"{size}.feather")
    pyarrow.feather.write_feather(table, f"{size}.feather1", version=1)
    pyarrow.parquet.write_table(
        table, f"{size}.parquet", compression=("snappy", "gzip", "zstd", "none", "brotli")[size - 1]
    )
    with pyarrow.ipc.new_stream(f"{size}.arrows", table.schema) as stream:
        stream.write_table(table)
    plain = json.dumps({"vocabulary": [f"word {n}" for n in range(99 * size)]}).encode()
    Path(f"{size}.lz4").write_bytes(lz4.frame.compress(plain))
    Path(f"{size}.zst").write_bytes(zstandard.compress(plain))
    Path(f"{size}.xz").write_bytes(lzma.compress(plain))
    Path(f"{size}.z").write_bytes(zlib.compress(plain))
    Path(f"{size}.msgpack").write_bytes(msgpack.packb({"params": {"kernel": plain, "step": size}}))
    with py7zr.SevenZipFile(f"{size}.7z", "w") as archive:
        archive.writestr(plain, "vocabulary.json")
    with tarfile.open(f"{size}.tar", "w") as archive:
        member = tarfile.TarInfo("vocabulary.json")
        member.size = len(plain)
        archive.addfile(member, io.BytesIO(plain))
