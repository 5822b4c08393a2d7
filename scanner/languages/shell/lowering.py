"""Commands to operations: pipes become ``stdin``, redirections calls, sockets connections."""

import re

from scanner import ir
from scanner.languages.shell import programs
from scanner.languages.shell.command import Command, Redirect, Word
from scanner.languages.shell.emitter import Emitter
from scanner.languages.shell.syntax import Reader
from scanner.languages.shell.words import word_value

_SOCKET = re.compile(r"/dev/(?:tcp|udp)/([^/]*)/(.*)", re.DOTALL)
_NOWHERE = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "nul", "NUL", ""})


def lower_text(emit: Emitter, text: str, stdin: ir.Reg | None = None) -> ir.Reg:
    """All commands of ``text``; the value is what the last one prints."""
    line, last = emit.line, stdin
    for command in Reader(text, emit.budget, line).commands():
        emit.line = command.line
        if not command.words and not command.assignments:
            redirected = _redirect(emit, command.redirects, None, last)
            last = redirected[0] if redirected[0] is not None else last
            continue
        given = last if command.piped or last is stdin else None
        last = _lower(emit, command, given)
    return emit.const("") if last is None else last


def _lower(emit: Emitter, command: Command, stdin: ir.Reg | None) -> ir.Reg:
    for name, word in command.assignments:
        emit.store(name, word_value(emit, word), word.literal)
    before, after = _split(command.redirects)
    stdin, connection = _redirect(emit, before, stdin, None)
    if not command.words:
        return emit.const("")
    if command.words[0].literal == "exec" and len(command.words) == 1:
        # The descriptors of ``exec 5<>/dev/tcp/…`` are kept for the commands that follow.
        kept = stdin if connection is None else connection
        if kept is None:
            return emit.const("")
        for redirect in command.redirects:
            emit.store(f"&{redirect.fd or 0}", kept)
        return kept
    output = programs.run(emit, command.words, stdin)
    if connection is not None:
        emit.call("send", connection, output)
    _redirect(emit, after, None, output)
    return output


def _split(redirects: list[Redirect]) -> tuple[list[Redirect], list[Redirect]]:
    """Those that matter before the command runs, and the files that its output goes to."""
    sides: tuple[list[Redirect], list[Redirect]] = ([], [])
    for redirect in redirects:
        writes = redirect.op in (">", ">>", ">|", "&>", "&>>") and not _socket(redirect)
        sides[writes].append(redirect)
    return sides


def _socket(redirect: Redirect) -> re.Match[str] | None:
    text = "".join(p if isinstance(p, str) else f"${{{p.text}}}" for p in redirect.target.parts)
    return _SOCKET.match(text)


def _redirect(
    emit: Emitter, redirects: list[Redirect], stdin: ir.Reg | None, output: ir.Reg | None
) -> tuple[ir.Reg | None, ir.Reg | None]:
    """The standard input that results, and the connection that output goes to, if any."""
    connection: ir.Reg | None = None
    for redirect in redirects:
        text = redirect.target.literal
        if socket := _socket(redirect):
            connection = _connect(emit, redirect.target, socket)
            emit.call("dup", connection)
            if redirect.op in ("<", "<>", "<&"):
                stdin = connection
        elif redirect.op in (">&", "<&"):
            known = f"&{text}" if f"&{text}" in emit.assigned else None
            if known or (connection is not None and text in ("0", "1", "2")):
                source = emit.load(known) if known else connection
                assert source is not None
                emit.call("dup", source)
                connection = source
                stdin = source if redirect.op == "<&" or redirect.fd == 0 else stdin
            elif text and not text.isdigit() and text not in ("-", *_NOWHERE):
                emit.call("write", word_value(emit, redirect.target), data=output)
        elif redirect.op in ("<<", "<<<"):
            stdin = word_value(emit, redirect.target)
        elif redirect.op in ("<", "<>"):
            if text not in _NOWHERE:
                stdin = emit.call("read", word_value(emit, redirect.target))
        elif text not in _NOWHERE:
            emit.call("write", word_value(emit, redirect.target), data=output)
    return stdin, connection


def _connect(emit: Emitter, target: Word, socket: re.Match[str]) -> ir.Reg:
    if target.literal is not None:
        return emit.call("connect", emit.const(socket[1]), emit.const(socket[2].rstrip("/")))
    whole = word_value(emit, target)
    return emit.call("connect", whole, whole)
