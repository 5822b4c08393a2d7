"""The protocol buffers of TensorFlow: nodes, functions, and what a SavedModel binds to them.

Sources: ``graph.proto``, ``function.proto``, ``node_def.proto``, ``attr_value.proto``, ``tensor.proto``,
``meta_graph.proto``, ``saved_object_graph.proto``. Values of tensors are read only when they are strings
that somebody asks for.
"""

import re
from collections.abc import Iterator
from math import prod

from msgspec import Struct, field

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.formats._protobuf import BYTES, Field, Wire, varint

STRING = 7  # the type of a tensor of strings
ELEMENTS = 64  # strings of one tensor that are looked at
LOOKED_AT = 64  # fields of a graph that tell whether it is one
OPERATOR = re.compile(rb"[A-Z_][\w>]*")
ASSETS = "saved_model_assets"  # the collection of them in TensorFlow 1
SHORTEST = 64  # bytes of a string that could be code


class Node(Struct, frozen=True):
    """A NodeDef: ``attributes`` are the fields of the AttrValues."""

    name: str
    operator: str
    inputs: tuple[str, ...]
    attributes: dict[str, Field]
    at: int


class Scope(Struct):
    """The nodes of the graph itself, or those of a function with its parameters."""

    parameters: list[str] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)


class Graph(Struct):
    """A GraphDef with its functions.

    ``assets`` are nodes in whose place the loader of a SavedModel puts the path of a file beside it, and the
    name of that file. ``bound`` says which nodes the last parameters of a function are; None is no constant.
    """

    main: Scope = field(default_factory=Scope)
    functions: dict[str, Scope] = field(default_factory=dict)
    assets: dict[str, str] = field(default_factory=dict)
    bound: dict[str, list[str | None]] = field(default_factory=dict)

    def scopes(self) -> Iterator[tuple[str, Scope]]:
        """The graph, then its functions, each by its name."""
        yield "", self.main
        yield from self.functions.items()


def read_graph(wire: Wire, start: int, stop: int, graph: Graph) -> Iterator[Blob]:
    """A GraphDef, into ``graph``; yields what no reader of graphs knows."""
    for part in wire.fields(start, stop):
        if part.number == 1:
            _put(graph.main, _node(wire, part))
        elif part.number == 2:
            for function in wire.inside(part):
                if function.number == 1:
                    name, scope = _function(wire, function)
                    graph.functions[name] = scope
        elif part.number > 5 and part.wire == BYTES and part.value > SHORTEST:
            yield wire.part(part, f"(field {part.number})")


def read_meta_graph(wire: Wire, start: int, stop: int, graph: Graph) -> Iterator[Blob]:
    """A MetaGraphDef: its graph, its assets, its objects; yields the metadata that Keras keeps there."""
    for part in wire.fields(start, stop):
        match part.number:
            case 2:
                yield from read_graph(wire, part.start, part.stop, graph)
            case 4 if _text(wire, part, 1) == ASSETS:
                for asset in _within(wire, part, 2, 5, 1, 2):
                    _asset(wire, asset, graph)
            case 6:
                _asset(wire, part, graph)
            case 7:
                yield from _objects(wire, part, graph)
            case number if number > 7 and part.wire == BYTES and part.value > SHORTEST:
                yield wire.part(part, f"(field {number})")


def strings(wire: Wire, tensor: Field) -> list[str]:
    """The elements of a TensorProto of strings, as many as are looked at; nothing for other types."""
    kind, packed, count = 0, None, 1
    found: list[str] = []
    for part in wire.inside(tensor):
        match part.number:
            case 1:
                kind = part.value
            case 2:
                sizes = [_number(wire, size, 1) for size in wire.inside(part) if size.number == 2]
                count = prod(sizes)
            case 4:
                packed = part
            case 8 if len(found) < ELEMENTS:
                found.append(wire.text(part))
    if kind != STRING:
        return []
    return found or (_packed(wire.content(packed, 1 << 16), count) if packed else [])


def _packed(data: bytes, count: int) -> list[str]:
    """Strings as ``tensor_content`` has them: all lengths, then all bytes."""
    position, sizes = 0, []
    for _ in range(min(count, len(data))):
        size, position = varint(data, position)
        sizes.append(size)
    found = []
    for size in sizes[:ELEMENTS]:
        found.append(data[position : position + size].decode("utf-8", "backslashreplace"))
        position += size
    return found


def attribute(wire: Wire, value: Field) -> Iterator[tuple[int, Field]]:
    """What an AttrValue holds, lists included: the number of the field says the kind (2 string, 8 tensor,
    10 function)."""
    for part in wire.inside(value):
        if part.number == 1:
            for item in wire.inside(part):
                yield {9: 10}.get(item.number, item.number), item
        else:
            yield part.number, part


def is_graph(wire: Wire, start: int, stop: int) -> bool:
    """Whether a message reads like a GraphDef: it has a node with an operator, or a function."""
    try:
        for count, part in enumerate(wire.fields(start, stop)):
            if part.number not in range(1, 6) or count > LOOKED_AT:
                return False
            if part.number == 1:
                found = {inner.number: inner for inner in wire.inside(part) if inner.wire == BYTES}
                named = 1 in found and 2 in found
                return named and OPERATOR.fullmatch(wire.content(found[2], 1 << 10)) is not None
            if part.number == 2 and any(f.number == 1 and _function(wire, f)[0] for f in wire.inside(part)):
                return True
    except (Malformed, OverBudget):
        pass
    return False


def _put(scope: Scope, node: Node) -> None:
    """Two nodes of one name are an error to the loader; neither may hide the other."""
    name = node.name
    while name in scope.nodes:
        name += "'"
    scope.nodes[name] = node


def _node(wire: Wire, whole: Field) -> Node:
    name = operator = ""
    inputs: list[str] = []
    attributes: dict[str, Field] = {}
    for part in wire.inside(whole):
        match part.number:
            case 1:
                name = wire.text(part)
            case 2:
                operator = wire.text(part)
            case 3:
                inputs.append(wire.text(part))
            case 5:
                for entry in wire.inside(part):
                    if entry.number == 2:
                        attributes[_text(wire, part, 1)] = entry
    return Node(name, operator, tuple(inputs), attributes, whole.start)


def _function(wire: Wire, whole: Field) -> tuple[str, Scope]:
    name, scope = "", Scope()
    for part in wire.inside(whole):
        if part.number == 1:
            name = _text(wire, part, 1)
            scope.parameters = [_text(wire, arg, 1) for arg in wire.inside(part) if arg.number == 2]
        elif part.number == 3:
            _put(scope, _node(wire, part))
    return name, scope


def _asset(wire: Wire, whole: Field, graph: Graph) -> None:
    """An AssetFileDef: the node that stands for the file, and the file."""
    for name in _within(wire, whole, 1, 1):
        graph.assets[wire.text(name).partition(":")[0]] = _text(wire, whole, 2)


def _objects(wire: Wire, whole: Field, graph: Graph) -> Iterator[Blob]:
    """A SavedObjectGraph: the constants that functions capture, by the numbers of the objects."""
    constants: list[str | None] = []
    bound: dict[str, list[int]] = {}
    for part in wire.inside(whole):
        if part.number == 1:
            constant = None
            for kind in wire.inside(part):
                if kind.number == 9:
                    constant = _text(wire, kind, 1)
                elif kind.number == 4:
                    yield from _metadata(wire, kind)
            constants.append(constant)
        elif part.number == 2:
            for value in wire.inside(part):
                if value.number == 2:
                    bound[_text(wire, part, 1)] = list(_bound(wire, value))
    for name, numbers in bound.items():
        graph.bound[name] = [constants[n] if n < len(constants) else None for n in numbers]


def _bound(wire: Wire, function: Field) -> Iterator[int]:
    """``bound_inputs`` of a SavedConcreteFunction, packed or one by one."""
    for part in wire.inside(function):
        if part.number == 2 and part.wire == BYTES:
            data, position = wire.content(part, 1 << 20), 0
            while position < len(data):
                number, position = varint(data, position)
                yield number
        elif part.number == 2:
            yield part.value


def _metadata(wire: Wire, user: Field) -> Iterator[Blob]:
    for part in wire.inside(user):
        if part.number == 3 and part.wire == BYTES and part.value > SHORTEST:
            yield wire.part(part, "metadata")


def _within(wire: Wire, whole: Field, *numbers: int) -> Iterator[Field]:
    """The fields at a path of numbers inside a message."""
    for part in wire.inside(whole):
        if part.number == numbers[0]:
            yield from _within(wire, part, *numbers[1:]) if len(numbers) > 1 else (part,)


def _text(wire: Wire, whole: Field, number: int) -> str:
    """The last text in the field ``number`` of a message; empty without one."""
    found = [part for part in wire.inside(whole) if part.number == number]
    return wire.text(found[-1]) if found else ""


def _number(wire: Wire, whole: Field, number: int) -> int:
    return next((part.value for part in wire.inside(whole) if part.number == number), 0)
