"""Stand-ins for everything that acts: they write down what is done to them, and do nothing."""

import re
from dataclasses import dataclass, field
from typing import Any

_NAME = re.compile(r"[\w.]+")
_ACTING = {"os": ("system", "popen"), "posix": ("system",), "subprocess": ("run", "Popen", "check_output")}
VICTIMS = {**_ACTING, "evil": ("f", "Kind"), "evil.deep": ("g",)}
"""What stands for the rest of the world: modules, and names in them that are known to act or unknown."""

CALLS = 64  # of victims in one load; a loop that never ends is not followed further


class Enough(BaseException):
    """The load has shown what it does."""


@dataclass(slots=True)
class Trace:
    """What a load did before its end or its error: globals and calls of victims, in order."""

    names: list[str] = field(default_factory=list)
    calls: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    made: list[str] = field(default_factory=list)  # by __new__ alone
    writes: list[str] = field(default_factory=list)  # attributes of what was imported
    error: BaseException | None = None

    @property
    def acts(self) -> bool:
        """Whether anything happened that an inert load would not do."""
        return bool(self.calls or self.made or self.writes)

    def call(self, name: str, args: tuple[Any, ...]) -> None:
        self.calls.append((name, args))
        if len(self.calls) >= CALLS:
            raise Enough


_DUCK = frozenset({"add", "append", "extend", "items", "keys"})  # what loaders ask of containers


class Victim(type):
    """Stands for an imported callable or class. Everything done to it is written down."""

    path: str
    trace: Trace

    def __call__(cls, *args: Any, **kwargs: Any) -> "Result":
        cls.trace.call(cls.path, (*args, *kwargs.values()))
        return object.__new__(cls)

    def __setattr__(cls, name: str, value: Any) -> None:
        cls.trace.writes.append(f"{cls.path}.{name}")

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_") or name in _DUCK:
            raise AttributeError(name)
        return victim(cls.trace, f"{cls.path}.{name}")

    def __repr__(cls) -> str:
        return f"<{cls.path}>"


class Result:
    """What a victim returns, or an instance of it."""

    path: str
    trace: Trace

    def __new__(cls, *_args: Any, **_kwargs: Any) -> "Result":
        cls.trace.made.append(cls.path)
        return object.__new__(cls)

    def __call__(self, *args: Any) -> "Result":
        self.trace.call(f"{self.path}()", args)
        return self


class Table(dict[str, Any]):
    """The ``__dict__`` of a module."""

    def __init__(self, module: str, trace: Trace) -> None:
        super().__init__()
        self.module, self.trace = module, trace

    def __setitem__(self, key: str, value: Any) -> None:
        self.trace.writes.append(f"{self.module}.{key}")


class Module:
    """An imported module, any attribute of which is a victim."""

    def __init__(self, path: str, trace: Trace) -> None:
        object.__setattr__(self, "_own", (path, trace))

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        return Table(*object.__getattribute__(self, "_own"))

    def __getattr__(self, name: str) -> Any:
        path, trace = object.__getattribute__(self, "_own")
        return attribute(trace, path, name)

    def __setattr__(self, name: str, value: Any) -> None:
        path, trace = object.__getattribute__(self, "_own")
        trace.writes.append(f"{path}.{name}")


def victim(trace: Trace, path: str) -> Victim:
    """The stand-in for the global at ``path``."""
    return Victim("Victim", (Result,), {"path": path, "trace": trace})


def attribute(trace: Trace, module: str, name: str) -> Victim:
    """What is in a module: of one that exists only what it really has."""
    known = name in _ACTING.get(module, (name,)) and _NAME.fullmatch(name)
    if not known or any(part.startswith("_") for part in name.split(".")):
        raise AttributeError(name)
    return victim(trace, f"{module}.{name}")
