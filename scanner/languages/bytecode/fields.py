"""Code objects that a program puts together from their fields, as pickles of functions do."""

from collections.abc import Sequence
from typing import Any

from scanner.errors import Malformed
from scanner.languages.bytecode.code import Code
from scanner.languages.bytecode.tables import Version

# Versions by the number of arguments that ``types.CodeType`` takes.
_VERSIONS: dict[int, tuple[Version, ...]] = {
    14: ((2, 7),),
    15: ((3, 6), (3, 7)),
    16: ((3, 8), (3, 9), (3, 10)),
    18: ((3, 11), (3, 12), (3, 13), (3, 14)),
}


def code_of(fields: Sequence[Any]) -> tuple[Code, tuple[Version, ...]]:
    """The code object that ``types.CodeType(*fields)`` would be, and the versions that have such fields.

    A line table in front, as ``dill`` has it, is passed over. Code objects among the constants are
    :class:`Code` already. Raises :class:`Malformed` when the fields are not those of any version.
    """
    if fields and not isinstance(fields[0], int):
        fields = fields[1:]
    versions = _VERSIONS.get(len(fields))
    if versions is None:
        raise Malformed(f"no version makes a code object of {len(fields)} fields")
    counts = 6 if len(fields) >= 16 else 5 if len(fields) == 15 else 4
    numbers, (body, constants, names, variables, _, name, *rest) = fields[:counts], fields[counts:]
    if len(fields) == 18:
        rest = rest[1:]  # the qualified name
    exceptions = _bytes(rest.pop(2)) if len(fields) == 18 else b""
    line, lines, free, cells = rest
    if not all(isinstance(number, int) for number in (*numbers, line)) or not isinstance(constants, tuple):
        raise Malformed("the fields of a code object have other types")
    locals_, cells, free = _names(variables), _names(cells), _names(free)
    return Code(
        argcount=numbers[0],
        keyword_only=numbers[counts - 4] if counts > 4 else 0,
        flags=numbers[-1],
        stacksize=numbers[-2],
        code=_bytes(body),
        constants=constants,
        names=_names(names),
        locals=locals_,
        cells=cells,
        free=free,
        name=str(name),
        line=line,
        lines=_bytes(lines),
        exceptions=exceptions,
        fast=(*locals_, *(cell for cell in cells if cell not in locals_), *free),
    ), versions


def _bytes(field: Any) -> bytes:
    """Bytes, or the text that Python 2 wrote them as."""
    if isinstance(field, str):
        return field.encode("latin-1", "replace")
    if not isinstance(field, bytes | bytearray):
        raise Malformed("the fields of a code object have other types")
    return bytes(field)


def _names(field: Any) -> tuple[str, ...]:
    if not isinstance(field, tuple | list):
        raise Malformed("the fields of a code object have other types")
    return tuple(str(name) for name in field)
