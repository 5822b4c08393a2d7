"""Keras configurations: classes to import, arguments to call them with, functions as bytecode.

Source: ``deserialize_keras_object`` of Keras 3 and 2 and the ``from_config`` of the layers that load more
than themselves. Every object is a call of its class, in the order of the document; a function that a
configuration refers to is called while the layers are built, with tensors. Safe mode is not relied on:
whether it is on is the caller's affair, and published bypasses turn it off (CVE-2025-9905, CVE-2025-9906).
"""

import binascii
import builtins
from collections.abc import Iterator
from typing import Any

from scanner.blob import Blob, BytesWindow, Fragment
from scanner.errors import OverBudget
from scanner.ir import Program, Reg
from scanner.irbuilder import Builder, Places
from scanner.languages._document import document
from scanner.limits import Budget

NAME = "keras"

PLAIN = frozenset({
    "__keras_tensor__", "__tensor__", "__numpy__", "__ellipsis__", "__slice__", "__typespec__", "TypeSpec",
    "TensorShape", "CompositeTensor", "DTypePolicy",
})  # fmt: skip
LAMBDA, FUNCTION, BYTES = "__lambda__", "function", "__bytes__"
LOOKUPS = frozenset({"StringLookup", "IntegerLookup", "TextVectorization"})
NODES = "inbound_nodes"
ROOT = "keras.layers"  # where names without a module belong: the loader's registry, or what it adds to it
DEEPEST = 200


def lower(fragment: Fragment, budget: Budget) -> Iterator[Program | Fragment | Blob]:
    """One program for the whole document, and every piece of code and data that it carries."""
    data, described = document(fragment.blob, budget, "configuration")
    reading = _Reading(fragment.blob, data, Builder(budget))
    reading.value(described, 0)
    yield from reading.carried
    yield reading.build.program(NAME, fragment.blob, "building the layers that the configuration describes")


class _Reading:
    """The document on its way to a program. ``carried`` is what has to be looked at by itself."""

    def __init__(self, blob: Blob, data: bytes, build: Builder) -> None:
        self.build = build
        self.carried: list[Fragment | Blob] = []
        self._blob = blob
        self._places = Places(data)

    def value(self, value: Any, depth: int) -> Reg:
        """Any part of the document."""
        if depth > DEEPEST:
            raise OverBudget("the configuration nests too deeply")
        match value:
            case {"class_name": str() as name, "config": config}:
                return self._object(name, value, config, depth + 1)
            case dict():
                items = [(self.build.const(str(k)), self.value(v, depth + 1)) for k, v in value.items()]
                return self.build.make("dict", [register for item in items for register in item])
            case list():
                return self.build.make("list", [self.value(item, depth + 1) for item in value])
        return self.build.const(value)

    def _object(self, name: str, whole: dict[str, Any], config: Any, depth: int) -> Reg:
        self.build.at = self._places.after(name)
        match name, config:
            case "function", str():
                return self._function(whole, config, depth)
            case "__lambda__", dict():
                return self._code(config.get("code", config.get("value")), depth)
            case "__bytes__", {"value": str() as text}:
                return self.build.const(text.encode("utf-8", "surrogatepass"))
            case _ if name in PLAIN:
                return self.build.unknown(f"a {name} of the configuration")
        made = self._instance(name, whole, config, depth)
        self._nodes(made, whole.get(NODES), depth)
        for key in ("compile_config", "build_config"):
            if isinstance(whole.get(key), dict):
                self.value(whole[key], depth)
        return made

    def _instance(self, name: str, whole: dict[str, Any], config: Any, depth: int) -> Reg:
        """A call of the class; what its ``from_config`` does beyond that comes first."""
        if name == "Lambda" and isinstance(config, dict):
            return self._lambda(config, depth)
        if name == "TorchModuleWrapper" and isinstance(config, dict):
            self._torch(config.get("module"))
        if name in LOOKUPS and isinstance(config, dict) and isinstance(config.get("vocabulary"), str):
            opener = self.build.name("keras", "vocabulary_file")
            self.build.call(opener, [self.build.const(config["vocabulary"])])
        module, at = whole.get("module"), self.build.at
        cls = self.build.name(module if isinstance(module, str) and module else ROOT, name)
        args, kwargs = [], {}
        if isinstance(config, dict):
            kwargs = {str(k): self.value(v, depth) for k, v in config.items()}
        else:
            args = [self.value(config, depth)]
        self.build.at = at
        return self.build.call(cls, args, kwargs)

    def _lambda(self, config: dict[str, Any], depth: int) -> Reg:
        """A Lambda layer: its function runs while the layer is built, and whenever it is called.

        Keras 2 wrote the bytecode of a function as a list, its name as a string.
        """
        functions = []
        for key in ("function", "output_shape", "mask"):
            match _plain(config.get(key)), config.get(f"{key}_type"):
                case [str() as code, *_], "lambda" | None:
                    functions.append(self._code(code, depth))
                case str() as name, "function":
                    functions.append(self._called(config.get("module"), name))
                case dict() as inner, _:
                    functions.append(self.value(inner, depth))
        arguments = config.get("arguments")
        given = arguments if isinstance(arguments, dict) else {}
        kwargs = {str(k): self.value(v, depth) for k, v in given.items()}
        for function in functions if kwargs else ():
            self.build.call(function, [self.build.unknown("a tensor")], kwargs)
        return functions[0] if functions else self.build.unknown("a Lambda layer without a function")

    def _code(self, code: Any, depth: int) -> Reg:
        """Base64 of a marshalled code object, as ``func_dump`` writes it; older ones wrote text as it is."""
        if isinstance(code, list) and code:
            code = code[0]
        if not isinstance(code, str):
            return self.value(code, depth)
        try:
            data = binascii.a2b_base64(code.encode("ascii"))
        except ValueError:
            data = code.encode("raw_unicode_escape")
        blob = self._blob.inner(f"function @ {self.build.at}", BytesWindow(data))
        self.carried.append(Fragment("bytecode", blob, blob.trigger))
        return self.build.unknown("a function of the configuration")

    def _function(self, whole: dict[str, Any], name: str, depth: int) -> Reg:
        module = whole.get("module")
        function = self._called(module, name)
        self._nodes(function, whole.get(NODES), depth)
        return function

    def _called(self, module: Any, name: str) -> Reg:
        """A function by its name; Keras writes ``builtins`` for its own, and looks there as well."""
        self.build.at = self._places.after(name)
        known = isinstance(module, str) and module and (module != "builtins" or hasattr(builtins, name))
        function = self.build.name(module if known else "keras.activations", name)
        self.build.call(function, [self.build.unknown("a tensor")])
        return function

    def _nodes(self, layer: Reg, nodes: Any, depth: int) -> None:
        """The calls that connect a layer of a functional configuration (CVE-2025-1550)."""
        for node in nodes if isinstance(nodes, list) else ():
            match node:
                case {"args": list() as args}:
                    kwargs = node.get("kwargs")
                    named = kwargs if isinstance(kwargs, dict) else {}
                    given = {str(k): self.value(v, depth) for k, v in named.items()}
                    self.build.call(layer, [self.value(arg, depth) for arg in args], given)
                case [[_, _, _, dict() as named], *_]:
                    given = {str(k): self.value(v, depth) for k, v in named.items()}
                    self.build.call(layer, [self.build.unknown("a tensor")], given)

    def _torch(self, module: Any) -> None:
        """What ``torch.load`` reads for a wrapped module: bytes, plain or as base64 (CVE-2025-49655)."""
        match module:
            case {"class_name": "__bytes__", "config": {"value": str() as text}}:
                pass
            case str() as text:
                pass
            case _:
                return
        for data in {text.encode("latin-1", "replace"), _decoded(text)} - {b""}:
            self.carried.append(self._blob.inner(f"module @ {self.build.at}", BytesWindow(data)))


def _plain(value: Any) -> Any:
    """A tuple as the metadata of a SavedModel has it, as the list that other files have."""
    match value:
        case {"class_name": "__tuple__", "items": list() as items}:
            return items
    return value


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text.encode("ascii"))
    except ValueError:
        return b""
