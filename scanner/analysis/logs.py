"""Logging: what is logged arrives at handlers, of the program or of a library that sends it away."""

from __future__ import annotations

import re

from scanner.analysis import classes
from scanner.analysis.containers import boxes, inside
from scanner.analysis.here import Here
from scanner.analysis.values import UNKNOWN, ClassObject, Instance, Partial, Value, made, named

_GIVEN = frozenset({"addHandler", "addFilter", "setFormatter"})
_LOGS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log"})
_FACTORIES = ("()", "class")
_REMOTE = re.compile(r"(?!localhost|127\.)[\w-]+(?:\.[\w-]+)+(?::\d+)?")  # a host
_CALLED = ("filter", "format", "emit", "handle")


def act(here: Here, canonical: str, args: list[Value]) -> None:
    """A call of something in ``logging``: a handler is added, or a message is logged."""
    if not canonical.startswith("logging."):
        return
    verb = canonical.rpartition(".")[2]
    if verb in _GIVEN:
        here.machine.handlers.extend(args)
    elif verb in _LOGS and here.machine.handlers and args:
        _emit(here, UNKNOWN.tainted(*args) if len(args) > 1 else args[0])


def configure(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``dictConfig``: what a section calls its factory or class is called with the rest of it."""
    for box in (b for value in (*args, *kwargs.values()) for v in inside(value) for b in boxes(v)):
        for key in _FACTORIES:
            named_there = box.entries.get(key, UNKNOWN).consts if box.kind == "dict" else ()
            rest = {str(k): v for k, v in box.entries.items() if k not in _FACTORIES}
            for name in (n for n in named_there if isinstance(n, str)):
                here.call(named(name.removeprefix("ext://")), [], rest)
    return UNKNOWN


def _emit(here: Here, message: Value) -> None:
    for handler in list(here.machine.handlers):
        for thing in handler.objects:
            if isinstance(thing, Instance):
                for name in _CALLED:
                    classes.call(here, thing, name, [_record(message)])
        for name in handler.names:
            maker = here.knowledge.effect(name.removesuffix("()"))
            sends = maker is not None and maker.kind in ("net.send", "message.send")
            if maker is not None and sends and any(_REMOTE.fullmatch(part) for part in handler.parts):
                here.record(maker.kind, name.removesuffix("()"), (here.argument("data", message),))


def _record(message: Value) -> Value:
    thing = classes.from_parts("LogRecord", (), UNKNOWN).objects[0]
    assert isinstance(thing, ClassObject)
    whole = made(Partial(named("builtins.str"), (message,)))
    return made(Instance(thing, {"msg": message, "message": message, "getMessage": whole}))
