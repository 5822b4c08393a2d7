"""PowerShell, by its telling phrases: what it fetches, connects to, decodes and runs.

There is no grammar here. Everything that one script fetches or decodes counts as what its
``Invoke-Expression`` runs, which errs on the side of seeing too much.
"""

import base64
import binascii
import re

from scanner import ir
from scanner.languages.shell.emitter import Emitter

_ENCODED = re.compile(r"-e(?:c|nc|nco\w*)?\s+['\"]?([A-Za-z0-9+/=]{8,})", re.IGNORECASE)
_FETCH = re.compile(
    r"(?:download(?:string|file|data)|openread|navigate)\w*\s*\(\s*(?P<q>['\"])(?P<url>[^'\"]+)(?P=q)"
    r"(?:\s*,\s*['\"]?(?P<file>[^'\")]+))?"
    r"|\b(?:invoke-webrequest|invoke-restmethod|iwr|irm|curl|wget|start-bitstransfer)\b(?P<rest>[^;|\n]{1,2000})",
    re.IGNORECASE,
)
_URL = re.compile(r"https?://[^\s'\"()]+", re.IGNORECASE)
_OUT = re.compile(r"-(?:outfile|o|destination)\s+['\"]?([^\s'\";]+)", re.IGNORECASE)
_BODY = re.compile(r"-(?:body|infile)\s+(\S.{0,300})", re.IGNORECASE)
_SOCKET = re.compile(
    r"(?:tcpclient|udpclient)\s*\(?\s*['\"]?([\w.:-]+?)['\"]?\s*,\s*['\"]?(\d{1,5})", re.IGNORECASE
)
_RUNS = re.compile(r"\binvoke-expression\b|\biex\b|\binvoke-command\b|\[scriptblock\]::create", re.IGNORECASE)
_START = re.compile(
    r"(?:\b(?:start-process|saps|start)\s+(?:-filepath\s+)?|process\]::start\s*\(\s*|&\s*)"
    r"['\"]?([^\s'\";|()]+)",
    re.IGNORECASE,
)
_DECODED = re.compile(r"frombase64string\s*\(\s*['\"]([A-Za-z0-9+/=]+)['\"]", re.IGNORECASE)
_PERSISTS = re.compile(
    r"\bregister-scheduledtask\b|currentversion\\{1,2}run|\bnew-service\b|\bschtasks\b|\bset-mppreference\b",
    re.IGNORECASE,
)
_REMOVES = re.compile(r"\b(?:remove-item|rmdir|del)\s+(\S+)", re.IGNORECASE)
_READS = re.compile(r"\b(?:get-content|gc)\s+(?:-path\s+)?['\"]?([^\s'\";|)]+)", re.IGNORECASE)


def lower(emit: Emitter, text: str, stdin: ir.Reg | None = None) -> ir.Reg:
    """The calls that ``text`` (a script, or the arguments of ``powershell``) stands for."""
    for match in _ENCODED.finditer(text):
        text += "\n" + _decode(match[1])
    fetched = _fetches(emit, text)
    for match in _DECODED.finditer(text):
        fetched.append(emit.call("base64.b64decode", emit.const(match[1])))
    for match in _SOCKET.finditer(text):
        connection = emit.call("connect", emit.const(match[1]), emit.const(match[2]))
        fetched.append(connection)
        if re.search(r"getstream|\.read\(|stdin|-e cmd", text, re.IGNORECASE):
            emit.call("dup", connection)
    fetched += [emit.call("read", emit.const(m[1])) for m in _READS.finditer(text)]
    if _RUNS.search(text):
        emit.call("Invoke_Expression", *([emit.merge(fetched)] if fetched else [emit.const(text)]))
    for match in _START.finditer(text):
        emit.call("run", emit.const(match[1].replace("\\", "/")))
    for match in _REMOVES.finditer(text):
        emit.call("rm", emit.const(match[1]))
    if _PERSISTS.search(text):
        emit.call("schtasks.create", emit.const(text))
    return emit.call("powershell", command=emit.const(text), stdin=stdin)


def _decode(encoded: str) -> str:
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode("utf-16-le", "replace")
    except (ValueError, binascii.Error):
        return ""


def _fetches(emit: Emitter, text: str) -> list[ir.Reg]:
    found = []
    for match in _FETCH.finditer(text):
        rest = match["rest"] or ""
        urls = [match["url"]] if match["url"] else _URL.findall(rest)[:4]
        if not urls:
            continue
        body = _BODY.search(rest)
        data = emit.const(body[1]) if body else None
        answer = emit.call("Invoke_WebRequest", *map(emit.const, urls), data=data)
        found.append(answer)
        target = match["file"] or (_OUT.search(rest) or ["", ""])[1]
        if target:
            emit.call("write", emit.const(target.replace("\\", "/")), data=answer)
    return found
