"""What a function's own name says that it does, for functions about which nothing else is known.

A weak sign, which only ever adds suspicion: a library is not vouched for as a whole where a name says
``load``, ``to_csv`` or ``run``, and a stranger of that name asks for a look.
"""

import re

_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*|[A-Z]+(?![a-z])")
_RUN = frozenset({
    "exec", "execute", "execfile", "eval", "run", "runs", "system", "popen", "shell", "spawn", "subprocess",
    "command", "cmd", "script", "compile", "import", "invoke", "output", "getoutput",
    "instantiate", "resolve",
})  # fmt: skip
_REACH = frozenset({
    "load", "loads", "loader", "save", "read", "write", "open", "urlopen", "dump", "download", "upload",
    "fetch", "retrieve", "urlretrieve", "request", "connect", "install", "unlink", "rmtree", "delete",
    "fromfile", "tofile", "memmap", "file", "files", "disk", "pretrained",
})  # fmt: skip
# ``to_csv`` writes a file; so does whatever else turns a table into the format of one.
_FORMATS = frozenset({
    "csv", "pickle", "sql", "hdf", "parquet", "feather", "excel", "stata", "gbq", "clipboard", "npz", "npy",
    "query",
})  # fmt: skip
_DEEDS = _RUN | _REACH | _FORMATS


def says_that_it_acts(name: str) -> bool:
    """Whether the last word of a dotted name is a function's (``run_command``), and says what it does.

    Classes are things, not deeds, but for ``Popen``, which many modules have imported.
    """
    last = name.rpartition(".")[2].lstrip("_")
    if last[:1].isupper():
        return last == "Popen"
    return any(word.lower() in _DEEDS for word in _WORD.findall(last))
