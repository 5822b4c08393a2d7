"""Programs that talk to other hosts, and what they tie to the connection."""

import re

from scanner import ir
from scanner.languages.shell.command import Word
from scanner.languages.shell.emitter import Emitter
from scanner.languages.shell.options import read_options
from scanner.languages.shell.words import plain, values, word_value

_ADDRESS = re.compile(r"(?:tcp|tcp4|tcp6|udp|udp4|openssl|ssl)(?:-connect)?:([^:,]+):(\d+)", re.IGNORECASE)
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
    if emit.pipes:  # ``mkfifo f; sh <f | nc host port >f``: the pipe takes the place of descriptors
        emit.call("dup", connection)
    for word in given.values.get("command", []):
        emit.call("dup", connection)
        emit.call("sh", command=word_value(emit, word), stdin=connection)
    if stdin is not None:
        emit.call("send", connection, stdin)
    return connection


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
