"""One-liners of other languages (``perl -e``, ``php -r``, ``node -e``, ``awk`` …), by their telling phrases.

There is no grammar here. What counts is which hosts a line connects to, which commands it starts, and
whether it does both, or runs what it fetches.
"""

import re

from scanner import ir
from scanner.languages.shell.emitter import Emitter

LONGEST = 64 << 10  # characters looked at

# A connection, with its host and port where they stand beside it (else they are looked for anywhere).
_CONNECTS = re.compile(
    r"\b(?:fsockopen|pfsockopen|stream_socket_client|socket_connect)\s*\("  # PHP
    r"|\bTCPSocket\.(?:new|open)\b|\bIO::Socket::\w+|\bsockaddr_in\s*\("  # Ruby, Perl
    r"|\bnet\.(?:Socket|connect|createConnection)\s*\(|\brequire\s*\(\s*[\"']net[\"']"  # JavaScript
    r"|\bDeno\.connect\s*\(|\bBun\.connect\s*\("
    r"|\bsocket\.(?:tcp|connect)\s*\(|\bnew\s+Socket\s*\("  # Lua, Java
    r"|/inet[46]?/(?:tcp|udp)/"  # awk
)
_HOST = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b", re.IGNORECASE)
_PORT = re.compile(r"(?<![\w.])\d{2,5}(?![\w.])")
# What starts a program; in quotation marks behind it, the command line.
_STARTS = re.compile(
    r"(?<!->)(?<!\.)\b(?:system|exec|shell_exec|passthru|popen|proc_open|spawn|fork_exec)\b(?!\s*=)"
    r"|\bdo shell script\b"  # AppleScript
    r"|\bos\.execute\s*\(|\b[iI][oO]\.popen\b|\bchild_process\b|\.(?:exec|execSync|spawn|spawnSync)\s*\("
    r"|\|&?\s*getline\b|\bDeno\.Command\b|\bProcessBuilder\b|\bOpen3\.|`[^`\n]{1,400}`"
)
_QUOTED = re.compile(r"[\s({$]{0,4}(?P<q>[\"'`])(?P<text>.{1,2000}?)(?P=q)", re.DOTALL)
_FETCHES = re.compile(
    r"\b(?:file_get_contents|readfile|curl_init|get|getstore|URI\.(?:open|parse)|open|fetch|Net::HTTP\.\w+|request)"
    r"\s*\(?\s*(?:URI\s*\(\s*)?[\"'](?P<url>https?://[^\"'\s]{3,500})[\"']"
)
_EVALUATES = re.compile(r"\b(?:eval|assert|instance_eval|loadstring|load|new\s+Function|runInThisContext)\b")


def lower(emit: Emitter, text: str) -> None:
    """The calls that ``text`` stands for."""
    text = text[:LONGEST]
    starts = [match.end() for match in _STARTS.finditer(text)]
    connects = _CONNECTS.search(text)
    if connects and starts:
        # Honest one-liners do one of the two: what is connected to and what is started belong together.
        connection = emit.call("connect", *_address(emit, text))
        emit.call("dup", connection)
        emit.call("sh", stdin=connection)
    for end in starts:
        if command := _QUOTED.match(text, end):
            emit.call("sh", command=emit.const(command["text"]))
    for match in _FETCHES.finditer(text):
        answer = emit.call("fetch", emit.const(match["url"]))
        if _EVALUATES.search(text):
            emit.call("interpreter", code=answer)
        elif starts:
            emit.call("eval", answer)


def _address(emit: Emitter, text: str) -> list[ir.Reg]:
    found = [pattern.search(text) for pattern in (_HOST, _PORT)]
    return [emit.const(match[0]) if match else emit.unknown("computed") for match in found]
