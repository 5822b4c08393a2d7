"""YAML documents as the loaders that build objects from them read them.

PyYAML's unsafe loaders call what a tag names, HyperPyYAML has tags of its own for it, Hydra and OmegaConf
call ``_target_`` (CVE-2025-23304 is a NeMo archive with such a file), jsonargparse and the configurations of
diffusion checkpoints ``class_path`` and ``target``. ``yaml`` composes nodes; nothing is constructed.
"""

import re
from collections.abc import Callable, Iterator

import yaml

from scanner.blob import Fragment
from scanner.errors import OverBudget
from scanner.ir import Program, Reg
from scanner.irbuilder import Builder
from scanner.knowledge.tables import knowledge
from scanner.limits import Budget

NAME = "yaml"

CORE = "tag:yaml.org,2002:"
PYTHON = CORE + "python/"
# Mappings that are calls: the key with the dotted name, the key with the arguments (or the mapping itself).
CALLS = (("_target_", ""), ("class_path", "init_args"), ("target", "params"))
DOTTED = re.compile(r"[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)+")
_PARTS = frozenset({"args", "kwds", "listitems", "dictitems"})  # of what ``object/new`` is told
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
DEEPEST = 150
SCALARS: dict[str, Callable[[str], bool | int | float | str | None]] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() in ("true", "yes", "on"),
    "int": lambda text: int(text.replace("_", ""), 0),
    "float": lambda text: float(text.replace("_", "")),
}


def lower(fragment: Fragment, budget: Budget) -> Iterator[Program]:
    """One program for each document that calls anything.

    Loaders build one document after the other, so those in front of a syntax error count, and a text that is
    not YAML at all calls nothing.
    """
    limit = budget.limits.constant
    if fragment.blob.size > limit:
        raise OverBudget(f"a document of more than {limit:,} bytes")
    text = fragment.blob.read_at(0, limit)
    try:
        for node in yaml.compose_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            reading = _Reading(Builder(budget))
            reading.value(node, 0)
            if reading.calls:
                yield reading.build.program(NAME, fragment.blob, "building what the document names", "line")
    except (yaml.YAMLError, UnicodeDecodeError):
        return
    except RecursionError:
        raise OverBudget("the document nests too deeply") from None


class _Reading:
    """A document on its way to a program; ``calls`` says whether it names any object."""

    def __init__(self, build: Builder) -> None:
        self.build = build
        self.calls = False
        self._known: dict[int, Reg] = {}

    def value(self, node: yaml.Node, depth: int) -> Reg:
        """Any node, once: aliases share it."""
        if depth > DEEPEST:
            raise OverBudget("the document nests too deeply")
        if id(node) in self._known:
            return self._known[id(node)]
        self.build.at = node.start_mark.line + 1
        self._known[id(node)] = self.build.unknown("a document that contains itself")
        self._known[id(node)] = found = self._node(node, depth + 1)
        return found

    def _node(self, node: yaml.Node, depth: int) -> Reg:
        kind, _, name = node.tag.removeprefix(PYTHON).partition(":")
        if node.tag.startswith(PYTHON) and name:
            return self._tagged(kind, name, node, depth)
        if node.tag.startswith("!") and ":" in node.tag:
            kind, _, name = node.tag[1:].partition(":")
            if kind in ("new", "apply", "name", "module"):
                return self._tagged(
                    {"new": "object/apply", "apply": "object/apply"}.get(kind, kind), name, node, depth
                )
        match node:
            case yaml.MappingNode():
                return self._mapping(node, depth)
            case yaml.SequenceNode():
                return self.build.make("list", [self.value(item, depth) for item in node.value])
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Reg:
        convert = SCALARS.get(node.tag.removeprefix(CORE), str)
        try:
            return self.build.const(convert(node.value))
        except (ValueError, OverflowError):
            return self.build.const(str(node.value))

    def _tagged(self, kind: str, name: str, node: yaml.Node, depth: int) -> Reg:
        """What PyYAML does with ``!!python/KIND:NAME``."""
        thing, at = self._name(name), self.build.at
        if kind in ("name", "module"):
            return thing
        args, kwargs, state = self._given(node, depth)
        self.build.at = at
        if kind == "object":
            parts = [part for key, value in kwargs.items() for part in (self.build.const(key), value)]
            kwargs, state = {}, [self.build.make("dict", parts)]
        made = self.build.call(thing, args, kwargs, "call" if kind == "object/apply" else "new")
        for held in state:
            self.build.call(made, [held], how="state")
        if kind != "object":
            self._filled(made, node, depth)
        return made

    def _filled(self, made: Reg, node: yaml.Node, depth: int) -> None:
        """What an object is made to take up: ``listitems`` by its ``extend``, ``dictitems`` one by one."""
        pairs = _pairs(node) if isinstance(node, yaml.MappingNode) else {}
        if "listitems" in pairs:
            self.build.call(self.build.attr(made, "extend"), [self.value(pairs["listitems"], depth)])
        items = pairs.get("dictitems")
        for pair in items.value if isinstance(items, yaml.MappingNode) else []:
            given = [self.value(part, depth) for part in pair]
            self.build.call(self.build.attr(made, "__setitem__"), given)

    def _given(self, node: yaml.Node, depth: int) -> tuple[list[Reg], dict[str, Reg], list[Reg]]:
        """Arguments, keywords and state of a tagged node."""
        match node:
            case yaml.SequenceNode():
                return [self.value(item, depth) for item in node.value], {}, []
            case yaml.MappingNode():
                pairs = _pairs(node)
                plain = {key: self.value(value, depth) for key, value in pairs.items()}
                args = pairs.get("args")
                listed = args.value if isinstance(args, yaml.SequenceNode) else []
                words = pairs.get("kwds")
                named = _pairs(words) if isinstance(words, yaml.MappingNode) else {}
                if not pairs.keys() & _PARTS:  # HyperPyYAML, or the state of an object
                    return [], plain, []
                state = [plain["state"]] if "state" in plain else []
                kwargs = {key: self.value(value, depth) for key, value in named.items()}
                return [self.value(item, depth) for item in listed], kwargs, state
        return ([self._scalar(node)] if node.value else []), {}, []

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Reg:
        pairs = _pairs(node)
        for key, inside in CALLS:
            target = pairs.get(key)
            if not isinstance(target, yaml.ScalarNode) or not DOTTED.fullmatch(target.value):
                continue
            given = pairs.get(inside) if inside else node
            if given is None and key == "target":
                continue  # a word like any other, without the arguments that go with it
            named = _pairs(given) if isinstance(given, yaml.MappingNode) else {}
            return self._call(target.value, named, depth)
        held = [self.value(part, depth) for pair in node.value for part in pair]
        return self.build.make("dict", held)

    def _call(self, name: str, named: dict[str, yaml.Node], depth: int) -> Reg:
        at = self.build.at
        thing = self._name(name.replace(":", "."))
        known = knowledge().effect(name) is not None
        kwargs = {
            key: self._argument(value, depth, known)
            for key, value in named.items()
            if not key.startswith("_") or key == "__init__"
        }
        listed = named.get("_args_")
        args = listed.value if isinstance(listed, yaml.SequenceNode) else []
        given = [self._argument(arg, depth, known) for arg in args]
        self.build.at = at
        return self.build.call(thing, given, kwargs)

    def _argument(self, node: yaml.Node, depth: int, known: bool) -> Reg:
        """An argument; an address in a configuration says nothing about a callable that nobody knows."""
        if not known and isinstance(node, yaml.ScalarNode) and ADDRESS.match(node.value):
            return self.build.unknown("an address")
        return self.value(node, depth)

    def _name(self, name: str) -> Reg:
        self.calls = True
        module, _, last = name.rpartition(".")
        return self.build.name(module or "builtins", last)


def _pairs(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
