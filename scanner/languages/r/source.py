"""R as text, which ``eval(parse(text = …))`` runs: parsed to the same calls that serialised code is made of.

Source: "Parser" in the R Language Definition, and ``?Syntax`` for the order of operators.
"""

import re
from collections.abc import Iterator

from scanner.errors import Malformed
from scanner.languages.r.nodes import Closure, Constant, Item, Node, Other, Pairs, Symbol

TOKEN = re.compile(
    r"""(?P<space>(?:\s|\#[^\n]*)*)(?:(?P<number>0[xX][0-9a-fA-F]+L?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?L?)"""
    r"""|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<name>`[^`]+`|[^\W\d_][\w.]*|\.[\w.]*)"""
    r"""|(?P<sign><<-|->>|<-|->|:::|::|%[^%\n]*%|\|>|&&|\|\||[<>=!]=|[-+*/^<>=!&|~?:$@(){}\[\],;\\])|\Z)""",
    re.DOTALL,
)
# How tightly operators bind; those to the right bind what follows as tightly as themselves.
BINDS = {
    "?": 1, "=": 2, "<-": 3, "<<-": 3, "->": 4, "->>": 4, "~": 5, "||": 6, "|": 6, "&&": 7, "&": 7, "==": 9,
    "!=": 9, "<": 9, ">": 9, "<=": 9, ">=": 9, "+": 10, "-": 10, "*": 11, "/": 11, "%": 12, "|>": 12, ":": 13,
    "^": 15, "$": 17, "@": 17, "::": 18, ":::": 18,
}  # fmt: skip
APPLIES = 17  # brackets behind something
RIGHT = frozenset({"=", "<-", "<<-", "^"})
PREFIX = {"-": 14, "+": 14, "!": 8, "~": 5, "?": 1}
CLOSES = {"(": ")", "[": "]", "{": "}"}
ESCAPE = re.compile(
    r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|[uU]\{[0-9a-fA-F]{1,8}\}|U[0-9a-fA-F]{1,8}|[0-7]{1,3}|.)",
    re.DOTALL,
)
LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
WORDS: dict[str, Node] = {
    "TRUE": Constant((True,), "number"), "FALSE": Constant((False,), "number"), "NULL": Other("nothing"),
    "Inf": Constant((float("inf"),), "number"), "NA": Constant((None,), "number"),
}  # fmt: skip


def parsed(text: str, at: int = 0) -> Node:
    """All expressions of a text, as one block; ``at`` is where it stands. Raises :class:`Malformed` where R
    would not take it either."""
    parser = _Parser(text, at)
    return _call("{", *parser.block(""), at=at)


class _Parser:
    """A token is its kind, its text, and whether a line has ended in front of it."""

    def __init__(self, text: str, start: int) -> None:
        self._tokens = [*_tokens(text), ("end", "", True)]
        self._at = 0
        self._start = start
        self._inside = 0  # brackets in which the end of a line means nothing

    def block(self, closes: str) -> list[Node]:
        """Expressions up to a bracket, or to the end."""
        found: list[Node] = []
        inside, self._inside = self._inside, 0
        while True:
            while self._takes(";"):
                pass
            if self._takes(closes) if closes else self._tokens[self._at][0] == "end":
                self._inside = inside
                return found
            found.append(self.expression())
            _, text, broken = self._tokens[self._at]
            if not broken and text not in (";", closes):
                raise Malformed(f"an expression does not end in front of {text[:20]!r}")

    def expression(self, least: int = 0) -> Node:
        """An expression of operators that bind at least so tightly."""
        left = self._primary()
        while True:
            kind, sign, broken = self._tokens[self._at]
            if kind != "sign" or (broken and not self._inside):
                return left
            if sign in ("(", "[") and least <= APPLIES:
                self._at += 1
                left = self._applied(left, sign)
                continue
            binds = BINDS.get("%" if sign[0] == "%" else sign, -1)
            if binds < max(least, 0):
                return left
            self._at += 1
            right = self.expression(binds if sign in RIGHT else binds + 1)
            left = _operated(sign, left, right, self._place)

    @property
    def _place(self) -> int:
        """A place of its own for what ends here: that of the text, and as many more as there were tokens."""
        return self._start + self._at

    def _takes(self, text: str) -> bool:
        """Whether this sign or word comes next; then it is passed."""
        kind, found, _ = self._tokens[self._at]
        taken = kind in ("sign", "name") and found == text
        self._at += taken
        return taken

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise Malformed(f"{text!r} is expected in place of {self._tokens[self._at][1][:20]!r}")

    def _primary(self) -> Node:
        kind, text, _ = self._tokens[self._at]
        self._at += 1
        match kind, text:
            case "number", _:
                return Constant(
                    (float(int(text.rstrip("L"), 0) if "x" in text.lower() else text.rstrip("L")),), "number"
                )
            case "text", _:
                return Constant((_unescaped(text),), "text")
            case ("name", "function") | ("sign", "\\"):
                return self._function()
            case "name", "if" | "for" | "while" | "repeat":
                return self._control(text)
            case "name", _:
                return WORDS.get(text) or Symbol(text.strip("`"))
            case "sign", "(":
                return _call("(", *(item.value for item in self._arguments(")")), at=self._place)
            case "sign", "{":
                return _call("{", *self.block("}"), at=self._place)
            case "sign", _ if text in PREFIX:
                return _call(text, self.expression(PREFIX[text]), at=self._place)
        raise Malformed(f"an expression is expected in place of {text[:20]!r}")

    def _applied(self, left: Node, sign: str) -> Node:
        double = sign == "[" and self._takes("[")
        arguments = self._arguments(CLOSES[sign])
        if double:
            self._expect("]")
        head = left if sign == "(" else Symbol("[[" if double else "[")
        before = () if sign == "(" else (Item("", left),)
        return Pairs("call", (Item("", head), *before, *arguments), self._place)

    def _arguments(self, closes: str) -> list[Item]:
        """What stands between brackets; whatever has a name is given by it."""
        found = []
        self._inside += 1
        while not self._takes(closes):
            if self._takes(","):
                continue
            (kind, text, _), (_, after, _) = (
                self._tokens[self._at],
                self._tokens[min(self._at + 1, len(self._tokens) - 1)],
            )
            named = kind in ("name", "text") and after == "="
            self._at += 2 * named
            empty = named and self._tokens[self._at][1] in (",", closes)
            value = Other("a missing argument") if empty else self.expression(BINDS["="] + 1)
            found.append(Item(text.strip("`\"'") if named else "", value))
        self._inside -= 1
        return found

    def _function(self) -> Node:
        self._expect("(")
        formals = [
            Item(item.tag or (item.value.name if isinstance(item.value, Symbol) else ""), item.value)
            for item in self._arguments(")")
        ]
        return Closure(Pairs("list", tuple(formals), 0), self.expression(), self._place)

    def _control(self, word: str) -> Node:
        if word == "repeat":
            return _call(word, self.expression(), at=self._place)
        self._expect("(")
        self._inside += 1
        first = [self.expression()]
        if word == "for":
            self._expect("in")
            first.append(self.expression())
        self._expect(")")
        self._inside -= 1
        arms = [self.expression()]
        if word == "if" and self._takes("else"):
            arms.append(self.expression())
        return _call(word, *first, *arms, at=self._place)


def _tokens(text: str) -> Iterator[tuple[str, str, bool]]:
    position = 0
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None:
            raise Malformed(f"{text[position : position + 20]!r} is no R")
        position, kind = found.end(), found.lastgroup
        if kind is not None and kind != "space":
            yield kind, found[kind], "\n" in found["space"]


def _call(name: str, *arguments: Node, at: int) -> Pairs:
    return Pairs("call", (Item("", Symbol(name)), *(Item("", each) for each in arguments)), at)


def _operated(sign: str, left: Node, right: Node, at: int) -> Node:
    """An operator between two expressions; a pipe hands the first to the call that the second is."""
    if sign in ("->", "->>"):
        return _call("<-", right, left, at=at)
    if sign == "|>" and isinstance(right, Pairs):
        return Pairs("call", (right.items[0], Item("", left), *right.items[1:]), at)
    return _call(sign, left, right, at=at)


def _unescaped(text: str) -> str:
    """The string that a literal is."""
    return ESCAPE.sub(_character, text[1:-1])


def _character(escape: re.Match[str]) -> str:
    """What an escape stands for: a letter, or the number of a character."""
    code = escape[1]
    if code[0] in "xuU" and len(code) > 1:
        number = int(code[1:].strip("{}"), 16)
    elif code[0] in "01234567":
        number = int(code, 8)
    else:
        return LETTERS.get(code, code)
    return chr(number) if number < 0x110000 else ""
