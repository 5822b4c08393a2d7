"""What a command line says to a program, for the programs where it matters.

The rest becomes a call of ``shell.<program>`` with its operands, and the options as ``options``.
"""

import re
from collections.abc import Callable

from scanner import ir
from scanner.knowledge.tables import knowledge
from scanner.languages.shell import filters, foreign, network, powershell
from scanner.languages.shell.command import Word
from scanner.languages.shell.emitter import ALTERNATIVES, DEEPEST, Emitter
from scanner.languages.shell.options import VALUED, read_options
from scanner.languages.shell.words import joined, keyword, plain, subcommand, values, word_value

# Programs that run the rest of their command line.
_WRAPPERS = frozenset({
    "sudo", "doas", "nohup", "setsid", "env", "timeout", "time", "nice", "ionice", "stdbuf",
    "xargs", "exec", "command", "builtin", "busybox", "toybox", "proxychains", "proxychains4", "torsocks",
    "watch", "unbuffer", "chronic", "start", "then", "coproc", "parallel",
})  # fmt: skip
# Programs whose first operand says what they do.
_SUBCOMMANDS = frozenset({
    "git", "git-lfs", "pip", "uv", "conda", "mamba", "npm", "yarn", "pnpm", "apt", "apt-get", "yum",
    "dnf", "apk", "brew", "gem", "snap", "systemctl", "service", "docker", "podman", "kubectl",
    "reg", "schtasks", "openssl", "aws", "gsutil", "az", "gcloud", "huggingface-cli", "hf",
    "kaggle", "launchctl", "net", "sc", "poetry", "cargo", "go",
})  # fmt: skip
_COPIERS = frozenset({"cp", "mv", "ln", "copy", "move", "xcopy", "robocopy", "ren", "install"})
_NETCATS = frozenset({"nc", "ncat", "netcat", "telnet"})
# Where programs of the system are; one anywhere else is somebody's own, whatever its name.
_INSTALLED = re.compile(r"(?:^|/)s?bin/[^/]+$|/system32/", re.IGNORECASE)
_SYSTEM = re.compile(r"/(?:usr/)?(?:local/)?s?bin/|[A-Za-z]:[\\/]|/system32/", re.IGNORECASE)
_LANGUAGES = frozenset({"perl", "ruby", "php", "node"})  # their options differ
_PYTHON = re.compile(r"(?:python|pypy|ipython)w?[\d.]*")


def run(emit: Emitter, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """One simple command; the result is what it prints."""
    for _ in range(DEEPEST):
        name = words[0].literal
        if name is None:
            return _computed(emit, words, stdin)
        program, kind = _normal(name)
        if name in emit.written or ("/" in name and "://" not in name and not _installed(name, kind)):
            return emit.call("run", *values(emit, words), stdin=stdin)
        inner = _wrapped(program, words[1:]) if program in _WRAPPERS else []
        if not inner:
            handler = _handler(program, kind)
            return (handler or plain)(emit, program, words[1:], stdin)
        words = inner
    return _hand_on(emit, words, stdin)


def _installed(path: str, kind: str | None) -> bool:
    """Whether a program is the system's; in a ``bin`` of somebody's own are known ones, too."""
    return _INSTALLED.search(path) is not None and (kind is not None or _SYSTEM.match(path) is not None)


def _computed(emit: Emitter, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """A program whose name is put together: each one that it may be, or text that the shell runs."""
    names = [""]
    for part in words[0].parts:
        texts = (
            [part]
            if isinstance(part, str)
            else emit.texts.get(part.text)
            if part.kind == "variable"
            else None
        )
        if not texts or len(names) * len(texts) > ALTERNATIVES:
            return _hand_on(emit, words, stdin)
        names = [name + text for name in names for text in texts]
    lines = [[Word((text,), words[0].line) for text in name.split()] for name in names]
    outputs = [_run_inner(emit, [*line, *words[1:]], stdin) for line in lines if line]
    return emit.merge(outputs) if outputs else _hand_on(emit, words, stdin)


def _hand_on(emit: Emitter, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """The words as one command line that the shell runs when it knows it."""
    command = joined(emit, words)
    return emit.call("eval", *(() if command is None else (command,)), stdin=stdin)


def _run_inner(emit: Emitter, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """A program that another one starts; they nest to a bound, then the words are handed on."""
    if emit.depth >= DEEPEST:
        return _hand_on(emit, words, stdin)
    emit.depth += 1
    output = run(emit, words, stdin)
    emit.depth -= 1
    return output


def _normal(name: str) -> tuple[str, str | None]:
    """The program by its one name, and what sort it is."""
    base = name.replace("\\", "/").rpartition("/")[2].lower()
    for suffix in (".exe", ".cmd", ".bat", ".com"):
        base = base.removesuffix(suffix)
    kind = knowledge().command(base)
    if kind == "shell" and base not in _WRAPPERS:
        return "sh", kind
    if kind == "interpreter":
        own = base.endswith("awk") or base.rstrip("0123456789.") in _LANGUAGES
        return "python" if _PYTHON.fullmatch(base) else base.rstrip(
            "0123456789."
        ) if own else "interpreter", kind
    if base.startswith("mkfs."):
        return "mkfs", kind
    unversioned = base.rstrip("0123456789.-")
    return unversioned if unversioned in _SUBCOMMANDS else base, kind


def _wrapped(program: str, words: list[Word]) -> list[Word]:
    """What is left of ``sudo -u x env A=b program …`` from the program on."""
    operands = read_options(program, words).operands if program in VALUED else words
    for at, word in enumerate(operands):
        text = word.literal
        if text is None or knowledge().command(text) or "/" in text[:-1]:
            return operands[at:] if text is None or not text.startswith(("-", "/b", "/B")) else []
        if not text.startswith(("-", "/")) and "=" not in text and not text[:1].isdigit():
            return operands[at:]
    return []


_Handler = Callable[[Emitter, str, list[Word], ir.Reg | None], ir.Reg]


def _handler(program: str, kind: str | None) -> _Handler | None:
    match program:
        case "sh" | "su":
            return _shell
        case "python" | "interpreter" | "perl" | "ruby" | "php" | "node":
            return _interpreter
        case "awk" | "gawk" | "mawk" | "nawk":
            return filters.awk
        case "curl" | "wget":
            return network.fetch
        case "echo" | "printf":
            return filters.print_
        case "cat" | "tac" | "type" | "more" | "less" | "head" | "tail":
            return filters.concatenate
        case "tee":
            return filters.tee
        case "read":
            return filters.read
        case "base64" | "base32" | "xxd" | "gunzip" | "zcat" | "gzip" | "openssl" | "tr":
            return filters.convert
        case "eval" | "trap" | "alias":
            return _evaluate
        case "source" | ".":
            return _source
        case "socat":
            return network.socat
        case "scp" | "rsync" | "sftp":
            return network.copy_away
        case "certutil" | "bitsadmin":
            return network.download
        case "mshta" | "regsvr32" | "msiexec" | "rundll32":
            return network.fetch_and_run
        case "tar" | "unzip" | "cpio":
            return filters.unpack
        case "sqlite3":
            return filters.query
        case "dd":
            return filters.copy_blocks
        case "uname":
            return filters.machine
        case "find":
            return _find
        case "for":
            return _for
        case "case" | "select":
            return plain
        case "export" | "set" | "setx" | "declare":
            return _export
        case "cmd":
            return _cmd
        case "powershell" | "pwsh":
            return _powershell
        case "mkfifo" | "mknod":
            return _fifo
        case _ if program in _NETCATS:
            return network.netcat
        case _ if program in _COPIERS:
            return _copy
        case _ if program in _SUBCOMMANDS and kind is not None:
            return subcommand
    return None


def _shell(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    given = read_options(program, words)
    command = keyword(emit, given, "command")
    if given.operands and given.operands[0].literal == "-":
        del given.operands[0]
    if command is None and given.operands and "s" not in given.flags and program == "sh":
        return emit.call("sh", *values(emit, given.operands[1:]), path=values(emit, given.operands[:1])[0])
    return emit.call("sh", *values(emit, given.operands), command=command, stdin=stdin)


def _interpreter(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    given = read_options(program, words)
    program = program if program == "python" else "interpreter"
    operands = values(emit, given.operands)
    inline = {k: keyword(emit, given, k) for k in ("python", "module", "code")}
    for word in given.values.get("code", []):
        foreign.lower(emit, word.literal or "")
    for module in (word for word in given.values.get("module", ()) if word.literal in _SUBCOMMANDS):
        _run_inner(emit, [module, *given.operands], stdin)  # python -m pip install …
    if any(v is not None for v in inline.values()):
        return emit.call(program, *operands, **inline, stdin=stdin)
    if operands and given.operands[0].literal != "-":
        return emit.call(program, *operands[1:], path=operands[0])
    return emit.call(program, stdin=stdin)


def _evaluate(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    words = words[:1] if program == "trap" else words
    command = joined(emit, words)
    return emit.call("eval", *(() if command is None else (command,)), stdin=stdin)


def _source(emit: Emitter, _program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    return emit.call("source", *values(emit, words[:1]), script=stdin)


def _find(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    found = plain(emit, program, words, stdin)
    for at, word in enumerate(words):
        if word.literal in ("-exec", "-execdir", "-ok") and words[at + 1 :]:
            rest = [w for w in words[at + 1 :] if w.literal not in (";", "+")]
            return _run_inner(emit, rest, found)
        if word.literal == "-delete":
            return emit.call("rm", *values(emit, words[:at]))
    return found


def _for(emit: Emitter, _program: str, words: list[Word], _stdin: ir.Reg | None) -> ir.Reg:
    items = values(emit, [w for w in words[1:] if w.literal != "in"])
    value = emit.merge(items) if items else emit.unknown("arguments of the script")
    if words and words[0].literal:
        emit.store(words[0].literal, value)
    return value


def _export(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    for word in words:
        first = word.parts[0] if isinstance(word.parts[0], str) else ""
        name, equals, rest = first.partition("=")
        if equals:
            value = word_value(emit, Word((rest, *word.parts[1:]), word.line))
            emit.store(name, value)
            if program != "declare":
                emit.call("export", emit.const(name), value)
    return plain(emit, "set", words, stdin)


def _cmd(emit: Emitter, _program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    rest = [w for w in words if not re.fullmatch(r"/[a-zA-Z](?::\w+)?", w.literal or "")]
    if rest and len(rest) > 1:
        return _run_inner(emit, rest, stdin)
    return emit.call("cmd", command=joined(emit, rest), stdin=stdin)


def _powershell(emit: Emitter, _program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    text = " ".join("".join(p if isinstance(p, str) else f"${p.text}" for p in word.parts) for word in words)
    return powershell.lower(emit, text, stdin)


def _fifo(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    emit.pipes = True
    return plain(emit, program, words, stdin)


def _copy(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    operands = values(emit, [w for w in words if not (w.literal or "").startswith("-")])
    target = operands.pop() if len(operands) > 1 else None
    return emit.call(program, *operands, target=target, stdin=stdin)
