"""Programs that pass data on: what they print is what they were given, decoded or not."""

import re

from scanner import ir
from scanner.languages.shell import foreign, network
from scanner.languages.shell.command import Word, unescape
from scanner.languages.shell.emitter import Emitter
from scanner.languages.shell.options import read_options
from scanner.languages.shell.words import joined, keyword, plain, subcommand, values, word_value

_AWK_ACTS = re.compile(r"system\s*\(|\|\s*getline|/inet/|\|\s*\"")
_DISK = re.compile(r"/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|mapper/|dm-)")
_KINDS_OF_MACHINE = frozenset({"m", "p", "i", "s", "o", "machine", "kernel-name", "operating-system"})
_ROT13 = ("a-za-z", "n-za-mn-za-m")


def print_(emit: Emitter, program: str, words: list[Word], _stdin: ir.Reg | None) -> ir.Reg:
    escapes = program == "printf"
    while program == "echo" and words and (words[0].literal or "") in ("-n", "-e", "-ne", "-en", "-E"):
        escapes = escapes or "e" in (words[0].literal or "")
        words = words[1:]
    if program == "printf" and len(words) > 1:
        words = words[1:]  # a format string adds nothing that matters
    if escapes:
        words = [
            Word(tuple(unescape(p) if isinstance(p, str) else p for p in w.parts), w.line) for w in words
        ]
    text = joined(emit, words)
    return emit.const("") if text is None else text


def concatenate(emit: Emitter, _program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    files = [w for w in words if not re.match(r"[-+]", w.literal or "") and not (w.literal or "").isdigit()]
    if not files:
        return emit.const("") if stdin is None else stdin
    return emit.concat([emit.call("read", value) for value in values(emit, files)])


def tee(emit: Emitter, _program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    for word in read_options("tee", words).operands:
        emit.call("write", word_value(emit, word), data=stdin)
    return emit.const("") if stdin is None else stdin


def read(emit: Emitter, _program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    value = emit.unknown("typed in") if stdin is None else stdin
    for word in words:
        if word.literal and word.literal.isidentifier():
            emit.store(word.literal, value)
    return value


def convert(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    given = read_options(program, words)
    flags, texts = given.flags, [w.literal or "" for w in words]
    decoder = None
    match program:
        case "base64" | "base32" if flags & {"d", "D", "decode"}:
            decoder = "base64.b64decode" if program == "base64" else "base64.b32decode"
        case "openssl" if "-d" in texts and {"-base64", "-a", "base64"} & set(texts):
            decoder, given.operands = "base64.b64decode", []
        case "xxd" if "r" in flags:
            decoder = "builtins.bytes.fromhex"
        case "gunzip" | "zcat":
            decoder = "gzip.decompress"
        case "gzip" if flags & {"d", "decompress"}:
            decoder = "gzip.decompress"
        case "openssl" if texts[:1] == ["s_client"]:
            return network.tie(emit, subcommand(emit, program, words, None), stdin)
        case "tr" if tuple(t.lower() for t in texts[:2]) == _ROT13 and stdin is not None:
            return emit.call("codecs.decode", stdin, emit.const("rot13"))
    if decoder is None:
        return (subcommand if program == "openssl" else plain)(emit, program, words, stdin)
    files = [w for w in given.operands if w.literal != "-"]
    data = emit.call("read", *values(emit, files[:1])) if files else stdin
    return emit.call(decoder, emit.const("") if data is None else data)


def unpack(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """``tar xzf a.tgz -C folder``, ``unzip -d folder a.zip``: archives, and where what is in them goes."""
    given = read_options(program, words)
    letters = given.operands[0].literal or "" if given.operands and program == "tar" else ""
    extracts = {"x", "extract", "get"} & given.flags or ("x" in letters and letters.isalpha())
    name = "shell.tar.extract" if program == "tar" and extracts else program
    target = keyword(emit, given, "target")
    return emit.call(name, *values(emit, given.operands), target=target, stdin=stdin)


def query(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """``sqlite3 file "select …"``: what is printed comes out of the file."""
    operands = read_options(program, words).operands
    plain(emit, program, words, stdin)
    return emit.call("read", *values(emit, operands[:1])) if operands else emit.const("")


def copy_blocks(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """``dd if=… of=…``; a disk that is written to has lost what was on it."""
    given = dict((w.literal or "").partition("=")[::2] for w in words)
    source, target = given.get("if"), given.get("of")
    data = emit.call("read", emit.const(source)) if source else stdin
    if target and _DISK.match(target):
        emit.call("wipe", emit.const(target))
    elif target:
        emit.call("write", emit.const(target), data=data)
    return data if data is not None else plain(emit, program, words, stdin)


def machine(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """``uname -m`` asks for the kind of machine, which tells nobody which one this is."""
    asks = read_options(program, words).flags
    return plain(emit, "arch" if asks and asks <= _KINDS_OF_MACHINE else program, words, stdin)


def awk(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    for word in words:
        if _AWK_ACTS.search(word.literal or ""):
            foreign.lower(emit, word.literal or "")
            return emit.call("interpreter", code=word_value(emit, word), stdin=stdin)
    return plain(emit, program, words, stdin)
