"""One file in memory, through everything but the sandbox."""

from scanner.blob import Blob, BytesWindow
from scanner.examine import examine
from scanner.finding import FileReport
from scanner.limits import Limits


def scan(content: bytes, name: str = "file.pkl") -> FileReport:
    """What is said about a file of this content."""
    return examine(Blob((name,), BytesWindow(content)), Limits())


def told(content: bytes, name: str = "file.pkl") -> list[str]:
    """The messages of all findings, notes included: an honest file has none."""
    report = scan(content, name)
    assert report.failure is None
    return [f"{f.rule}: {f.message}" for f in report.findings]


def rules(content: bytes, name: str = "file.pkl") -> set[str]:
    """The rules that fire."""
    return {f.rule for f in scan(content, name).findings}
