"""IPython's magics as the Python that does the same: one expression for a cell, one for a line."""

import re

AROUND = frozenset({"time", "timeit", "capture", "prun", "debug"})  # the program that they stand in
_PYTHON = AROUND | {"python", "python2", "python3", "pypy", "py"}
_SHELL = frozenset({"bash", "sh", "system", "sx", "!"})
_PROGRAMS = frozenset({"perl", "ruby", "script", "cmd", "node"})
_INSTALLERS = frozenset({"pip", "conda", "mamba", "uv"})
_OPTIONS = re.compile(r"(?:-\w\s*\d*\s+|-\w+\d*\s+)*")


def cell(magic: str, line: str, body: str) -> str:
    """``%%magic line`` in front of ``body``. What is no code to anybody stays what it is."""
    if magic in _PYTHON:
        return f"exec({body!r})"
    if magic in _SHELL:
        return f"get_ipython().system({body!r})"
    if magic in _PROGRAMS:
        program = line if magic == "script" else magic
        return f"__import__('subprocess').run({_plain(program)!r}, input={body!r})"
    if magic in ("writefile", "file"):
        words = line.split()
        return f"open({words[-1] if words else ''!r}, 'w').write({body!r})"
    return f"get_ipython().run_cell_magic({magic!r}, {line!r}, {body!r})"


def line(magic: str, argument: str) -> str:
    """``%magic argument``."""
    if magic in _PYTHON:
        return f"exec({_OPTIONS.sub('', argument, count=1)!r})"
    if magic in _SHELL or magic == "sc":
        return f"get_ipython().system({argument!r})"
    if magic in _INSTALLERS:
        return f"get_ipython().system({f'{magic} {argument}'!r})"
    if magic == "run":
        words = [word for word in argument.split() if not word.startswith("-")]
        return f"__import__('runpy').run_path({words[0] if words else ''!r})"
    return f"get_ipython().run_line_magic({magic!r}, {argument!r})"


def _plain(program: str) -> str:
    """A program without what the magic itself is told (``bash --bg --out x``)."""
    return " ".join(word for word in program.split() if not word.startswith("--"))
