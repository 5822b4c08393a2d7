"""What R's functions on texts and numbers make of constants: the ways in which a payload is spelled out."""

import binascii
from collections.abc import Callable, Sequence

from scanner.languages.r.nodes import Constant, Item, Node, Pairs, Symbol

LONGEST = 1 << 16  # values of a vector
Values = tuple[str | float | bool | None, ...]


def fold(name: str, arguments: Sequence[Item]) -> Constant | None:
    """The value of a call whose arguments are all known; None for any other."""
    function = FUNCTIONS.get(name)
    if function is None:
        return None
    given = [_known(item.value) for item in arguments if not item.tag]
    named = {item.tag: _known(item.value) for item in arguments if item.tag}
    if not all(given) or not all(named.values()):
        return None
    try:
        made = function(
            [each for each in given if each is not None],
            {tag: str(each.values[0]) for tag, each in named.items() if each is not None and each.values},
        )
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return made if made is not None and len(made.values) <= LONGEST else None


def _known(node: Node) -> Constant | None:
    match node:
        case Constant():
            return node
        case Pairs(kind="call", items=(Item(value=Symbol(name)), *rest)):
            return fold(name, rest)
        case Pairs(kind="call", items=(Item(value=Pairs(items=(_, _, Item(value=Symbol(name))))), *rest)):
            return fold(name, rest)  # package::name
    return None


def _texts(each: Constant) -> list[str]:
    return [f"{value:g}" if isinstance(value, float) else str(value) for value in each.values]


def _text(values: Sequence[str]) -> Constant:
    return Constant(tuple(values), "text")


def _combine(given: list[Constant], _named: dict[str, str]) -> Constant | None:
    if any(each.kind == "text" for each in given):
        return _text([text for each in given for text in _texts(each)])
    return Constant(tuple(value for each in given for value in each.values), given[0].kind) if given else None


def _paste(separator: str) -> Callable[[list[Constant], dict[str, str]], Constant]:
    def paste(given: list[Constant], named: dict[str, str]) -> Constant:
        columns = [_texts(each) for each in given if each.values]
        longest = max(map(len, columns), default=0)
        rows = [[column[row % len(column)] for column in columns] for row in range(longest)]
        joined = [named.get("sep", separator).join(row) for row in rows]
        return _text([named["collapse"].join(joined)] if "collapse" in named else joined)

    return paste


def _characters(given: list[Constant], _named: dict[str, str]) -> Constant:
    """Of code points, or of bytes."""
    return _text(["".join(chr(int(value or 0)) for each in given for value in each.values)])


def _points(given: list[Constant], _named: dict[str, str]) -> Constant:
    return Constant(tuple(ord(character) for character in _texts(given[0])[0]), "number")


def _bytes(given: list[Constant], _named: dict[str, str]) -> Constant:
    """``as.raw`` of numbers, and ``as.numeric`` of texts: numbers either way."""
    return Constant(tuple(int(str(v), 0) if isinstance(v, str) else v for v in given[0].values), "number")


def _reversed(given: list[Constant], _named: dict[str, str]) -> Constant:
    return Constant(given[0].values[::-1], given[0].kind)


def _split(given: list[Constant], _named: dict[str, str]) -> Constant:
    text, by = _texts(given[0])[0], _texts(given[1])[0]
    return _text(text.split(by) if by else list(text))


def _base64(given: list[Constant], _named: dict[str, str]) -> Constant:
    """The bytes, which a text is then made of."""
    return Constant(tuple(binascii.a2b_base64(_texts(given[0])[0])), "number")


def _same(given: list[Constant], _named: dict[str, str]) -> Constant:
    return given[0]


def _mapped(change: Callable[[str], str]) -> Callable[[list[Constant], dict[str, str]], Constant]:
    return lambda given, _named: _text([change(text) for text in _texts(given[0])])


FUNCTIONS: dict[str, Callable[[list[Constant], dict[str, str]], Constant | None]] = {
    "c": _combine, "paste": _paste(" "), "paste0": _paste(""), "rawToChar": _characters,
    "intToUtf8": _characters, "utf8ToInt": _points, "charToRaw": _points, "as.raw": _bytes,
    "as.integer": _bytes, "as.numeric": _bytes, "rev": _reversed, "strsplit": _split, "base64decode": _base64,
    "base64_dec": _base64, "base64_decode": _base64, "unlist": _same, "as.character": _same, "(": _same,
    "toupper": _mapped(str.upper), "tolower": _mapped(str.lower), "trimws": _mapped(str.strip),
}  # fmt: skip
