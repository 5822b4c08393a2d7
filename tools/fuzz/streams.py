"""Pickle streams made opcode by opcode: every way to write a value, and calls of calls of calls.

Random bytes rarely get past the second opcode. Here each expression leaves exactly one value on the
stack, in one of the many ways that loaders accept, so that most streams run to their end.
"""

import struct
from collections.abc import Callable
from random import Random

from tools.fuzz.oracle import HARMLESS, IMPORTS
from tools.fuzz.standins import VICTIMS

DEPTH = 4  # expressions inside expressions
_WORDS = ("a", "system", "os", "popen", "evil", "f", "join", "func", "id", "k", "get")
_TOOLS = tuple(path for path in HARMLESS if not path.startswith("copyreg."))


def text(value: str) -> bytes:
    """BINUNICODE."""
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def mutated(rng: Random, stream: bytes) -> bytes:
    """Up to three small accidents: a byte changed, lost, gained, or a piece cut, doubled or moved."""
    data = bytearray(stream)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        piece = data[at : at + rng.randint(1, 12)]
        match rng.randrange(16):
            case 0:
                del data[at:]
            case 1 | 2 | 3:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 4 | 5 | 6:
                del data[at : at + 1]
            case 7 | 8 | 9:
                data.insert(at, rng.randrange(256))
            case 10 | 11 | 12:
                data[at:at] = piece
            case _:
                place = rng.randrange(len(data) + 1)
                data[place:place] = piece
    return bytes(data)


class Writer:
    """Writes one stream; ``rng`` decides everything."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.memo = 0  # entries that are certain to exist

    def stream(self) -> bytes:
        """A pickle, or several one behind the other."""
        number = self.rng.choice((1, 1, 1, 2, 3))
        return b"".join(self.pickle() for _ in range(number))

    def pickle(self) -> bytes:
        """A whole pickle, with or without a header, frames and several values."""
        self.memo = 0
        body = self.value(DEPTH)
        for _ in range(self.rng.randrange(3)):
            body += b"0" + self.value(self.rng.randint(1, DEPTH))
        body += b"."
        match self.rng.randrange(4):
            case 0:
                return body
            case 1:
                return b"\x80\x04\x95" + struct.pack("<Q", len(body)) + body
            case _:
                return b"\x80" + bytes([self.rng.randint(2, 5)]) + body

    def value(self, depth: int) -> bytes:
        """Opcodes that push one value."""
        if depth <= 0:
            return self.rng.choice((self.constant, self.word, self.reference))()
        kinds = (self.constant, self.word, self.reference, self.container, self.call, self.call, self.chain,
                 self.chain, self.changed, self.detour, self.computed)  # fmt: skip
        kind: Callable[..., bytes] = self.rng.choice(kinds)
        return kind(depth) if kind not in (self.constant, self.word, self.reference) else kind()

    def constant(self) -> bytes:
        """A number, a truth value, None, bytes, a buffer, a persistent object."""
        number = self.rng.randrange(-3, 300)
        forms = (b"N", b"\x88", b"\x89", b"K\x07", b"M\x07\x01", b"J\xff\xff\xff\xff", b"G" + bytes(8),
                 b"I%d\n" % number, b"L%dL\n" % number, b"F1.5\n", b"I01\n", b"\x8a\x01\x05", b"C\x02ab",
                 b"B\x02\0\0\0ab", b"\x8e\x02\0\0\0\0\0\0\0ab", b"\x96\x02\0\0\0\0\0\0\0ab", b"U\x02id",
                 b"\x97", b"Nq\x63", b"I010\n", b"Pkey\n", b"NQ", b")", b"]", b"}", b"\x8f")  # fmt: skip
        return self.rng.choice(forms)

    def word(self) -> bytes:
        """Text, in any of its forms."""
        return self.text(self.rng.choice(_WORDS))

    def text(self, word: str) -> bytes:
        raw = word.encode()
        forms = (text(word), b"V" + raw + b"\n", b"S'" + raw + b"'\n", b'S"' + raw + b'"\n',
                 b"\x8c" + bytes([len(raw)]) + raw, b"\x8d" + struct.pack("<Q", len(raw)) + raw,
                 b"U" + bytes([len(raw)]) + raw, b"T" + struct.pack("<I", len(raw)) + raw)  # fmt: skip
        return self.rng.choice(forms)

    def reference(self, path: str | None = None) -> bytes:
        """A global, by GLOBAL or STACK_GLOBAL."""
        module, name = self._place(path) if path else self._victim()
        if self.rng.random() < 0.1 and module == "builtins":
            module = "__builtin__"
        if self.rng.random() < 0.5:
            return f"c{module}\n{name}\n".encode()
        return self.text(module) + self.text(name) + b"\x93"

    @staticmethod
    def _place(path: str) -> tuple[str, str]:
        for module in ("builtins", "operator", "functools", "itertools", "collections", "copyreg", "types",
                       "importlib", "pkgutil"):  # fmt: skip
            if path.startswith(f"{module}."):
                return module, path.removeprefix(f"{module}.")
        raise ValueError(path)

    def _victim(self) -> tuple[str, str]:
        module = self.rng.choice([*VICTIMS])
        return module, self.rng.choice(VICTIMS[module])

    def tuple(self, *items: bytes) -> bytes:
        """The items as a tuple."""
        together = b"".join(items)
        if len(items) in (1, 2, 3) and self.rng.random() < 0.5:
            return together + bytes([0x84 + len(items)])
        if not items and self.rng.random() < 0.5:
            return b")"
        return b"(" + together + b"t"

    def list(self, *items: bytes) -> bytes:
        """The items as a list."""
        together = b"".join(items)
        match self.rng.randrange(3):
            case 0:
                return b"(" + together + b"l"
            case 1:
                return b"](" + together + b"e"
        return b"]" + b"".join(item + b"a" for item in items)

    def container(self, depth: int) -> bytes:
        """A list, tuple, dict, set or frozenset."""
        items = [self.value(depth - 1) for _ in range(self.rng.randrange(4))]
        words = b"".join(self.word() for _ in range(2))
        pair = self.word() + self.value(depth - 1)
        forms = (self.list(*items), self.tuple(*items), b"(" + pair + b"d", b"}(" + pair + b"u",
                 b"}" + pair + b"s", b"\x8f(" + words + b"\x90", b"(" + words + b"\x91")  # fmt: skip
        return self.rng.choice(forms)

    def callee(self, depth: int) -> bytes:
        """Something to call: a global, or what a chain made."""
        return self.reference() if depth <= 1 or self.rng.random() < 0.6 else self.chain(depth - 1)

    def call(self, depth: int) -> bytes:
        """A call by any opcode that calls."""
        callee = self.callee(depth)
        args = [self.word(), *(self.value(depth - 1) for _ in range(self.rng.randrange(2)))]
        match self.rng.randrange(8):
            case 0:
                return b"(" + callee + b"".join(args) + b"o"
            case 1:
                module, name = self._victim()
                return b"(" + b"".join(args) + f"i{module}\n{name}\n".encode()
            case 2:
                return callee + self.tuple(*args) + b"\x81"
            case 3:
                return callee + self.tuple(*args) + b"}\x92"
            case 4:
                return self.tool("copyreg.__newobj__", callee, *args)
            case 5:
                return self.tool("copyreg._reconstructor", callee, self.reference("builtins.object"), b"N")
        return self.reduce(callee, *args)

    def reduce(self, callee: bytes, *args: bytes) -> bytes:
        """REDUCE."""
        return callee + self.tuple(*args) + b"R"

    def tool(self, path: str, *args: bytes) -> bytes:
        """A call of a function of Python itself."""
        return self.reduce(self.reference(path), *args)

    def chain(self, depth: int) -> bytes:
        """Calls through values: what is called is handed over, looked up or made."""
        inner = self.callee(depth - 1)
        items = self.list(self.word(), self.word())
        rows = self.list(self.tuple(self.word()))
        module, name = self._victim()
        found = self.tool(self.rng.choice((*IMPORTS, "pkgutil.resolve_name")), self.text(module))
        whole = self.tool("pkgutil.resolve_name", self.text(f"{module}:{name}"))
        getter = self.tool("operator.attrgetter", self.text(name))
        caller = self.tool("operator.methodcaller", self.text(name), self.word())
        lazy = self.rng.choice((
            lambda: self.tool("builtins.map", inner, items),
            lambda: self.tool("builtins.filter", inner, items),
            lambda: self.tool("itertools.filterfalse", inner, items),
            lambda: self.tool("itertools.takewhile", inner, items),
            lambda: self.tool("itertools.accumulate", items, inner),
            lambda: self.tool("itertools.starmap", inner, rows),
            lambda: self.tool("itertools.chain", self.tool("builtins.map", inner, items)),
            lambda: self.tool("builtins.map", caller, self.list(found)),
            lambda: self.tool("builtins.iter", inner, b"N"),
        ))  # fmt: skip
        drain = self.rng.choice(("builtins.list", "builtins.tuple", "builtins.next", "builtins.set",
                                 "collections.deque", "builtins.any", "builtins.sorted", "builtins.dict",
                                 "builtins.zip", "builtins.enumerate", "collections.Counter",
                                 "builtins.max", "builtins.bytes"))  # fmt: skip
        forms: tuple[Callable[[], bytes], ...] = (
            lambda: self.tool("functools.partial", inner, self.word()),
            lambda: self.tool("builtins.getattr", self.tool("functools.partial", inner), self.text("func")),
            lambda: self.tool("builtins.getattr", found, self.text(name)),
            lambda: self.reduce(getter, found),
            lambda: self.reduce(caller, found),
            lambda: whole,
            lambda: self.tool(drain, lazy()),
            lambda: self.tool(drain, lazy()),
            lambda: self.tool("functools.reduce", inner, items),
            lambda: self.tool("operator.call", inner, self.word()),
            lambda: self.tool("operator.getitem", self.list(inner), b"K\0"),
            lambda: self.tool("collections.defaultdict", inner),
            lambda: self.tool("operator.getitem", self.tool("collections.defaultdict", inner), self.word()),
            lambda: self.reduce(self.tool("functools.partial", self.reference("builtins.map"), inner), items),
            lambda: self.reduce(self.tool("operator.itemgetter", b"K\0"), self.list(inner)),
            lambda: self.tool("builtins.sorted", items, b"N", inner),
            lambda: self.tool(
                self.rng.choice(_TOOLS), *(self.value(1) for _ in range(self.rng.randrange(3)))
            ),
        )
        return self.rng.choice(forms)()

    def changed(self, depth: int) -> bytes:
        """BUILD, SETITEM or APPEND on whatever there is."""
        target = self.value(depth - 1)
        state = self.rng.choice((
            b"}" + self.word() + self.value(depth - 1) + b"s",
            b"N}" + self.word() + self.value(depth - 1) + b"s\x86",
            self.value(depth - 1),
            b"(" + self.callee(depth - 1) + self.tuple(self.word()) + b"}Nt",
        ))  # fmt: skip
        match self.rng.randrange(5):
            case 0:
                return target + self.word() + self.value(depth - 1) + b"s"
            case 1:
                return target + self.value(depth - 1) + b"a"
            case 2:
                partial = self.tool("functools.partial", self.reference("builtins.object"))
                return self.reduce(partial + state + b"b", self.word())
        return target + state + b"b"

    def detour(self, depth: int) -> bytes:
        """A value by way of the memo, of copies that are dropped, of headers where none belong."""
        value = self.value(depth - 1)
        key = self.memo = self.memo + 1
        forms = (value + b"q%c" % key + b"0h%c" % key, value + b"p%d\n0g%d\n" % (key, key), value + b"20",
                 b"N" + value + b"\x940h\0", b"(" + self.value(1) + b"1" + value, b"\x80\x02" + value,
                 b"(0" + value, value + b"\x95" + struct.pack("<Q", 1) + b"20",
                 value + b"r" + struct.pack("<I", key) + b"0j" + struct.pack("<I", key))  # fmt: skip
        return self.rng.choice(forms)

    def computed(self, depth: int) -> bytes:
        """A name or an argument tuple that a call makes."""
        module, name = self._victim()
        half = len(name) // 2
        word = self.rng.choice((
            lambda: self.tool("operator.concat", self.text(name[:half]), self.text(name[half:])),
            lambda: self.tool("builtins.str.join", text(""), self.list(*map(self.text, name))),
            lambda: self.tool("builtins.str.lower", self.text(name.upper())),
            lambda: self.tool("builtins.bytes.decode", b"C%c" % len(name) + name.encode()),
            lambda: self.tool("builtins.next", self.tool("builtins.iter", self.list(self.text(name)))),
        ))()  # fmt: skip
        args = self.tool("builtins.tuple", self.list(self.word()))
        if self.rng.random() < 0.5:
            return self.text(module) + word + b"\x93" + args + b"R"
        return self.callee(depth) + args + b"R"
