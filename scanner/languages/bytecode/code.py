"""Code objects, in one shape for all versions of CPython."""

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

OPTIMIZED, VARARGS, VARKEYWORDS = 0x1, 0x4, 0x8  # bits of ``flags``
GENERATORS = 0x20 | 0x80 | 0x200  # generator, coroutine, asynchronous generator

Value: TypeAlias = object
"""A scalar of :data:`scanner.ir.Scalar`, or a tuple, list, :class:`Code` … of them."""


class Slice(Struct, frozen=True):
    """A slice among the constants (3.14)."""

    parts: tuple[Value, ...]


class Code(Struct, frozen=True, eq=False):
    """A code object. ``lines`` is the line table and ``exceptions`` the exception table, both as
    the version that compiled it writes them; ``stacksize`` is what its compiler reserved."""

    argcount: int
    keyword_only: int
    flags: int
    stacksize: int
    code: bytes
    constants: tuple[Value, ...]
    names: tuple[str, ...]
    locals: tuple[str, ...]
    cells: tuple[str, ...]  # locals that functions inside use
    free: tuple[str, ...]  # locals of functions around that this one uses
    name: str
    line: int
    lines: bytes
    exceptions: bytes = b""
    fast: tuple[str, ...] = ()  # 3.11: locals, cells and free variables by the index of LOAD_FAST

    @property
    def parameters(self) -> tuple[str, ...]:
        """Positional and keyword-only parameters, then ``*args`` and ``**kwargs`` if there are any."""
        count = self.argcount + self.keyword_only
        count += bool(self.flags & VARARGS) + bool(self.flags & VARKEYWORDS)
        return self.locals[:count]

    def inner(self) -> Iterator["Code"]:
        """The code objects among its constants, those in tuples too."""
        waiting: list[Value] = [self.constants]
        while waiting:
            match waiting.pop():
                case Code() as found:
                    yield found
                case tuple() as items:
                    waiting.extend(reversed(items))


def walk(code: Code) -> Iterator[Code]:
    """A code object and all that are in it."""
    waiting = [code]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(found.inner())
