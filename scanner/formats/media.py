"""Images, sound, video, fonts and documents: recognised so that they do not count as unscanned."""

import re
from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.facts import Anomaly
from scanner.limits import Budget

NAME = "media"
MAGIC = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"8BPS\0\1",
    b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51", b"v/1\1", b"#?RADIANCE", b"DDS |\0\0\0",
    b"fLaC", b"OggS\0", b"MThd\0\0\0\6", b".snd\0\0\0", b"\x1aE\xdf\xa3",
    b"%PDF-", b"%!PS-Adobe", b"wOFF", b"wOF2", b"OTTO\0", b"ttcf\0", b"true\0",
)  # fmt: skip
RIFF = re.compile(rb"(?:RIFF|RIFX|RF64)....(?:WAVE|AVI |WEBP|ACON|sfbk)", re.DOTALL)
ISO = re.compile(rb"\0\0..ftyp[\w ]{4}", re.DOTALL)  # MP4, QuickTime, HEIF, AVIF
TRUETYPE = re.compile(rb"\0\1\0\0\0[\x04-\x40].{6}[ -~]{4}", re.DOTALL)  # a few tables, the first one's tag
ICON = re.compile(rb"\0\0[\1\2]\0[\1-\x40]\0.{2}.\0", re.DOTALL)  # a few images without reserved bits
BITMAP = re.compile(rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}", re.DOTALL)  # a known header size
TAGGED = re.compile(rb"ID3[\2-\4]|FORM....AIF[FC]|qoif\0", re.DOTALL)
PATTERNS = (TAGGED, RIFF, ISO, TRUETYPE, ICON, BITMAP)


def matches(_blob: Blob, head: bytes) -> bool:
    """Magic numbers; those of two bytes only together with fields that must make sense."""
    return head.startswith(MAGIC) or any(pattern.match(head) for pattern in PATTERNS)


def unwrap(_blob: Blob, _budget: Budget) -> Iterator[Blob | Fragment | Anomaly]:
    """Nothing: no loader runs what is in these."""
    return iter(())
