"""R's functions as far as the lowering tells them apart, and questions about calls of them."""

import re
from collections.abc import Iterator, Sequence

from scanner.errors import Malformed
from scanner.knowledge.tables import knowledge
from scanner.languages.r.constants import fold
from scanner.languages.r.nodes import Bytecode, Closure, Constant, Item, Node, Pairs, Promise, Symbol
from scanner.languages.r.source import parsed

OWN = frozenset({"base", "utils", "stats", "methods", "tools", "graphics", "grDevices", "datasets"})
BLOCKS = frozenset(
    {"{", "(", "invisible", "suppressWarnings", "suppressMessages", "identity", "force", "try"}
)
ASSIGNS = frozenset({"<-", "<<-", "=", "->", "assign", "delayedAssign"})
QUOTES = frozenset({"quote", "bquote", "substitute", "expression", "~"})
EVALUATES = frozenset({"eval", "evalq", "eval.parent", "local", "with", "within"})
PARSES = frozenset({"parse", "str2lang", "str2expression"})
LOOKS_UP = frozenset({"get", "get0", "match.fun", "getFunction", "mget", "dynGet"})
APPLIES = frozenset(
    {"lapply", "sapply", "vapply", "Map", "mapply", "Filter", "Reduce", "apply", "tapply", "rapply"}
)
OPENS = frozenset(
    {"source", "sys.source", "readRDS", "load", "readLines", "scan", "read.csv", "read.table", "file"}
)
READS = frozenset({"readLines", "scan", "read.csv", "read.table", "file"})
PRINTS = frozenset({"cat", "writeLines", "dput"})
MEMBERS = frozenset({"$", "@", "[[", "["})
FOREIGN = re.compile(r"\W")
URL = re.compile(r"(?:https?|ftps?)://")


def name_of(node: Node) -> str:
    """The name that a symbol, or a text in its place, is."""
    match node:
        case Symbol(name):
            return name
        case Constant(values=(str() as name,), kind="text"):
            return name
    return ""


def parsed_text(code: Node, at: int) -> Node | None:
    """What a call makes of the text that it parses, if that is known and R."""
    if not is_call(code, PARSES) or not isinstance(code, Pairs):
        return None
    given = [item for item in code.items[1:] if item.tag in ("text", "x", "s")] or code.items[1:2]
    known = fold("c", [Item("", item.value) for item in given])
    if known is None or known.kind != "text":
        return None
    try:
        return parsed("\n".join(map(str, known.values)), at + 1)
    except (Malformed, RecursionError):
        return None


def fetched(item: Item) -> Item:
    """A URL in the place of a path, as the connection that R makes of it."""
    match item.value:
        case Constant(values=(str() as place,), kind="text") if URL.match(place):
            connection = (Item("", Symbol("url")), Item("", item.value))
            return Item(item.tag, Pairs("call", connection, 0))
    return item


def is_function(node: Node) -> bool:
    return isinstance(node, Symbol | Closure) or is_call(node, {"function", "::", ":::"})


def computes(name: str, rest: Sequence[Item]) -> bool:
    """Whether a call only computes or prints: of a function that is on record for nothing, without any text
    that could tell more; or of one that writes, without a place to write to."""
    if name in PRINTS:
        places = [item for item in rest if item.tag in ("file", "con")]
        return not places and (name == "cat" or len(rest) < 2)
    own = f"r.{FOREIGN.sub('_', name)}"
    return knowledge().effect(own) is None and not any(_has_text(item.value) for item in rest)


def _has_text(node: Node) -> bool:
    match node:
        case Constant(kind="text"):
            return True
        case Pairs(items=items):
            return any(_has_text(item.value) for item in items)
    return isinstance(node, Closure | Promise | Bytecode)


def parts(node: Node) -> Iterator[Node]:
    """A call, and all that it is made of."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, Pairs):
            waiting += [item.value for item in each.items]


def is_call(node: Node, names: frozenset[str] | set[str]) -> bool:
    return isinstance(node, Pairs) and node.kind == "call" and name_of(node.items[0].value) in names
