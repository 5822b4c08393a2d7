"""Calls that act on the world: the knowledge row says how, the arguments say on what."""

from __future__ import annotations

import re

from msgspec.structs import replace

from scanner.analysis import cut, network, typed, written
from scanner.analysis.containers import boxes, concatenate, element, elements, spilled
from scanner.analysis.here import Here
from scanner.analysis.nested import LANGUAGES, find_code
from scanner.analysis.values import (
    PATH,
    UNKNOWN,
    Box,
    ClassObject,
    Instance,
    Value,
    join,
    merge_sources,
    named,
)
from scanner.facts import Argument, Source
from scanner.knowledge.apis import Api
from scanner.knowledge.tables import Knowledge
from scanner.site import Step

Named = list[tuple[str, str, Value]]  # name or position, role, value

_SOURCE = re.compile(r"(?:^|_)(?:code|source|src|template|formula)$")  # keys of a state
_SECRETS = ("secret-path", "secret-name")
_ASKED = ("cloud-credentials",)
PATHS = frozenset({"path", "address", "host", "url"})  # roles of what is read from
SETTERS = frozenset({"builtins.setattr", "builtins.delattr", "builtins.object.__setattr__"})
ASKING = frozenset({"net.request", "net.download"})
READING = frozenset({"file.open", "file.read", "file.move", "file.unpack", "database.query", "code.load"})
# What arrives at functions that such a call is handed.
DELIVERS = {
    "net.request": "net.recv", "net.listen": "net.recv", "net.recv": "net.recv", "input.read": "input.read",
}  # fmt: skip
# Kinds whose result is made of their arguments, so that taint goes through.
TRANSPARENT = frozenset({
    "encode.undo", "crypto.encrypt", "crypto.decrypt", "code.compile", "code.resolve",
    "import.dynamic", "class.make", "call.unknown",
})  # fmt: skip


def lookup(knowledge: Knowledge, name: str) -> Api | None:
    """The row for an access path. What a call *returns* is not of its callee's family."""
    api = knowledge.effect(name)
    if api is not None and "()" in name and api.name.endswith(".*"):
        return None
    return api


def act(here: Here, api: Api, name: str, receiver: Value,
        args: list[Value], kwargs: dict[str, Value], *, modelled: bool) -> Value:  # fmt: skip
    """Record the effect, queue the code that it is handed, and say what it returns.

    ``modelled``: the call of a callable that is handed over is somebody else's business.
    """
    if api.method and "()" not in name and args:  # socket.socket.connect(sock, address)
        receiver, args = args[0], args[1:]
    receiver = Value(parts=receiver.parts, sources=cut.evident(receiver.sources))
    here.machine.called.add(name)
    given = roles(api, args, kwargs)
    callee = here.knowledge.canonical(name)
    arguments = tuple(here.argument(n, v, code=r == "python") for n, r, v in given)
    if receiver.sources or receiver.parts:
        arguments += (here.argument("self", receiver),)
    arguments = (
        tuple(_with_contents(here, a, r, v) for a, (_, r, v) in zip(arguments, given, strict=False))
        + (arguments[len(given) :])
    )
    kind = _kind(api, given)
    effect = here.record(kind, callee, arguments)
    cut.tell(here, callee, given)
    evaluated: list[Value] = []
    for _, role, value in given:
        if role in LANGUAGES:
            evaluated += find_code(here, callee, role, value, kind, _namespace(api, args, kwargs))
        elif kind == "code.load" and any(isinstance(c, bytes) for c in value.consts):
            find_code(here, callee, "bytes", value)
    if kind in written.RUNS:
        written.run(here, callee, [v for _, _, v in given])
    _together(here, kind, name, given)
    output = evaluated if kind == "process.spawn" else []
    result = UNKNOWN if modelled else _call_given(here, api, receiver, given)
    owner = name.rpartition(".")[0]
    holder = Value(names=(owner,) if owner.endswith(")") else (), parts=receiver.parts)
    _remember(here, kind, given, holder, arguments)
    if api.returns is not None or kind in READING:
        result = _returns(here, kind, api, effect.steps[-1], arguments, given)
        if receiver.sources and kind != "env.read":  # what a file object reads is what its opening found
            result = UNKNOWN
        if kind == "env.read" and any(role == "variable" for _, role, _ in given):
            receiver = replace(receiver, sources=())  # one variable, not all of them
    elif kind in TRANSPARENT:
        result = result.tainted(*(spilled(v) for _, _, v in given))
    paths = [Value(parts=v.texts) for _, r, v in given if r in PATHS or r == "target"]
    if kind == "file.read":
        opened = written.opened(here, [*given, ("self", "path", holder)])
        whole = written.whole(name, opened)
        if whole.known:
            return whole.tainted(result)
        result = join([result, opened])
    known = [v for v in evaluated if v.consts or v.names or v.objects] if api.name == "builtins.eval" else []
    carried = [Value(sources=v.sources) for v in (receiver, *output)]
    if kind == "env.read" and len(args) > 1:  # what it is if nobody has set it
        result = join([result, args[1]])
    value = join(known or [returned(name), result]).tainted(*carried, *paths)
    if kind == "hub.download":  # the path of what has come
        here.machine.recorder.wrote(value, Value(sources=(Source("hub.recv", (effect.steps[-1],)),)))
    return value


def _together(here: Here, kind: str, name: str, given: Named) -> None:
    """What arguments say together: the setup and the statement of ``timeit``, a program and its input."""
    if name.startswith("timeit."):
        parts = [v for _, role, v in given[1::-1] if role == "python"]
        find_code(here, name, "python", concatenate(parts, "\n"))
    if kind == "process.spawn":
        typed.start(here, name, given)
    elif kind in typed.RECEIVING:
        typed.feed(here, name, given)


def _namespace(api: Api, args: list[Value], kwargs: dict[str, Value]) -> Box | None:
    """The dictionary that ``exec`` and ``eval`` are told to work in."""
    if api.name not in ("builtins.exec", "builtins.eval"):
        return None
    given = [b for v in (*args[1:], *kwargs.values()) for b in boxes(v) if b.kind == "dict"]
    return given[-1] if given else None


def patches(here: Here, api: Api, args: list[Value]) -> bool:
    """Whether the model of ``setattr`` says all: a known attribute of something imported, which it
    records as a patch, or of an object that this program has just made, which is nobody else's. A function
    may do so to whatever it is handed; a pickle knows what it has."""
    if api.name not in SETTERS or not args:
        return False
    if not args[0].names and (args[0].objects or not (here.program.script or here.stream)):
        return all(isinstance(o, Instance | ClassObject) for o in args[0].objects)
    if api.name != "builtins.setattr" or len(args) < 2 or not args[1].consts or not args[0].names:
        return False
    if args[1].known and args[1].consts == ("__qualname__",):  # how a class is called in messages
        return True
    return all(_fresh(here.knowledge, n) for n in args[0].names if n.endswith(")"))


def _fresh(knowledge: Knowledge, name: str) -> bool:
    """Whether a call makes a new object, as constructors do: other calls may return what there was."""
    maker = name.removesuffix("()")
    api = knowledge.effect(maker)
    if api is not None:
        return api.kind == "class.make"
    word = maker.rpartition(".")[2].lstrip("_")
    return knowledge.inert(maker) is not None and (word[:1].isupper() or word.startswith("create_"))


def returned(name: str) -> Value:
    """What calling ``name`` returns, as an access path."""
    return named(f"{name}()") if len(name) < PATH else UNKNOWN


def roles(api: Api, args: list[Value], kwargs: dict[str, Value]) -> Named:
    """Each argument with the role that the row gives it."""
    given = [(str(i), api.role(i), v) for i, v in enumerate(args)]
    given += [(k, api.role(k), v) for k, v in kwargs.items()]
    # What an argument list runs is its first word; the rest is only what that program works on.
    lists = [box for _, role, v in given if role == "argv" for box in boxes(v) if box.items]
    carried = [pair for _, role, v in given if role == "sources" for pair in _carried(v)]
    return given + [("program", "_", box.items[0]) for box in lists] + carried


def _carried(state: Value) -> Named:
    """The source text in an object's state, by what it is called there."""
    entries = [(str(k), v) for box in boxes(state) for k, v in box.entries.items() if v.consts != (None,)]
    return [(k, "python", _terms(v) if k == "formula" else v) for k, v in entries if _SOURCE.search(k)]


def _terms(formula: Value) -> Value:
    """``y ~ x + C(z):w`` with operators that Python has: what stands between them is evaluated."""
    texts = tuple(re.sub("[~:]", "+", c).strip() for c in formula.consts if isinstance(c, str))
    return replace(formula, consts=texts)


def _kind(api: Api, given: Named) -> str:
    if api.kind != "file.open":
        return api.kind
    modes = [c for _, role, v in given if role == "mode" for c in v.consts if isinstance(c, str)]
    return "file.write" if any(set(m) & set("wax+") for m in modes) else "file.read"


def _with_contents(here: Here, argument: Argument, role: str, value: Value) -> Argument:
    """A path stands for what this program has put into the file."""
    stored = (
        here.machine.recorder.stored(value)
        if role in PATHS or role in ("program", "module", "pickle")
        else ()
    )
    if not stored:
        return argument
    sources = merge_sources([*argument.sources, *stored])
    return Argument(argument.name, argument.text, argument.constant, argument.indicators, sources)


def _call_given(here: Here, api: Api, receiver: Value, given: Named) -> Value:
    """Call what the callee would call: ``Thread(target=f, args=(x,))``, ``map``, ``atexit.register``."""
    kind = api.kind
    callables = [v for _, role, v in given if role == "callable"]
    if not callables or kind in ("input.read", "net.recv"):
        for _, _, value in given if kind in DELIVERS else ():
            network.deliver(here, api.name.removesuffix(".*"), value, DELIVERS[kind])
        here.run_callbacks([v for _, _, v in given])
        return UNKNOWN
    args: list[Value] = []
    kwargs: dict[str, Value] = {}
    for _, role, value in given:
        match role:
            case "args":
                args += elements(value) or [element(value)]
            case "each":
                args.append(element(value))
            case "kwargs":
                kwargs.update({str(k): v for box in boxes(value) for k, v in box.entries.items()})
            case "value" if kind.startswith("call."):
                args.append(value)
    if kind == "call.indirect" and not args and not kwargs:
        # On the elements of what it is a method of; or it returns something that will call it.
        return join([*callables, *(here.call(c, [UNKNOWN.tainted(receiver)]) for c in callables)])
    result = join([here.call(c, args, kwargs) for c in callables])
    if kind in ("net.connect", "net.listen"):
        network.protocol(here, result)
        for value in callables if kind == "net.listen" else ():
            network.deliver(here, api.name.removesuffix(".*"), value)
    return result


def _remember(here: Here, kind: str, given: Named, receiver: Value,
              arguments: tuple[Argument, ...]) -> None:  # fmt: skip
    """What ends up in which file, for when somebody reads or runs it."""
    targets = [v for _, role, v in given if role == "target"]
    data = [Value(sources=v.sources) for _, role, v in given if role == "data"]
    match kind:
        case "net.download":
            step = Step(here.site, "downloaded")
            data.append(Value(sources=(Source("net.recv", (step,)),)))
        case "file.move":
            moved = [s for _, role, v in given if role in PATHS for s in here.machine.recorder.stored(v)]
            data.append(Value(sources=(*moved, *secret(here, arguments, kind))))
        case "file.unpack":
            packed = [s for argument in arguments for s in argument.sources]
            here.machine.recorder.unpacked(targets, [*packed, *secret(here, arguments, kind)])
            return
        case "folder.enter":
            here.machine.recorder.enter(given[0][2] if given else UNKNOWN)
        case "file.write" if not targets:
            targets = [receiver]
    for target in targets:
        here.machine.recorder.wrote(target, UNKNOWN.tainted(*data))
        written.remember(here, target, [v for _, role, v in given if role == "data"])


def secret(here: Here, arguments: tuple[Argument, ...], kind: str) -> tuple[Source, ...]:
    """Whether secrets come out of what the arguments name: a file, a variable, a cloud's own service."""
    telling = _SECRETS if kind in READING or kind == "env.read" else _ASKED if kind in ASKING else ()
    for argument in arguments:
        for indicator in argument.indicators:
            if indicator.kind in telling:
                return (here.source("secret.read", f"reads {indicator.text}"),)
    return ()


def _returns(here: Here, kind: str, api: Api, step: Step, arguments: tuple[Argument, ...],
             given: Named) -> Value:  # fmt: skip
    found = secret(here, arguments, kind)
    sources = [*found]
    if kind in READING:
        for argument, (_, role, value) in zip(arguments, given, strict=False):
            if role in PATHS:
                sources += here.machine.recorder.stored(value)
                sources += [s for s in argument.sources if s.kind == "file.list"]  # one of all of those
                held = any(box.kind == "stream" for box in boxes(value))  # a file in memory
                sources += argument.sources if held else ()
            elif role in ("pickle", "marshal", "object"):
                sources += argument.sources
    if api.returns is not None and (not sources or kind in ASKING) and kind != "file.write":
        sources.append(Source(api.returns, (step,)))
    return Value(sources=merge_sources(sources))


def initialise(here: Here, module: str) -> None:
    """Data imports a module: some act when that happens."""
    api = here.knowledge.effect(f"{module}.__init__")
    if api is not None and not api.name.endswith(".*"):
        here.record(api.kind, here.knowledge.canonical(module), ())
