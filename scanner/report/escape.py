"""Strings that an attacker may have chosen, made harmless for the channel that prints them.

File names, dotted names, constants and decompiled code of a scanned artifact all end up in front
of a reader, and each channel has its own way to be abused: terminals obey control sequences, the
GitHub runner obeys ``##[command]`` anywhere in a line of a log and ``::command::`` at its start,
Markdown and HTML make links, images and mentions. Nothing is dropped: what cannot be shown is
spelled out, so that ``a<ESC>b`` reads ``a\\x1bb`` everywhere. All results can be encoded as UTF-8.
"""

import re

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_RUNNER = re.compile(r"##(?=\[|vso\[)", re.IGNORECASE)
_COMMAND_START = re.compile(r"^(\s*):(?=:)")
_MENTION = re.compile(r"@(?=\w)|#(?=\d)")
_STRUCTURE = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:=^$\"'])")
_PLAIN = re.compile(r"[^A-Za-z0-9 _./-]")
_NO_JOIN = "\u200b"  # stands between "@" and a name: neither GitHub nor a mail reader joins them


def _spelled(character: str) -> str:
    """One character that must not be printed, as an escape."""
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is not UTF-8 (PEP 383)
        code -= 0xDC00
    if character in _SHORT:
        return _SHORT[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    """One line without controls, bidirectional or invisible characters, or lone surrogates."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _spelled(c) for c in text)


def clip(text: str, limit: int) -> str:
    """At most ``limit`` characters, saying how many are missing. Call it before escaping."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def visible_lines(text: str) -> list[str]:
    """Program text as lines, each of them :func:`visible`; tabs become spaces."""
    return [visible(line.expandtabs(4)) for line in text.replace("\r\n", "\n").split("\n")]


def terminal(text: str) -> str:
    """For a terminal or a log: one line that moves no cursor and gives the runner no command."""
    broken = _RUNNER.sub(r"#\\x23", visible(text))
    return _COMMAND_START.sub(r"\1\\x3a", broken)


def command_data(text: str) -> str:
    """For what follows ``::error …::``; a newline in ``text`` is ours and stays one.

    The percent forms are those of the runner's own decoder (actions/toolkit, ``command.ts``).
    """
    lines = "\n".join(terminal(line) for line in text.split("\n"))
    return lines.replace("%", "%25").replace("\n", "%0A")


def command_property(text: str) -> str:
    """For ``file=…`` and its like."""
    escaped = terminal(text).replace("%", "%25")
    return escaped.replace(":", "%3A").replace(",", "%2C")


def command_exact(text: str) -> str:
    """For a secret, which the runner must get as it is to find it again: one line all the same."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _entities(text: str) -> str:
    from html import escape  # noqa: PLC0415 - its tables take long to import, and a terminal has no use for it

    return _RUNNER.sub("#&#x23;", escape(text))  # a page may be printed into a log


def html(text: str) -> str:
    """For prose inside an HTML element, one line: no tag, no mention, no issue reference."""
    return _MENTION.sub(lambda m: m[0] + _NO_JOIN, _entities(visible(text)))


def html_text(text: str) -> str:
    """For an HTML element or attribute of a page of our own, one line; GitHub never sees it."""
    return _entities(visible(text))


def html_code(text: str) -> str:
    """A ``<code>`` element, one line. GitHub makes no links or mentions inside it."""
    return f"<code>{_entities(visible(text))}</code>"


def html_block(text: str) -> str:
    """A ``<pre>`` element on one line: a blank line would end the HTML block around it."""
    return f"<pre>{'&#10;'.join(_entities(line) for line in visible_lines(text))}</pre>"


def markdown(text: str) -> str:
    """For prose in Markdown, one line: nothing in it is markup, a link, an image or a mention."""
    return _MENTION.sub(lambda m: m[0] + _NO_JOIN, _STRUCTURE.sub(r"\\\1", visible(text)))


def markdown_block(text: str) -> str:
    """A fenced code block that no run of backticks in ``text`` can close."""
    lines = visible_lines(text)
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join((fence, *lines, fence))


def mermaid(text: str) -> str:
    """For a quoted label of a Mermaid diagram: all but plain characters as ``#code;``, decimal.

    So nothing in it can end the label or the fence around it, or be Markdown, HTML or a directive.
    """
    return _PLAIN.sub(lambda m: f"#{ord(m[0])};", visible(text))


def sarif(text: str) -> str:
    """For ``message.text``: plain, but ``[text](1)`` is a link and ``{0}`` a placeholder there.

    See SARIF 2.1.0, 3.11.5 and 3.11.6. A space takes the meaning away and stays readable.
    """
    return re.sub(r"\{(?=\d+\})", "{ ", visible(text).replace("](", "] ("))


def sarif_block(text: str) -> str:
    """Program text inside ``message.text``; its lines stay lines."""
    return "\n".join(sarif(line) for line in visible_lines(text))


def json_log(document: str) -> str:
    """ASCII JSON text that may be printed into a log: the same value, but no command in a line.

    Only strings can hold ``##``, so a JSON escape in its place changes nothing.
    """
    return _RUNNER.sub(r"#\\u0023", document)
