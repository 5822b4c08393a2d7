"""Whether a constant is code: Python source, a command line, a pickle, packed bytes.

Used on the arguments of callees about which nothing is known, so prose, identifiers, formulas and
vocabularies must not pass for code.
"""

import ast
import re
import sys
import warnings
from collections.abc import Callable

_LONGEST = 256 << 10  # characters handed to the Python parser
_PYTHON_HINT = re.compile(r"\(|\bimport\s|__\w+__")
_WALKS = frozenset({
    "__globals__", "__builtins__", "__subclasses__", "__mro__", "__code__", "__loader__", "__reduce__",
})  # fmt: skip

_SEPARATOR = re.compile(r"\|\||&&|[;|&]|\$\(|\bthen\b|\bdo\b")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=\S*\s+")
# What a command line has and a sentence does not: an option, a path, a URL or host, a variable …
_ARGUMENT = re.compile(
    r"--?[A-Za-z][\w=-]*$|-$|/[a-z]$|(?:~|\.{1,2})?/|[A-Z]:\\|\$[\w{(]|\w+://|%\w+%|[<>\"']|\d*>|"
    r"[\w*.-]+\.[a-z]\w{1,5}(?:[:/]\S*)?$|[\w.-]+:\d+$|(?:[\w.-]+@)?\d{1,3}(?:\.\d{1,3}){3}\b|[\w.-]+@[\w.-]+$"
)
# … or a redirection into a file.
_REDIRECTED = re.compile(r"\s\d?>>?\s*[&/~.\w]|<\s*/|://")
_NUMBERED = re.compile(r"(?:sleep|kill|ping|nc|ncat|netcat)\s.*\d")
# Programs whose names are also English words or identifiers: alone, or followed by words only, they
# say nothing.
_WORDLIKE = frozenset({
    "id", "cat", "find", "sort", "set", "test", "env", "host", "date", "time", "more", "less",
    "who", "w", "at", "make", "cut", "head", "tail", "touch", "kill", "join", "split", "top",
    "last", "dig", "nice", "watch", "yes", "true", "false", "open", "start", "format", "reg", "net",
    "code", "sh", "python", "python3", "ruby", "node", "perl", "java", "go", "git", "pip", "conda",
    "ping", "tar", "zip", "convert", "install", "patch", "diff", "file", "type", "dir", "del",
    "copy", "move", "echo", "print", "history", "free", "screen", "sleep", "wait", "cmake",
    "docker", "service", "mail", "write", "wall", "erase", "route", "alias", "expect", "calc", "as",
    "ld", "ex", "ed", "vi", "bash", "dash", "ash", "ps", "nc", "notepad", "lua", "php", "link",
    "mount", "dd", "su", "cp", "mv", "rm", "ls", "ln", "sed", "awk", "grep", "tr", "wc", "tee",
    "base64", "users", "groups", "halt", "reboot", "shutdown", "strings", "locate", "which",
    "whereis", "where", "hostname", "uptime", "locale", "query", "df", "du", "ip", "ss", "pwd",
    "tree", "arp", "passwd",
})  # fmt: skip


def is_python(text: str, acts: Callable[[str], bool]) -> bool:
    """Whether ``text`` is Python that imports, acts or walks into the interpreter.

    ``acts(name)`` says whether a dotted name is known to have an effect.
    """
    if len(text) > _LONGEST or not _PYTHON_HINT.search(text):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip())
            return any(_tells(node, acts, len(tree.body)) for node in ast.walk(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _tells(node: ast.AST, acts: Callable[[str], bool], statements: int) -> bool:
    match node:
        case ast.Import(names=[ast.alias(name=module), *_]) | ast.ImportFrom(module=str(module)):
            return statements > 1 or module.partition(".")[0] in sys.stdlib_module_names or acts(module)
        case ast.Call(func=ast.Name(id=name)):
            return acts(f"builtins.{name}")
        case ast.Call(func=ast.Attribute() as path):
            return acts(ast.unparse(path)) if _dotted(path) else False
        case ast.Attribute(attr=name):
            return name in _WALKS
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return any(isinstance(inner, ast.Call) for inner in ast.walk(node))
    return False


def _dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


_DEFINITION = re.compile(r"^(?:async\s+def|def|class|for|while|with|try|import|from)\b[^\n]*\n", re.MULTILINE)
_DEFINES = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.With, ast.Try, ast.Import,
    ast.ImportFrom,
)  # fmt: skip


def is_program(text: str) -> bool:
    """Whether ``text`` is several lines of Python that define, import or loop, harmless or not."""
    if len(text) > _LONGEST or not _DEFINITION.search(text):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return any(isinstance(node, _DEFINES) for node in ast.parse(text.strip()).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


_REFERENCE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*[.:/][A-Za-z_]\w*")


def is_reference(text: str, runs: Callable[[str], bool]) -> bool:
    """Whether ``text`` is but the dotted name of a callable that ``runs`` something: ``os:system``."""
    return _REFERENCE.fullmatch(text[:200]) is not None and runs(re.sub("[:/]", ".", text))


def is_command_line(text: str, command: Callable[[str], str | None]) -> bool:
    """Whether ``text`` starts a known program the way a shell is told to."""
    text = text[:8192].strip()
    if text.startswith("#!/"):
        return True
    line = text.partition("\n")[0]
    return any(_starts_program(part.strip(), command) for part in _SEPARATOR.split(line)[:64])


def _starts_program(segment: str, command: Callable[[str], str | None]) -> bool:
    words = _ASSIGNMENT.sub("", segment, count=1).split(None, 2)
    program = words[0].strip("\"'") if words else ""
    kind = command(program)
    if kind is None or not program[-2:].isalnum():
        return False
    if "bin/" in program or program.lower().endswith(".exe"):
        return True
    if len(words) == 1:  # these are what somebody calls who wants to see that it works
        return kind in ("recon", "gui-poc") and program.islower() and program not in _WORDLIKE
    if not program.islower():
        return False
    first = words[1].rstrip(",")
    return bool(_ARGUMENT.match(first) or _REDIRECTED.search(segment) or _NUMBERED.match(segment))


def is_pickle(data: bytes, *, whole: bool) -> bool:
    """Whether ``data`` starts (and, when it is all there, ends) like a pickle that names something."""
    if whole and not data.endswith(b"."):
        return False
    if data[:1] == b"\x80" and data[1:2] in b"\x02\x03\x04\x05" and len(data) > 2:
        return b"c" in data or b"\x93" in data or b"R" in data
    return re.match(rb"[(\]}]*[ci][A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n", data) is not None


def is_packed(data: bytes) -> bool:
    """Whether ``data`` starts like a compressed stream or an archive."""
    if data[:2] in (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda"):
        return len(data) > 8 and (data[0] << 8 | data[1]) % 31 == 0 and max(data[2:32]) > 126
    return data.startswith((b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00", b"PK\x03\x04", b"7z\xbc\xaf'\x1c"))
