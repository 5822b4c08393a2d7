"""Images, sound, video, fonts and documents: recognised so that they do not count as unscanned."""

import re
from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.facts import Anomaly
from scanner.limits import Budget

NAME = "media"
MAGIC = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"8BPS\x00\x01",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51", b"v/1\x01", b"#?RADIANCE", b"DDS |\x00\x00\x00",
    b"fLaC", b"OggS\x00", b"MThd\x00\x00\x00\x06", b".snd\x00\x00\x00", b"\x1aE\xdf\xa3",
    b"%PDF-", b"%!PS-Adobe", b"wOFF", b"wOF2", b"OTTO\x00", b"ttcf\x00", b"true\x00",
)  # fmt: skip
RIFF = rb"(?:RIFF|RIFX|RF64)....(?:WAVE|AVI |WEBP|ACON|sfbk)"
ISO = rb"\x00\x00..ftyp[\w ]{4}"  # MP4, QuickTime, HEIF, AVIF
TRUETYPE = rb"\x00\x01\x00\x00\x00[\x04-\x40].{6}[ -~]{4}"  # a few tables, the first one's tag
ICON = rb"\x00\x00[\x01\x02]\x00[\x01-\x40]\x00.{2}.\x00"  # a few images without reserved bits
BITMAP = rb"BM.{4}\x00{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00{3}"  # a known header size
TAGGED = rb"ID3[\x02-\x04]|FORM....AIF[FC]|qoif\x00"
FIELDS = re.compile(b"|".join((TAGGED, RIFF, ISO, TRUETYPE, ICON, BITMAP)), re.DOTALL)
STARTS = bytes(magic[0] for magic in MAGIC) + b"IFqR\x00B"
SIGN = b"|".join((*map(re.escape, MAGIC), FIELDS.pattern))


def matches(_blob: Blob, head: bytes) -> bool:
    """Magic numbers; those of two bytes only together with fields that must make sense."""
    return head.startswith(MAGIC) or FIELDS.match(head) is not None


def unwrap(_blob: Blob, _budget: Budget) -> Iterator[Blob | Fragment | Anomaly]:
    """Nothing: no loader runs what is in these."""
    return iter(())
