"""TensorFlow graphs without TensorFlow: its messages, field by field."""

from tests.recipes.protobufs import Value, message, varint

STRING = 7  # the type of a tensor


def attribute(*values: tuple[int, Value]) -> bytes:
    """An AttrValue; 2 is a string, 8 a tensor, 10 a function, 1 a list."""
    return message(*values)


def node(name: str, operator: str, *inputs: str, **attributes: bytes) -> bytes:
    """A NodeDef."""
    entries = [(5, message((1, key), (2, value))) for key, value in attributes.items()]
    return message((1, name), (2, operator), *((3, each) for each in inputs), *entries)


def const(name: str, *texts: str, packed: bool = False) -> bytes:
    """A constant tensor of strings, one by one or packed."""
    shape = message(*((2, message((1, len(texts)))) for _ in range(len(texts) != 1)))
    content = b"".join(varint(len(text.encode())) for text in texts) + "".join(texts).encode()
    values = [(4, content)] if packed else [(8, text) for text in texts]
    return node(name, "Const", value=attribute((8, message((1, STRING), (2, shape), *values))))


def function(name: str, parameters: list[str], *nodes: bytes) -> bytes:
    """A FunctionDef."""
    signature = message((1, name), *((2, message((1, each))) for each in parameters))
    return message((1, signature), *((3, each) for each in nodes))


def graph(*nodes: bytes, functions: tuple[bytes, ...] = ()) -> bytes:
    """A GraphDef."""
    library = [(2, message(*((1, each) for each in functions)))] if functions else []
    return message(*((1, each) for each in nodes), *library, (4, message((1, 1286))))


def called(name: str) -> bytes:
    """An attribute that names a function."""
    return attribute((10, message((1, name))))


def meta_graph(graph: bytes, *more: tuple[int, Value]) -> bytes:
    """A MetaGraphDef; ``more`` are its other fields."""
    return message((1, message((4, "serve"))), (2, graph), *more)


def saved(graph: bytes, *more: tuple[int, Value]) -> bytes:
    """A SavedModel with one meta graph."""
    return message((1, 1), (2, meta_graph(graph, *more)))


def asset(node: str, name: str) -> bytes:
    """An AssetFileDef."""
    return message((1, message((1, f"{node}:0"))), (2, name))


def captured(function: str, constant: str) -> bytes:
    """A SavedObjectGraph in which a function has a constant of the graph as its last parameter."""
    objects = [(1, message((4, message((1, "trackable"))))), (1, message((9, message((1, constant)))))]
    return message(*objects, (2, message((1, function), (2, message((2, b"\1"))))))
