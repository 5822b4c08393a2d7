"""Native programs and libraries: ELF, PE, Mach-O and Actually Portable Executables (llamafiles)."""

import re
import struct
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._recognised import unread
from scanner.limits import Budget

NAME = "executable"
STARTS = b"\x7fMj\xfe\xce\xcf\xca"
MACHO = (b"\xfe\xed\xfa\xce", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe")
FAT = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
SLICES = 32  # architectures of a fat binary; a Java class has its version, 45 or more, in their place
KINDS = 16  # Mach-O file types
APE = (b"MZqFpD='", b"jartsr='")
SIGN = b"|".join(map(re.escape, (b"\x7fELF", b"MZ", APE[1], *MACHO, *FAT)))
PE_OFFSET = 0x3C


def matches(blob: Blob, head: bytes) -> bool:
    """Magic numbers, and for the short ones a second field that must make sense."""
    if head.startswith((b"\x7fELF", *APE)):
        return True
    if head.startswith(b"MZ") and len(head) >= PE_OFFSET + 4:
        (offset,) = struct.unpack_from("<I", head, PE_OFFSET)
        return blob.read_at(offset, 4) == b"PE\0\0"
    if head.startswith(FAT):
        return 0 < int.from_bytes(head[4:8], "big") < SLICES
    (kind,) = struct.unpack_from(">I" if head[:1] == b"\xfe" else "<I", head.ljust(16, b"\0"), 12)
    return head.startswith(MACHO) and 0 < kind < KINDS


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Anomaly]:
    """Machine code is not analysed."""
    return unread(blob, "a native program or library", "machine code is not analysed")
