"""Imports between files of the same tree: a neighbour runs when it is imported, in this machine.

Its functions are then followed like the program's own; every site and step keeps the file that it is in.
A name that the knowledge tables know keeps that meaning beside what a neighbour makes of it, so that
no file can take the meaning of ``requests`` away by being called ``requests.py``.
"""

from __future__ import annotations

import posixpath
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator

from msgspec import Struct, field

from scanner.analysis import written
from scanner.analysis.here import Frame, Here
from scanner.analysis.scope import Module
from scanner.analysis.values import Value, join, made, named
from scanner.blob import MEMBER, Blob, Fragment, Neighbours, place
from scanner.errors import OverBudget
from scanner.facts import IMPORTS, Anomaly
from scanner.ir import Program
from scanner.limits import Budget
from scanner.site import Step, Trigger

CHAIN = 4  # imports inside imports that are followed
READ = 512 << 10  # bytes of neighbours that are lowered for one artifact
KEPT = 2 << 20  # bytes of source whose programs are kept for the next artifact
_NAMED = 3  # files named for one reason
_ANCESTORS = 8  # folders above a file in which the package that it imports may be

Lower = Callable[[Fragment, Budget], Iterator[Program | Fragment | Blob | Anomaly]]


class Linker(Struct):
    """What an artifact has seen of its neighbours so far, each of them read and lowered once."""

    neighbours: Neighbours
    budget: Budget
    lower: Lower
    _blobs: dict[tuple[str, ...], Blob | None] = field(default_factory=dict)
    _programs: dict[str, Program | None] = field(default_factory=dict)
    _lowered: int = 0
    beyond: dict[str, str] = field(default_factory=dict)  # what is there and not followed, and why

    @property
    def unfollowed(self) -> Iterator[str]:
        """What was there and has not been followed, in one text for each reason."""
        for why in dict.fromkeys(self.beyond.values()):
            paths = [path for path, reason in self.beyond.items() if reason == why]
            more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
            yield f"{', '.join(paths[:_NAMED])}{more}: {why}"

    def blob(self, paths: tuple[str, ...]) -> Blob | None:
        """The first file that is there."""
        if paths not in self._blobs:
            try:
                self._blobs[paths] = self.neighbours.open(paths)
            except OverBudget:
                self._blobs[paths] = None
                limits = self.budget.limits
                many = (
                    f"more than {limits.neighbours} files of its tree, or {limits.neighbour:,} bytes of one"
                )
                self.beyond[paths[0]] = many
        return self._blobs[paths]

    def program(self, paths: tuple[str, ...]) -> Program | None:
        """The program of the first file that is there; what is wrong with it is told when it is scanned."""
        blob = self.blob(paths)
        if blob is None:
            return None
        path = MEMBER.join(blob.trail)
        if path not in self._programs and self._lowered + blob.size > READ:
            self.beyond[path] = f"more than {READ:,} bytes of source in other files"
            return None  # far behind, where most of the names are a library's own
        if path not in self._programs:
            self._lowered += blob.size
            self._programs[path] = _lowered(blob, self.lower, self.budget)
        return self._programs[path]


_kept: OrderedDict[tuple[tuple[str, ...], bytes], Program | None] = OrderedDict()


def _lowered(blob: Blob, lower: Lower, budget: Budget) -> Program | None:
    """The program, perhaps as it was lowered for another artifact: modules share their imports."""
    data = blob.read_at(0, blob.size)
    key = blob.trail, data
    if key not in _kept:
        program = None
        try:
            found = lower(Fragment("python", blob, Trigger.IMPORT, script=True), budget)
            program = next((item for item in found if isinstance(item, Program)), None)
        except (OverBudget, RecursionError, MemoryError):
            pass  # as for any other module that is not here: nothing is known about its names
        _kept[key] = program
        while sum(len(content) for _, content in _kept) > KEPT:
            _kept.popitem(last=False)
        return program
    _kept.move_to_end(key)
    return _kept[key]


def imported(here: Here, value: Value, name: str, module: str) -> Value:
    """``value``, the importable thing ``name``, or what a neighbour called ``module`` makes of it."""
    if not module or module.partition(".")[0] in sys.stdlib_module_names:
        return value
    own = here.frame.module
    known = own.loaded.get(name)
    if known is None:
        known = own.loaded[name] = _import(here, value, name, module)
    return known


def _import(here: Here, value: Value, name: str, module: str) -> Value:
    written.imported(here, module)
    found, rest = _find(here, module, name)
    if found is None:
        return value
    result: Value | None = made(found)
    for part in rest.split(".") if rest and rest != "*" else ():
        result = member(here, result, part) if result is not None else None
    if result is None:
        return value
    kept = here.knowledge.famous(name) or not here.program.script  # data is judged by its names as well
    return join([value, result]) if kept else result


def _find(here: Here, module: str, name: str) -> tuple[Module | None, str]:
    """The neighbour that ``module`` is (or ``name``, in a folder without ``__init__.py``), and the
    members of it that the rest of ``name`` means."""
    path = here.frame.module.path
    first = tuple(_candidates(path, module))
    second = tuple(_candidates(path, name)) if name != module and not name.endswith("*") else ()
    program = here.machine.linker.program(first + second)
    if program is None:
        return None, ""
    dotted, rest = (module, name[len(module) :].strip(".")) if place(program.trail) in first else (name, "")
    return _load(here, program, dotted), rest


def _candidates(importer: str, dotted: str) -> Iterator[str]:
    """Where a module may be that ``importer`` calls ``dotted``; nearest first."""
    relative = dotted.lstrip(".")
    folder = posixpath.dirname(importer)
    up = len(dotted) - len(relative) - 1
    inner = relative.replace(".", "/")
    for level in range(_ANCESTORS):
        if up < 0 or level == up:
            place = posixpath.join(folder, inner) if inner else folder
            if inner:
                yield f"{place}.py"
            yield posixpath.join(place, "__init__.py")
        if folder in ("", "/") or level == up:
            return
        folder = posixpath.dirname(folder)


def _load(here: Here, program: Program, dotted: str) -> Module | None:
    """The module of a program; its top level runs when it is imported for the first time."""
    machine = here.machine
    path = place(program.trail)
    module = machine.modules.get(path)
    if module is None:
        if path == machine.main.path:
            return machine.main
        if machine.importing >= CHAIN:
            machine.linker.beyond[path] = f"more than {CHAIN} imports one inside the other"
            return None
        module = machine.modules[path] = Module.of(program)
        run(here, module, f"{IMPORTS}{path}")
    if not dotted.startswith("."):
        machine.linked[dotted] = module
    return module


def run(here: Here, module: Module, how: str) -> None:
    """Run the top level of a module."""
    machine = here.machine
    steps = (*here.frame.steps, Step(here.site, how))
    machine.importing += 1
    try:
        machine.execute(Frame(module, module.scope, here.frame.trigger, steps), module.scope.function.body)
    finally:
        machine.importing -= 1


def resolve(here: Here, dotted: str) -> Value:
    """An importable thing by a constant name, ``package.module:attribute`` included."""
    module, _, attribute = dotted.partition(":")
    name = f"{module}.{attribute}" if attribute else module
    plain = named(name.strip("."))
    if attribute:
        return imported(here, plain, name, module)
    return imported(here, plain, name, name.rpartition(".")[0].rstrip(".") or name)


def member(here: Here, module: Value, name: str) -> Value | None:
    """An attribute of a neighbour: a variable, a module in its folder, or what it has starred."""
    found = [v for thing in module.objects if isinstance(thing, Module) if (v := _member(here, thing, name))]
    return join(found) if found else None


def _member(here: Here, module: Module, name: str) -> Value | None:
    own = module.scope.get(name)
    if own is not None:
        return own
    if (found := starred(here, module, name)) is not None:
        return found
    if posixpath.basename(module.path) != "__init__.py":
        return None
    place = posixpath.join(posixpath.dirname(module.path), name)
    program = here.machine.linker.program((f"{place}.py", f"{place}/__init__.py"))
    loaded = _load(here, program, f".{name}") if program else None
    return made(loaded) if loaded else None


def starred(here: Here, module: Module, name: str) -> Value | None:
    """What ``from m import *`` may have put under a name that nothing else in a module binds."""
    value = module.scope.get("*")
    if value is None or name in module.sought:  # modules that star each other
        return None
    module.sought.add(name)
    try:
        found = member(here, value, name)
    finally:
        module.sought.discard(name)
    if found is not None or not value.names:
        return found
    return join([here.machine.global_name(here, f"{m.removesuffix('.*')}.{name}") for m in value.names])
