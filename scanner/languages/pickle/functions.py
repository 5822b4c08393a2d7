"""Functions that travel in a pickle by value: ``cloudpickle`` and ``dill`` put them together from the
fields of their code, their globals and their closures.

Each becomes a function of the pickle's program, read in every version that its code makes sense in.
Its globals are variables of the program with a number behind their names, so that no two functions
share theirs by mistake.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from msgspec import Struct, field

from scanner import ir
from scanner.errors import Malformed
from scanner.knowledge.tables import knowledge
from scanner.languages.bytecode.code import Code, walk
from scanner.languages.bytecode.fields import code_of
from scanner.languages.bytecode.program import functions
from scanner.languages.bytecode.tables import Version
from scanner.languages.pickle.symbols import Event, Instance, Symbol
from scanner.limits import Budget

_CODES = frozenset({"types.CodeType", "new.code", "dill._dill._create_code"})
_FUNCTIONS = frozenset({
    "types.FunctionType", "types.LambdaType", "new.function", "cloudpickle.cloudpickle._make_function",
    "cloudpickle.cloudpickle._make_skel_func", "dill._dill._create_function",
})  # fmt: skip
_TYPES = frozenset({"cloudpickle.cloudpickle._builtin_type", "dill._dill._load_type"})
_STATES = frozenset({"cloudpickle.cloudpickle._function_setstate", "cloudpickle.cloudpickle._fill_function"})
_CELLS = frozenset({"cloudpickle.cloudpickle._make_cell", "dill._dill._create_cell"})


class Carried(Struct, frozen=True):
    """A function or bare code object: its names among the functions of the program (one for each
    version that it may be of), and the variables that hold its globals and what it closes over."""

    names: tuple[str, ...]
    variables: dict[str, Any]


class Functions(Struct):
    """All functions of one pickle; ``at`` is where an instruction of theirs is said to be."""

    budget: Budget
    made: dict[str, ir.Function] = field(default_factory=dict)
    _states: dict[int, Any] = field(default_factory=dict)
    _codes: dict[int, tuple[Code, tuple[Version, ...]] | None] = field(default_factory=dict)
    _count: int = 0

    def look_ahead(self, log: Iterable[Event]) -> None:
        """Note what functions are given after they are made."""
        for event in log:
            if isinstance(event, Instance) and _named(event) in _STATES and len(event.args) > 1:
                self._states[id(event.args[0])] = event.args[1]

    def is_state(self, value: Instance) -> bool:
        """Whether a call only gives a function that is known its globals."""
        return (
            _named(value) in _STATES and bool(value.args) and self._code(_target(value.args[0])) is not None
        )

    def carried(self, value: Instance, at: int) -> Carried | None:
        """The function that a call makes; None if it makes none, or of code that makes no sense."""
        code = self._code(_target(value))
        if code is None:
            return None
        top, versions = code
        given = self._globals(value)
        self._count += 1
        suffix = f"@{self._count}"
        names: list[str] = []
        for version in versions:
            try:
                found, name = functions(top, version, suffix, frozenset(given), self.made, at, self.budget)
            except Malformed:
                continue
            if not any(_alike(self.made, found, name, other) for other in names):
                self.made |= found
                names.append(name)
        if not names:
            return None
        used = {name for code in walk(top) for name in (*code.names, *code.free)}
        return Carried(tuple(names), {f"{k}{suffix}": v for k, v in given.items() if k in used})

    def _globals(self, value: Instance) -> dict[str, Any]:
        """The variables that a function finds outside itself, by name."""
        if _named(value) not in _FUNCTIONS:
            return {}
        found: dict[str, Any] = {}
        tables = [arg for arg in value.args[1:3] if isinstance(arg, dict)]
        closure = next(
            (
                a
                for a in value.args[3:]
                if isinstance(a, tuple) and all(isinstance(cell, Instance) for cell in a)
            ),
            (),
        )
        state = self._states.get(id(value))
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, dict):
                tables += [t for t in (part.get("__globals__"), part.get("globals")) if isinstance(t, dict)]
                closure = part.get("__closure__") or closure
        for table in tables:
            found |= {key: held for key, held in table.items() if isinstance(key, str)}
        code = self._code(_target(value))
        free = code[0].free if code else ()
        for name, cell in zip(free, closure if isinstance(closure, tuple) else (), strict=False):
            if isinstance(cell, Instance) and _named(cell) in _CELLS and cell.args:
                found[name] = cell.args[0]
        return found

    def _code(self, value: Any) -> tuple[Code, tuple[Version, ...]] | None:
        """The code object that a call makes."""
        if not isinstance(value, Instance) or _named(value) not in _CODES:
            return None
        if id(value) not in self._codes:
            self._codes[id(value)] = None  # one that holds itself is none
            with suppress(Malformed, ValueError, TypeError):
                self._codes[id(value)] = code_of([self._field(arg) for arg in value.args])
        return self._codes[id(value)]

    def _field(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self._field(item) for item in value)
        inner = self._code(value)
        return value if inner is None else inner[0]


def _named(value: Instance) -> str:
    """What is called: a global, or a type that a global looks up by its name."""
    match value:
        case Instance(how="call", callee=Instance(how="call", args=(str(name),)) as maker):
            return f"types.{name}" if _named(maker) in _TYPES else ""
        case Instance(how="call", callee=callee) if isinstance(callee, Symbol) and not isinstance(
            callee, Instance
        ):
            return knowledge().canonical(str(callee))
    return ""


def _target(value: Any) -> Any:
    """The code of a function, or the code itself."""
    if isinstance(value, Instance) and _named(value) in _FUNCTIONS and value.args:
        return value.args[0]
    return value


def _alike(known: dict[str, ir.Function], found: dict[str, ir.Function], name: str, other: str) -> bool:
    """Whether another version makes the same of it."""
    return found[name].body == known[other].body and len(found) == 1
