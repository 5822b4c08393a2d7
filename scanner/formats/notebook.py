"""Jupyter notebooks: the code cells, one after the other, are one program.

Source: the nbformat 3 and 4 schemas. Magics and ``!`` lines become the calls that IPython turns them
into, so that a shell command in a cell is a call like any other.
"""

import json
import re
from collections.abc import Iterator

from scanner import magics
from scanner.blob import Blob, BytesWindow, Fragment
from scanner.errors import Malformed, OverBudget
from scanner.limits import Budget, Limits
from scanner.site import Trigger

NAME = "notebook"
STARTS = b"\xef\xbb\xbf \t\r\n{"
SIGN = rb"[^\0]*+\Z"
LONGEST = Limits().constant
KEYS = (b'"nbformat"', b'"cells"', b'"worksheets"', b'"cell_type"')
CONTINUED = re.compile(r"^([ \t]*[!%].*)\\\n", re.MULTILINE)
ESCAPED = re.compile(r"^([ \t]*)(?:(\w+)[ \t]*=[ \t]*)?(!!|!|%)[ \t]*(.*)$")


def matches(blob: Blob, head: bytes) -> bool:
    """A JSON object with the keys of a notebook, wherever in it they stand."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b"\0" in head:
        return False
    data = blob.read_at(0, LONGEST)
    return KEYS[0] in data and any(key in data for key in KEYS[1:])


def unwrap(blob: Blob, budget: Budget) -> Iterator[Fragment]:
    """The code of all cells. Running the notebook runs it, as importing a module would."""
    limit = budget.limits.constant
    data = blob.read_at(0, limit + 1)
    if len(data) > limit:
        raise OverBudget(f"a notebook of more than {limit:,} bytes")
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the notebook is not JSON: {error}") from None
    sources = [source for cell in _cells(notebook) if (source := _source(cell))]
    program = "\n\n".join(_translated(source) for source in sources)
    if program:
        window = BytesWindow(program.encode("utf-8", "replace"))
        yield Fragment("python", blob.inner("code cells", window), Trigger.IMPORT, script=True)


def _cells(notebook: object) -> Iterator[dict[str, object]]:
    """The code cells, in nbformat 4 and in the worksheets of nbformat 3."""
    match notebook:
        case {"worksheets": list() as sheets}:
            pass
        case _:
            sheets = [notebook]
    for sheet in sheets:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in cells if isinstance(cells, list) else ():
            if isinstance(cell, dict) and cell.get("cell_type") == "code":
                yield cell


def _source(cell: dict[str, object]) -> str:
    match cell.get("source", cell.get("input")):
        case str() as source:
            return source
        case list() as lines:
            return "".join(line for line in lines if isinstance(line, str))
    return ""


def _translated(source: str) -> str:
    """One cell as plain Python; line by line, if it is not plain already."""
    import ast  # noqa: PLC0415 - most files are no notebooks

    try:
        ast.parse(source)
        return source
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    if source.lstrip().startswith("%%"):
        first, _, body = source.lstrip().partition("\n")
        magic, _, line = first[2:].partition(" ")
        inside = magic.strip() in magics.AROUND
        return _translated(body) if inside else magics.cell(magic.strip(), line.strip(), body)
    while source != (joined := CONTINUED.sub(r"\1 ", source)):
        source = joined
    return "\n".join(_translated_line(line) for line in source.split("\n"))


def _translated_line(line: str) -> str:
    found = ESCAPED.match(line)
    if not found:
        return line
    indent, target, escape, rest = found.groups()
    if escape == "%":
        magic, _, argument = rest.partition(" ")
        call = magics.line(magic, argument.strip())
    else:
        method = "system" if escape == "!" and not target else "getoutput"
        call = f"get_ipython().{method}({rest!r})"
    return f"{indent}{target} = {call}" if target else f"{indent}{call}"
