"""Recipes for archives and compressed files, honest ones and liars.

Payloads are inert and never run: they would ask the shell to echo a word.
"""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib

import lz4.frame
import py7zr
from backports import zstd

PICKLE = b"cos\nsystem\n(S'echo carried'\ntR."
NUMBERS = b"\x80\x02]q\x00(K\x01K\x02K\x03e."
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    """A ZIP archive as Python writes it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.comment = comment
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return file.getvalue()


def torch_zip(
    pickle: bytes = PICKLE, storages: dict[str, bytes] | None = None, folder: str = "archive"
) -> bytes:
    """A checkpoint as ``torch.save`` writes it: stored members, the pickle first."""
    members = {f"{folder}/data.pkl": pickle, f"{folder}/byteorder": b"little"}
    members |= {f"{folder}/data/{key}": data for key, data in (storages or {"0": bytes(64)}).items()}
    return zipped({**members, f"{folder}/version": b"3\n"})


def torch_streamed(pickle: bytes, storages: dict[str, bytes], folder: str = "archive") -> bytes:
    """The same byte for byte as PyTorch's own writer lays it out: sizes behind the content, which begins at
    multiples of 64, and nothing but zeros in their place."""
    members = {f"{folder}/data.pkl": pickle, f"{folder}/byteorder": b"little"}
    members |= {f"{folder}/data/{key}": data for key, data in storages.items()}
    data, directory = b"", b""
    for name, content in {**members, f"{folder}/version": b"3\n"}.items():
        text, place = name.encode(), len(data)
        room = -(place + 30 + len(text) + 4) % 64
        padding = b"FB" + room.to_bytes(2, "little") + b"Z" * room
        sizes = struct.pack("<III", zlib.crc32(content), len(content), len(content))
        flags = struct.pack("<HHHHH", 0, 0x0808, 0, 0, 0)
        data += b"PK\3\4" + flags + bytes(12) + struct.pack("<HH", len(text), len(padding)) + text + padding
        data += content + b"PK\7\x08" + sizes
        lengths = struct.pack("<HHHHHII", len(text), 0, 0, 0, 0, 0, place)
        directory += b"PK\1\2" + bytes(2) + flags + sizes + lengths + text
    end = struct.pack("<HHHHIIH", 0, 0, *[len(members) + 1] * 2, len(directory), len(data), 0)
    return data + directory + b"PK\5\6" + end


def streamed_zip(members: dict[str, bytes]) -> bytes:
    """A ZIP archive whose sizes follow the data, as a program writes it to a pipe."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.data += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=zipfile.ZIP_DEFLATED)
    return bytes(pipe.data)


def patched(data: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """``data`` with bytes replaced in its first record of this signature."""
    start = data.index(signature) + offset
    return data[:start] + value + data[start + len(value) :]


def annotated(extra: bytes = b"", comment: bytes = b"", kind: int = 0x4343) -> bytes:
    """A ZIP archive of one text with an extra field and a comment of its own."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        member = zipfile.ZipInfo("notes.txt")
        member.comment = comment
        if extra:
            member.extra = struct.pack("<HH", kind, len(extra)) + extra
        archive.writestr(member, b"hello")
    return file.getvalue()


def encrypted_mark(data: bytes) -> bytes:
    """The archive claims that its first member is encrypted."""
    return patched(patched(data, LOCAL, 6, b"\x01"), CENTRAL, 8, b"\x01")


def wrong_checksum(data: bytes) -> bytes:
    """Both headers of the first member carry the same wrong CRC-32."""
    return patched(patched(data, LOCAL, 14, b"\xde\xad\xbe\xef"), CENTRAL, 16, b"\xde\xad\xbe\xef")


def with_method(data: bytes, method: int, size: int | None = None) -> bytes:
    """Both headers of the first member name this method, and the size of what comes out of it."""
    for signature, place in ((LOCAL, 8), (CENTRAL, 10)):
        data = patched(data, signature, place, struct.pack("<H", method))
        if size is not None:
            data = patched(data, signature, place + 14, struct.pack("<I", size))
    return data


def other_local_name(data: bytes) -> bytes:
    """The local header of the first member has another name than the directory."""
    return patched(data, LOCAL, 30, b"X")


def unlisted(data: bytes, name: bytes, content: bytes) -> bytes:
    """The archive with a stored member in front of the directory that the directory does not mention."""
    header = LOCAL + struct.pack(
        "<5H3I2H", 20, 0, 0, 0, 0, zlib.crc32(content), len(content), len(content), len(name), 0
    )
    extra = header + name + content
    start = data.index(CENTRAL)
    data = data[:start] + extra + data[start:]
    return patched(data, END, 16, struct.pack("<I", start + len(extra)))


def zip64(name: str, content: bytes) -> bytes:
    """An archive whose sizes, offsets and directory are all in 64-bit records."""
    raw = name.encode()
    both = struct.pack("<HHQQ", 1, 16, len(content), len(content))
    crc, full = zlib.crc32(content), 0xFFFFFFFF
    local = (
        LOCAL
        + struct.pack("<5H3I2H", 45, 0, 0, 0, 0, crc, full, full, len(raw), len(both))
        + raw
        + both
        + content
    )
    three = struct.pack("<HHQQQ", 1, 24, len(content), len(content), 0)
    entry = CENTRAL + struct.pack(
        "<6H3I5H2I", 45, 45, 0, 0, 0, 0, crc, full, full, len(raw), len(three), 0, 0, 0, 0, full
    )
    directory = entry + raw + three
    large = b"PK\x06\x06" + struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, 1, 1, len(directory), len(local))
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, len(local) + len(directory), 1)
    return (
        local + directory + large + locator + END + struct.pack("<4H2IH", 0, 0, 0xFFFF, 0xFFFF, full, full, 0)
    )


def tarred(members: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive as Python writes it."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def padded_with(data: bytes) -> bytes:
    """A tar archive with ``data`` between the end of its member and the next block."""
    archive = tarred({"a": b"hello"})
    return archive[: 512 + 5] + data + archive[512 + 5 + len(data) :]


def linked(name: str, target: str) -> bytes:
    """A tar archive with one symbolic link."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        archive.addfile(entry)
    return file.getvalue()


def sparse_tar(content: bytes, hole: int) -> bytes:
    """A tar archive with one pax 1.0 sparse member: a hole, then ``content``."""
    numbers = f"1\n{hole}\n{len(content)}\n".encode()
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        data = numbers.ljust(512, b"\0") + content
        entry = tarfile.TarInfo("GNUSparseFile.0/sparse")
        entry.size = len(data)
        entry.pax_headers = {
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.name": "sparse.pkl",
            "GNU.sparse.realsize": str(hole + len(content)),
        }
        archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def zfile(content: bytes) -> bytes:
    """A compressed pickle as joblib before 0.10 wrote it."""
    return b"ZF" + hex(len(content)).encode().ljust(19) + zlib.compress(content)


COMPRESSED = {
    "gzip": gzip.compress,
    "bz2": lambda content: bz2.compress(content, 1),
    "xz": lzma.compress,
    "zlib": zlib.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstd.compress,
}
SKIPPABLE = b"\x53\x2a\x4d\x18\x05\0\0\0notes"  # a frame that LZ4 and Zstandard have in common


def seven_zip(members: dict[str, bytes], filters: list[dict] | None = None, **more) -> bytes:
    """A 7-Zip archive: one folder of all members, the list of them packed as well."""
    file = io.BytesIO()
    with py7zr.SevenZipFile(file, "w", filters=filters, **more) as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    return file.getvalue()


def plain_seven_zip(name: str, content: bytes) -> bytes:
    """A 7-Zip archive of one stored member, with a plain list of members: every field in sight."""
    utf16 = b"\0" + name.encode("utf-16-le") + b"\0\0"
    header = (
        b"\x01\x04\x06\0\x01\x09" + bytes([len(content)]) + b"\0"  # one packed stream
        + b"\x07\x0b\x01\0\x01\x01\0\x0c" + bytes([len(content)]) + b"\0\0"  # one folder: Copy
        + b"\x05\x01\x11" + bytes([len(utf16)]) + utf16 + b"\0\0"
    )  # fmt: skip
    after = struct.pack("<QQI", len(content), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(after)) + after + content + header


def lzma_alone(content: bytes) -> bytes:
    """The ``.lzma`` format that preceded xz."""
    return lzma.compress(content, lzma.FORMAT_ALONE)


def npy(descr: str, shape: str, data: bytes) -> bytes:
    """A NumPy array file, version 1."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def png(ancillary: bytes = b"") -> bytes:
    """A picture of one pixel, with a chunk that viewers skip."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    extra = chunk(b"prVt", ancillary) if ancillary else b""
    return (
        b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    )


def safetensors(header: bytes, buffer: bytes = b"") -> bytes:
    """A safetensors file with any header."""
    return struct.pack("<Q", len(header)) + header + buffer
