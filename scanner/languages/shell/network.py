"""Programs that talk to other hosts, and what they tie to the connection."""

import re
from itertools import pairwise

from scanner import ir
from scanner.languages.shell.command import Word
from scanner.languages.shell.emitter import Emitter
from scanner.languages.shell.options import read_options
from scanner.languages.shell.words import plain, values, word_value

_ADDRESS = re.compile(r"(?:tcp|tcp4|tcp6|udp|udp4|openssl|ssl)(?:-connect)?:([^:,]+):(\d+)", re.IGNORECASE)
_REMOTE = re.compile(r"(?:[\w.-]+@[\w.-]+|[\w.-]{2,}):|\w+://")
_EXEC = re.compile(r"(?:exec|system|shell):([^,]+)", re.IGNORECASE)


def fetch(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    given = read_options(program, words)
    data = []
    for word in given.values.get("data", []):
        text = word.literal or ""
        file = text.partition("@")[2] if "@" in text else text if given.flags & {"T", "upload-file"} else ""
        data.append(word_value(emit, word))
        if file:
            data.append(stdin if file == "-" and stdin is not None else emit.call("read", emit.const(file)))
    urls = values(emit, given.operands + given.values.get("url", []))
    name = "upload" if data else program
    output = emit.call(name, *urls, data=emit.merge(data) if data else None, stdin=stdin)
    targets = given.values.get("target", [])
    for target in targets:
        if target.literal not in ("-", "/dev/stdout", "/dev/null"):
            emit.call("write", word_value(emit, target), data=output)
    remote = "O" in given.flags or "remote-name" in given.flags or program == "wget"
    if remote and not targets:  # saved under the last part of the URL
        for word in given.operands:
            base = (word.literal or "").partition("?")[0].rstrip("/").rpartition("/")[2]
            emit.call("write", emit.const(base or "index.html"), data=output)
    return output


def netcat(emit: Emitter, _program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    given = read_options("nc", words)
    operands = values(emit, given.operands)
    listens = "l" in given.flags or "listen" in given.flags
    connection = emit.call("listen" if listens else "connect", *operands)
    for word in given.values.get("command", []):
        emit.call("dup", connection)
        emit.call("sh", command=word_value(emit, word), stdin=connection)
    return tie(emit, connection, stdin)


def tie(emit: Emitter, connection: ir.Reg, stdin: ir.Reg | None) -> ir.Reg:
    """What a program that stands for a connection does with its own input."""
    if emit.pipes:  # ``mkfifo f; sh <f | nc host port >f``: the pipe takes the place of descriptors
        emit.call("dup", connection)
    if stdin is not None:
        emit.call("send", connection, stdin)
    return connection


def copy_away(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """``scp FILE… HOST:``: the files are read and sent; the other way round, they are fetched."""
    operands = read_options(program, words).operands
    if len(operands) > 1 and _REMOTE.match(operands[-1].literal or ""):
        data = emit.merge([emit.call("read", value) for value in values(emit, operands[:-1])])
        return emit.call(program, *values(emit, operands), data=data)
    return plain(emit, program, words, stdin)


def download(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """``certutil -urlcache -f URL FILE``, ``bitsadmin /transfer NAME URL FILE``."""
    answer = plain(emit, program, words, stdin)
    for url, file in pairwise(words):
        if "://" in (url.literal or ""):
            emit.written.add(file.literal or "")
            emit.call("write", word_value(emit, file), data=answer)
    return answer


def fetch_and_run(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """Hosts of other code that take a URL in place of a file."""
    for word in words:
        if "://" in (word.literal or ""):
            emit.call("interpreter", code=emit.call("fetch", word_value(emit, word)))
    return plain(emit, program, words, stdin)


def socat(emit: Emitter, _program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    texts = [w.literal or "" for w in words]
    places = [m for t in texts if (m := _ADDRESS.match(t))]
    if not places:
        return plain(emit, "socat", words, stdin)
    connection = emit.call("connect", emit.const(places[0][1]), emit.const(places[0][2]))
    for match in filter(None, map(_EXEC.match, texts)):
        emit.call("dup", connection)
        emit.call("sh", command=emit.const(match[1].strip("'\"")), stdin=connection)
    if stdin is not None:
        emit.call("send", connection, stdin)
    return connection
