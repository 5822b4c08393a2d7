"""Command lines, split as far as it takes to see which programs run on what.

The grammar is that of POSIX ``sh`` with the extensions of ``bash`` that payloads use, read leniently:
control flow is flattened (every command *may* run), and what does not parse becomes a word.
"""

import re
from collections.abc import Iterator

from scanner.languages.shell.command import Command, Expansion, Part, Redirect, Word, expand, unescape
from scanner.limits import Budget

_BLANK = re.compile(r"(?:[ \t\r\v\f]|\\\r?\n)+")
_OPERATOR = re.compile(r"\|\||\|&|&&|;;&?|;&|[|;&()\n]")
_REDIRECT = re.compile(r"(\d{1,3})?(<<<|<<-?|<>|<&|>&|>>|>\||<(?!\()|>(?!\()|&>>|&>)")
_RUN = re.compile(r"[^\s'\"\\$`|&;<>()]+")
_PLAIN = re.compile(r"[^\"\\$`]+")
_VARIABLE = re.compile(r"\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*)")
_BRACKETS = re.compile(r"\\.|['\"()]", re.DOTALL)
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=", re.ASCII)
_DEEPEST = 200  # nested brackets of one substitution
_RESERVED = frozenset({
    "if", "then", "elif", "else", "fi", "do", "done", "while", "until", "{", "}", "!", "time",
    "function", "esac", "coproc",
})  # fmt: skip


class Reader:
    """Reads one command after another; every token is paid for."""

    def __init__(self, text: str, budget: Budget, line: int = 1) -> None:
        self._text = text
        self._at = 0
        self._line = line
        self._budget = budget
        self._documents: list[tuple[Redirect, str, bool]] = []

    def commands(self) -> Iterator[Command]:
        """All simple commands in textual order."""
        waiting: list[Command] = []  # for the here-documents that follow their line
        for command in self._split():
            waiting.append(command)
            if not self._documents:
                yield from waiting
                waiting = []
        self._read_documents()
        yield from waiting

    def _split(self) -> Iterator[Command]:
        command = Command(self._line)
        depth = 0
        while self._at < len(self._text):
            self._budget.spend("steps")
            if blank := _BLANK.match(self._text, self._at):
                self._skip(blank[0])
            elif redirect := _REDIRECT.match(self._text, self._at):
                self._at = redirect.end()
                command.redirects.append(self._redirect(redirect))
            elif operator := _OPERATOR.match(self._text, self._at):
                self._skip(operator[0])
                if operator[0] == "(":
                    depth += 1
                    command.words = []  # ``name() …`` is a definition
                elif operator[0] == ")" and depth == 0:
                    command.words = []  # a pattern of ``case``
                elif operator[0] == ")":
                    depth -= 1
                if operator[0] == "\n":
                    self._read_documents()
                if command:
                    yield command
                    command = Command(self._line)
                # A group's first command inherits the pipe in front of the bracket.
                command.piped = operator[0] in ("|", "|&") or (command.piped and operator[0] in "(\n")
                command.line = self._line
            elif self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                assigned = _ASSIGNMENT.match(self._text, self._at)
                self._add(command, self._word(), assigned)
        if command:
            yield command

    def _skip(self, text: str) -> None:
        self._at += len(text)
        self._line += text.count("\n")

    @staticmethod
    def _add(command: Command, word: Word, assigned: re.Match[str] | None) -> None:
        first = word.parts[0]
        if not command.words and isinstance(first, str):
            if word.literal in _RESERVED and not word.quoted:
                return
            if assigned:
                rest = tuple(p for p in (first[len(assigned[0]) :], *word.parts[1:]) if p != "") or ("",)
                command.assignments.append((assigned[1], Word(rest, word.line, word.quoted)))
                return
        command.words += expand(word)

    def _redirect(self, match: re.Match[str]) -> Redirect:
        fd, op = match[1], match[2]
        if blank := _BLANK.match(self._text, self._at):
            self._skip(blank[0])
        target = self._word()
        redirect = Redirect(
            op.removesuffix("-") if op.startswith("<<") else op, target, int(fd) if fd else None
        )
        if op in ("<<", "<<-"):
            self._documents.append((redirect, target.literal or "", target.quoted))
        return redirect

    def _read_documents(self) -> None:
        for redirect, delimiter, quoted in self._documents:
            lines = []
            line = self._line
            while self._at < len(self._text):
                end = self._text.find("\n", self._at)
                end = len(self._text) if end < 0 else end
                text = self._text[self._at : end]
                self._at = end + 1
                self._line += 1
                if text.strip("\t\r ") == delimiter:
                    break
                lines.append(text)
            body = "\n".join(lines)
            redirect.target = Word((body,), line) if quoted else self._expand(body, line)
        self._documents = []

    def _expand(self, text: str, line: int) -> Word:
        inner = Reader(text, self._budget, line)
        parts: list[Part] = []
        while inner._at < len(text):
            inner._quoted_part(parts)
        return Word(tuple(parts), line, quoted=True)

    def _word(self) -> Word:
        """The word at this place; consumes at least one character, whatever it is."""
        parts: list[Part] = []
        line, quoted, start = self._line, False, self._at
        text = self._text
        while self._at < len(text):
            char = text[self._at]
            if run := _RUN.match(text, self._at):
                parts.append(run[0])
                self._at = run.end()
            elif char == "'":
                quoted = True
                end = text.find("'", self._at + 1)
                self._take(parts, text[self._at + 1 : end if end >= 0 else None], end)
            elif char == '"':
                quoted = True
                self._at += 1
                while self._at < len(text) and text[self._at] != '"':
                    self._quoted_part(parts)
                self._at += 1
            elif char == "\\":
                pair = text[self._at : self._at + 2]
                parts.append(pair[1:].strip("\n"))
                self._skip(pair)
            elif char in "$`":
                self._expansion(parts)
            elif text.startswith(("<(", ">("), self._at):
                self._at += 1
                parts.append(Expansion("command", self._bracketed()))
            else:
                break
        if self._at == start:  # a redirection to nowhere
            self._at += 1
        return Word(tuple(p for p in parts if p != "") or ("",), line, quoted)

    def _take(self, parts: list[Part], text: str, end: int) -> None:
        parts.append(text)
        self._line += text.count("\n")
        if end < 0:
            parts.append(Expansion("unknown", "a quote that is not closed"))
        self._at = len(self._text) if end < 0 else end + 1

    def _quoted_part(self, parts: list[Part]) -> None:
        self._budget.spend("steps")
        text = self._text
        if plain := _PLAIN.match(text, self._at):
            parts.append(plain[0])
            self._skip(plain[0])
        elif text[self._at] == "\\":
            pair = text[self._at : self._at + 2]
            parts.append(pair[1:] if pair[1:] in ('"', "\\", "$", "`") else "" if pair == "\\\n" else pair)
            self._skip(pair)
        elif text[self._at] == '"':  # only in a here-document
            parts.append('"')
            self._at += 1
        else:
            self._expansion(parts)

    def _expansion(self, parts: list[Part]) -> None:
        text, at = self._text, self._at
        self._at += 1
        if text[at] == "`":
            end = text.find("`", at + 1)
            end = len(text) if end < 0 else end
            parts.append(Expansion("command", text[at + 1 : end].replace("\\`", "`")))
            self._at = end + 1
        elif text.startswith("$'", at):
            end = text.find("'", at + 2)
            raw = text[at + 2 : end if end >= 0 else None]
            self._take(parts, unescape(raw), end)
        elif text.startswith("$((", at):
            parts.append(Expansion("unknown", f"arithmetic {self._bracketed()[:80]}"))
        elif text.startswith("$(", at):
            parts.append(Expansion("command", self._bracketed()))
        elif variable := _VARIABLE.match(text, self._at):
            parts.append(Expansion("variable", variable[1] or variable[2]))
            self._at = variable.end()
        elif text.startswith("${", at):
            self._braced(parts)
        elif self._at < len(text) and text[self._at] in "@*#?-$!0123456789":
            parts.append(Expansion("unknown", text[at : at + 2]))
            self._at += 1
        else:
            parts.append("$")

    def _braced(self, parts: list[Part]) -> None:
        """``${name…}``; what a default value would run counts as part of the word."""
        start, depth, end = self._at + 1, 0, len(self._text)
        for match in _BRACES.finditer(self._text, self._at):
            depth += {"{": 1, "}": -1}.get(match[0], 0)
            if depth == 0:
                end = match.start()
                break
        inner = self._text[start:end]
        self._at = end + 1
        name = re.match(r"[!#]?([A-Za-z_]\w*)", inner)
        parts.append(Expansion("variable", name[1]) if name else Expansion("unknown", inner[:80]))
        if "$(" in inner or "`" in inner:
            default = self._expand(inner, self._line)
            parts.extend(p for p in default.parts if isinstance(p, Expansion))

    def _bracketed(self) -> str:
        """The text inside the brackets that open here; moves behind them."""
        start = self._at + 1
        depth, at, quote = 0, self._at, ""
        for match in _BRACKETS.finditer(self._text, self._at):
            self._budget.spend("steps")
            mark, at = match[0], match.start()
            if quote:
                quote = "" if mark == quote else quote
            elif mark in ("'", '"'):
                quote = mark
            elif mark == "(":
                depth += 1
                if depth > _DEEPEST:
                    break
            elif mark == ")":
                depth -= 1
                if depth == 0:
                    break
        else:
            at = len(self._text)
        inner = self._text[start:at]
        self._line += inner.count("\n")
        self._at = at + 1
        return inner
