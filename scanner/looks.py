"""What an unrecognised file looks like, in words for a person. Nothing is decided by this."""

from scanner.blob import Blob

_SIGNATURES = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"GGUF", "a GGUF file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"\x04\x22\x4d\x18", "LZ4 data"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x7fELF", "a native program"),
    (b"MZ", "a native program"),
    (b"\xcf\xfa\xed\xfe", "a native program"),
    (b"\x89PNG\r\n\x1a\n", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"%PDF-", "a PDF document"),
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer, not the file it stands for"),
)
_HEAD = 512


def like(blob: Blob) -> str:
    """A noun phrase for the content of ``blob``, by its first bytes."""
    head = blob.read_at(0, _HEAD)
    for signature, words in _SIGNATURES:
        if head.startswith(signature):
            return words
    if not head:
        return "an empty file"
    if not head.strip(b"\0"):
        return "zeros"
    return "text" if _is_text(head) else f"binary data that starts with {head[:8].hex(' ')}"


def _is_text(head: bytes) -> bool:
    # The cut at the end of the head may split a character of up to four bytes.
    text = head.decode("utf-8", "ignore")
    return len(text.encode()) > len(head) - 4 and all(c.isprintable() or c in "\t\n\r\f" for c in text)
