"""What an ONNX graph names: files of weights, operators of other domains; and the strings in it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.formats._protobuf import BYTES, DEEPEST, Field, Wire

if TYPE_CHECKING:
    from scanner.ir import Program

SHORTEST = 64  # bytes of a string that could be code
LONGEST = 4096  # bytes of a name or path
LOOKED_AT = 64  # fields of a graph that tell whether it is one
IDENTIFIER = re.compile(rb"[A-Za-z_][\w.:-]*")
NODE, INITIALIZER, INPUT, OUTPUT = 1, 5, 11, 12  # of a GraphProto
OPERATOR, TEXT = 4, 4  # of a NodeProto, of an AttributeProto
# All fields that there are, of a GraphProto, a NodeProto and a TensorProto.
GRAPH_FIELDS = frozenset({1, 2, 5, 10, 11, 12, 13, 14, 15, 16})
NODE_FIELDS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
TENSOR_FIELDS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16})
# Domains whose operators are ONNX's and ONNX Runtime's own.
OWN = re.compile(
    r"(?:ai\.onnx(?:\.ml|(?:\.preview)?\.training)?|com\.microsoft(?:\.(?:nchwc|experimental|dml))?"
    r"|com\.ms\.internal\.nhwc|org\.pytorch\.(?:aten|prim)|ai\.onnx\.contrib)?"
)
EMBEDDED = "embed_mode"
STRING = 8  # type of a tensor
PLACE, REST = re.compile(r"\d{1,18}", re.ASCII), "9" * 18  # bytes


class _Python(Struct, frozen=True):
    """An operator that imports Python: which attribute names the module, and which the function."""

    module: str
    name: str


# Sources: language interop operators and training of ONNX Runtime.
PYTHON = {"PyOp": _Python("module", "class_name"), "PythonOp": _Python("func_name", "func_name")}


class Graph(Struct):
    """A walk over a graph. ``files`` and ``operators`` are what it names, each with its offset; ``spans`` are
    where its numbers begin and end in each of those files."""

    wire: Wire
    files: dict[str, int] = field(default_factory=dict)
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    contexts: dict[str, int] = field(default_factory=dict)
    operators: dict[str, int] = field(default_factory=dict)
    python: dict[str, int] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)  # functions that the file itself defines

    def graph(self, whole: Field, depth: int) -> Iterator[Blob]:
        """Every node and tensor of a GraphProto, and of the graphs in its attributes."""
        if depth > DEEPEST:
            raise OverBudget("graphs nest too deeply")
        for part in self.wire.inside(whole):
            match part.number:
                case 1:
                    yield from self.node(part, depth)
                case 5:
                    yield from self.tensor(part)
                case 15:
                    yield from self._sparse(part)
                case 16:
                    yield from self.property(part)
                case number if number not in GRAPH_FIELDS:
                    yield from self._unknown(part)

    def function(self, whole: Field) -> Iterator[Blob]:
        """A FunctionProto: nodes under a name that other nodes use as their operator."""
        name = domain = ""
        for part in self.wire.inside(whole):
            match part.number:
                case 1:
                    name = self.wire.text(part)
                case 10:
                    domain = self.wire.text(part)
                case 7:
                    yield from self.node(part, 0)
                case 11:
                    yield from self._attribute(part, 0, {})
        self.own.add(f"{domain}::{name}")

    def node(self, whole: Field, depth: int) -> Iterator[Blob]:
        """One operator, its attributes, and what it means if it is not ONNX's own."""
        operator = domain = ""
        given: dict[str, str] = {}
        for part in self.wire.inside(whole):
            match part.number:
                case 4:
                    operator = self.wire.text(part)
                case 7:
                    domain = self.wire.text(part)
                case 5:
                    yield from self._attribute(part, depth + 1, given)
                case 9:
                    yield from self.property(part)
                case number if number not in NODE_FIELDS:
                    yield from self._unknown(part)
        known = PYTHON.get(operator)
        if known is not None and known.module in given:
            named = dict.fromkeys(given[k] for k in (known.module, known.name) if k in given)
            self.python.setdefault(".".join(named), whole.start)
        elif operator == "EPContext" and given.get(EMBEDDED) == "0" and "ep_cache_context" in given:
            self.contexts.setdefault(given["ep_cache_context"], whole.start)
        elif not OWN.fullmatch(domain):
            self.operators.setdefault(f"{domain}::{operator}", whole.start)

    def tensor(self, whole: Field) -> Iterator[Blob]:
        """A TensorProto: only where its values are, if they are in another file."""
        return self.tensor_fields(whole.start, whole.stop)

    def tensor_fields(self, start: int, stop: int) -> Iterator[Blob]:
        """The same for a message that is no field, between two offsets."""
        kind, given = 0, dict[str, str]()
        for part in self.wire.fields(start, stop):
            if part.number == 2:
                kind = part.value
            elif part.number == 13 and part.wire == BYTES:
                key, value = self._entry(part)
                if value is not None:
                    given[key] = self.wire.text(value)
                    if key == "location":
                        self.files.setdefault(given[key], value.start)
            elif part.number == 16:
                yield from self.property(part)
            elif part.number not in TENSOR_FIELDS:
                yield from self._unknown(part)
        if "location" in given and kind not in (0, STRING):
            self.spans.setdefault(given["location"], []).extend(_span(given))

    def property(self, whole: Field) -> Iterator[Blob]:
        """An entry of the metadata: a text that some reader may take for more."""
        key, value = self._entry(whole)
        if value is not None and value.value > SHORTEST:
            yield self.wire.part(value, key)

    def program(self) -> Iterator["Program"]:
        """What loading the file opens and imports; nothing for a graph that only computes."""
        from scanner.irbuilder import Builder  # noqa: PLC0415 - most graphs only compute

        named = [(name, at, "custom_operator") for name, at in self.operators.items() if name not in self.own]
        named += [(name, at, "python_operator") for name, at in self.python.items()]
        named += [(name, at, "external_data") for name, at in self.files.items()]
        named += [(name, at, "compiled_context") for name, at in self.contexts.items()]
        if not named or self.wire.budget is None:
            return
        build = Builder(self.wire.budget)
        for name, build.at, what in sorted(named, key=lambda each: each[1]):
            build.call(build.name("onnx", what), [build.const(name)])
        yield build.program("onnx", self.wire.blob, "the graph names it")

    def _sparse(self, whole: Field) -> Iterator[Blob]:
        for part in self.wire.inside(whole):
            if part.number in (1, 2):
                yield from self.tensor(part)

    def _attribute(self, whole: Field, depth: int, given: dict[str, str]) -> Iterator[Blob]:
        """An AttributeProto; ``given`` takes what it is called and its text or number."""
        name, value = "", None
        for part in self.wire.inside(whole):
            match part.number:
                case 1:
                    name = self.wire.text(part)
                case 3:
                    value = str(part.value)
                case 4 | 9 if part.wire == BYTES:
                    if part.value > SHORTEST:
                        yield self.wire.part(part, name)
                    if part.number == TEXT and part.value < LONGEST:
                        value = self.wire.text(part)
                case 5 | 10:
                    yield from self.tensor(part)
                case 6 | 11:
                    yield from self.graph(part, depth)
                case 22 | 23:
                    yield from self._sparse(part)
        if value is not None:
            given[name] = value

    def _entry(self, whole: Field) -> tuple[str, Field | None]:
        """A StringStringEntryProto: its key, and where its value is."""
        key, value = "", None
        for part in self.wire.inside(whole):
            if part.number == 1:
                key = self.wire.text(part)
            elif part.number == 2 and part.wire == BYTES:
                value = part
        return key, value

    def _unknown(self, part: Field) -> Iterator[Blob]:
        if part.wire == BYTES and part.value > SHORTEST:
            yield self.wire.part(part, f"(field {part.number})")


def _span(given: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Where external data begins and ends; without a length it is the rest of its file."""
    offset, length = given.get("offset", "0"), given.get("length", REST)
    if PLACE.fullmatch(offset) and PLACE.fullmatch(length):
        yield int(offset), int(offset) + int(length)


def is_graph(wire: Wire, whole: Field) -> bool:
    """Whether a message reads like a GraphProto: it has an operator, or a tensor of a known type."""
    try:
        for count, part in enumerate(wire.inside(whole)):
            if part.number not in GRAPH_FIELDS or part.wire != BYTES or count > LOOKED_AT:
                return False
            if part.number == NODE and _has_operator(wire, part):
                return True
            if part.number in (INITIALIZER, INPUT, OUTPUT) and _has_name(wire, part):
                return True
    except (Malformed, OverBudget):
        pass
    return False


def _has_operator(wire: Wire, node: Field) -> bool:
    found = [part for part in wire.inside(node) if part.number == OPERATOR and part.wire == BYTES]
    return bool(found) and all(IDENTIFIER.fullmatch(wire.content(part, 1 << 10)) for part in found)


def _has_name(wire: Wire, value: Field) -> bool:
    """A tensor has its type and name, what goes in and out its name and type."""
    shape = {part.number: part.wire for part in wire.inside(value)}
    return shape.get(2) in (0, BYTES) and (shape.get(8) == BYTES or shape.get(1) == BYTES)
