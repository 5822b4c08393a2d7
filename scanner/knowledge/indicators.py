"""Telling constants: URLs, secret paths, command lines, code.

Most kinds are rows of ``indicators.toml``: a regular expression (linear: no nested quantifiers) and
hints, one of which must occur in the lower-cased text before the expression is even compiled. The
others need a parser and live in :mod:`scanner.knowledge.codelike`.
"""

import base64
import binascii
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct, field

from scanner.facts import Indicator
from scanner.knowledge.codelike import (
    is_command_line,
    is_packed,
    is_pickle,
    is_program,
    is_python,
    is_reference,
)

BOUND = 1 << 20  # characters looked at from the start, and as many from the end, of a long constant
PER_KIND = 8  # distinct texts kept of one kind
SHOWN = 200  # characters kept of one text

_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_ENCODED_LIMIT = 4  # runs of base64 that are decoded in one constant


class _Pattern(Struct):
    kind: str
    hints: tuple[str, ...]
    source: str
    unless: str
    flags: int
    compiled: tuple[re.Pattern[str], re.Pattern[str] | None] | None = field(default=None)

    def find(self, text: str, lowered: str) -> Iterator[str]:
        if not any(hint in lowered for hint in self.hints):
            return
        if self.compiled is None:
            unless = re.compile(self.unless, self.flags) if self.unless else None
            self.compiled = re.compile(self.source, self.flags), unless
        pattern, unless = self.compiled
        for match in pattern.finditer(text):
            if unless is None or not unless.search(match[0]):
                yield match[0]


class Indicators:
    """The table, and the tests that no regular expression can do."""

    def __init__(self, path: Path, command: Callable[[str], str | None], acts: Callable[[str], bool],
                 runs: Callable[[str], bool]) -> None:  # fmt: skip
        self._command = command
        self._acts = acts
        self._runs = runs
        try:
            rows = tomllib.loads(path.read_text("utf-8"))["indicator"]
            self._patterns = [
                _Pattern(
                    row["kind"],
                    tuple(row["hints"]),
                    row["pattern"],
                    row.get("unless", ""),
                    0 if row.get("case") else re.IGNORECASE,
                )
                for row in rows
            ]
        except (tomllib.TOMLDecodeError, KeyError) as error:
            raise ValueError(f"{path.name}: {error}") from error

    def compile(self) -> None:
        """Compile every expression; raises :class:`ValueError` that names the kind."""
        for pattern in self._patterns:
            try:
                re.compile(pattern.source), re.compile(pattern.unless)
            except re.error as error:
                raise ValueError(f"indicators.toml: {pattern.kind}: {error}") from error

    def find(self, constant: str | bytes) -> tuple[Indicator, ...]:
        """Everything telling in a constant, each text once per kind, bounded in number and length."""
        found: dict[tuple[str, str], None] = {}
        for kind, text in self._look(constant):
            found[kind, text.strip()[:SHOWN]] = None
        return tuple(Indicator(kind, text) for kind, text in found)

    def _look(self, constant: str | bytes) -> Iterator[tuple[str, str]]:
        text = _text(constant)
        yield from self._patterned(text)
        yield from self._code(constant, text)
        for run in list(_ENCODED.finditer(text))[:_ENCODED_LIMIT] if len(text) >= 24 else ():
            inner = _decode(run[0])
            if inner is not None and self._tells(inner):
                yield "base64-blob", run[0]

    def _patterned(self, text: str) -> Iterator[tuple[str, str]]:
        lowered = text.lower()
        for pattern in self._patterns:
            kept: set[str] = set()
            for hit in pattern.find(text, lowered):
                if hit not in kept:
                    kept.add(hit)
                    yield pattern.kind, hit
                if len(kept) == PER_KIND:
                    break

    def _code(self, constant: str | bytes, text: str) -> Iterator[tuple[str, str]]:
        raw = constant if isinstance(constant, bytes) else text[:4096].encode("latin-1", "replace")
        if is_pickle(raw, whole=isinstance(constant, bytes)):
            yield "pickle-bytes", repr(raw[:40])
        if is_packed(raw):
            yield "packed-bytes", repr(raw[:16])
        if is_python(text, self._acts):
            yield "python-code", text
        elif is_command_line(text, self._command):
            yield "shell-command", text
        elif is_program(text):
            yield "python-source", text
        elif is_reference(text, self._runs):
            yield "callable-name", text

    def _tells(self, decoded: bytes) -> bool:
        if is_packed(decoded) or is_pickle(decoded, whole=True):
            return True
        text = _text(decoded)
        if not text.replace("\n", " ").replace("\t", " ").isprintable():
            return False
        return any(self._code(decoded, text)) or any(
            kind not in ("host-port", "secret-name") for kind, _ in self._patterned(text)
        )


def _text(constant: str | bytes) -> str:
    if len(constant) > 2 * BOUND:
        constant = constant[:BOUND] + constant[-BOUND:]  # type: ignore[operator]
    if isinstance(constant, str):
        return constant
    if constant[1:64:2].count(0) * 4 > len(constant[:64]) > 8:  # UTF-16, as PowerShell wants it
        return constant.decode("utf-16-le", "replace")
    return constant.decode("latin-1")


def _decode(run: str) -> bytes | None:
    """The bytes behind a run of base64 (either alphabet) or hexadecimal digits."""
    try:
        if len(run) % 2 == 0 and not re.search(r"[^0-9a-fA-F]", run):
            return bytes.fromhex(run)
        run = run.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(run + "=" * (-len(run) % 4))
    except (ValueError, binascii.Error):
        return None
