"""What a call does: a function of the program, glue, pure computation, an effect, or unknown."""

from __future__ import annotations

import re
from typing import Literal

from msgspec.structs import replace

from scanner.analysis import (
    arrays,
    classes,
    containers,
    derived,
    documents,
    effects,
    environment,
    evaluate,
    exceptions,
    logs,
    making,
    network,
    places,
    pure,
    special,
    state,
    strangers,
    subscripts,
    written,
)
from scanner.analysis.containers import (
    HOLE,
    concatenate,
    element,
    elements,
    piece,
    spilled,
)
from scanner.analysis.here import Here
from scanner.analysis.pure import NotConstant
from scanner.analysis.values import (
    UNKNOWN,
    Box,
    ClassObject,
    Closure,
    Getter,
    Instance,
    Method,
    Object,
    Partial,
    Value,
    join,
    made,
    named,
)  # fmt: skip
from scanner.ir import RAISED, Call
from scanner.knowledge.apis import Api

_RESUMES = frozenset({"send", "asend", "throw", "athrow"})  # what lets a generator run on
REGISTERED = "<registered>"  # the attribute of a function that has the implementations of it


def perform(here: Here, op: Call) -> Value:
    """The Call operation: fetch the operands, spread what is starred, and apply."""
    get = here.frame.registers.get
    callee = get(op.callee, UNKNOWN)
    args = [get(a, UNKNOWN) for a in op.args]
    if any(arg.objects for arg in args):
        args = _spread(args)
    kwargs: dict[str, Value] = {}
    for name, reg in op.kwargs:
        value = get(reg, UNKNOWN)
        inner = containers.boxes(value) if name == "**" else []
        if inner:
            kwargs.update({str(k): v for box in inner for k, v in box.entries.items()})
        else:
            kwargs[name] = value
    if op.how == "state":
        return state.set_state(here, callee, args[0] if args else UNKNOWN)
    if op.how == "decorate":
        return _decorate(here, callee, args)
    return apply(here, callee, args, kwargs, new=op.how == "new")


def _spread(args: list[Value]) -> list[Value]:
    result = []
    for arg in args:
        spread = next((o for o in arg.objects if isinstance(o, Box) and o.kind == "spread"), None)
        if spread is None:
            result.append(arg)
        else:
            inner = spread.items[0] if spread.items else UNKNOWN
            result.extend(elements(inner) or [element(inner)])
    return result


def apply(here: Here, callee: Value, args: list[Value],
          kwargs: dict[str, Value], *, new: bool = False) -> Value:  # fmt: skip
    """Call ``callee``, whatever it may be; the join of what its alternatives return."""
    here.machine.budget.spend("steps")
    results, content = [], None
    for thing in callee.objects:
        results.append(_call_object(here, thing, args, kwargs, new=new))
        if content is None and results[-1].known and written.is_reading(thing):
            content = results[-1]
    for name in callee.names:
        results.append(_call_name(here, name, callee, args, kwargs, new=new))
    if not results:
        strangers.computed(here, HOLE, callee, args)
        for value in args:  # ``name.endswith("_TOKEN")``
            environment.pick(here, callee, value)
        here.run_callbacks([*args, *kwargs.values()])
        results = [UNKNOWN.tainted(callee, *args, *kwargs.values())]
    return join(results) if content is None else content.tainted(*results)


def _call_object(here: Here, thing: Object, args: list[Value], kwargs: dict[str, Value], *,
                 new: bool = False) -> Value:  # fmt: skip
    match thing:
        case Closure():
            return join([here.invoke(each, args, kwargs) for each in _bodies(thing)])
        case ClassObject():
            return classes.instantiate(here, thing, args, kwargs, new=new)
        case Instance():
            answer = classes.call(here, thing, "__call__", args, kwargs)
            return UNKNOWN.tainted(*args) if answer is None else answer
        case Method():
            return _call_method(here, thing, args, kwargs)
        case Partial():
            both = {**dict(thing.kwargs), **kwargs}
            return apply(here, thing.callee, [*thing.args, *args], both)
        case Getter():
            return special.apply_getter(here, thing, args)
    return UNKNOWN.tainted(*args, *kwargs.values())


def _bodies(function: Closure) -> list[Closure]:
    """What a call of a function runs: itself, or the one whose ``__code__`` it was given; of a generic one
    (``functools.singledispatch``) any implementation, as the types of arguments are not known here."""
    attributes = function.attributes
    own = classes.closures(attributes["__code__"]) if "__code__" in attributes else []
    bodies = [replace(each, receiver=function.receiver, kind=function.kind) for each in own] or [function]
    return [*bodies, *classes.closures(attributes.get(REGISTERED, UNKNOWN))]


def _register(function: Closure, method: Method, args: list[Value]) -> Value:
    """``f.register(int)``, ``f.register(int, g)`` or ``f.register(g)``; the first is a decorator."""
    found = [each for arg in args for each in classes.closures(arg)]
    if not found:
        return made(method)
    function.attributes[REGISTERED] = join([function.attributes.get(REGISTERED, UNKNOWN), made(*found)])
    return made(*found)


def _call_method(here: Here, method: Method, args: list[Value],
                 kwargs: dict[str, Value]) -> Value:  # fmt: skip
    receiver = method.receiver
    match method:
        case Method(Value(objects=(Closure() as function,)), "register"):
            return _register(function, method, args)
    if written.is_reading(method):
        return written.content(method)
    given = [receiver, *args]
    try:
        if evaluate.computable(given):
            constant = evaluate.compute(lambda r, *a: evaluate.call_method(r, method.name, a, kwargs), given)
            return constant.tainted(_sources([*given, *kwargs.values()]))
    except NotConstant:
        pass
    if method.name == "format_map" and args:
        subscripts.subscript(here, args[0], UNKNOWN)
    for box in containers.boxes(receiver):
        if method.name in ("__getitem__", "__missing__") and args:
            return subscripts.subscript(here, receiver, args[0])
        if (found := arrays.method(box, method.name, args)) is not None:
            return found
        here.run_callbacks([*kwargs.values()])
        if method.name in _RESUMES and box.generator is not None and args:
            if method.name.endswith("throw"):
                box.generator.closure.module.scope.set(RAISED, args[0])
            return element(here.send(box.generator, args[0]))
        if here.frame.ghost:
            return box.element()
        return containers.call_method(box, method.name, args, kwargs, certain=here.certain(receiver))
    if method.name == "join" and receiver.known and args and (items := elements(args[0])) is not None:
        return concatenate(items, piece(receiver))
    if method.name == "format" and receiver.known:
        return _format(receiver, args, kwargs).tainted(_sources([*given, *kwargs.values()]))
    return UNKNOWN.tainted(*map(spilled, (receiver, *args, *kwargs.values())))


def _sources(values: list[Value]) -> Value:
    found = [s for v in values if v.sources for s in v.sources]
    return Value(sources=tuple(found)) if found else UNKNOWN


def _format(template: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``str.format`` with unknown arguments: the template with holes in it."""
    position = iter(args)

    def fill(match: re.Match[str]) -> str:
        field = match[1]
        if field in kwargs:
            return piece(kwargs[field])
        if field.isdigit() and int(field) < len(args):
            return piece(args[int(field)])
        return HOLE if field else piece(next(position, UNKNOWN))

    return Value(parts=(re.sub(r"\{(\w*)[^{}]*\}", fill, piece(template)[: containers.PIECE]),))


def _call_name(here: Here, name: str, callee: Value, args: list[Value],
               kwargs: dict[str, Value], *, new: bool) -> Value:  # fmt: skip
    """Call something imported, or something that an earlier call returned."""
    name = name.removesuffix("().__init__")  # what a class of the program derives from is made
    if name.endswith(")"):  # not the callee once more: what it returned
        if here.program.script and here.knowledge.canonical(name) in _BY_VALUE:
            here.record("code.run", f"{name}.__call__", (here.argument("callee", callee),))
        name = f"{name}.__call__"
    owner = name.removesuffix(".__init__")
    if owner != name and "()" not in owner and args and here.knowledge.effect(owner) is not None:
        return apply(here, named(owner), args[1:], kwargs)  # of an object that is made already
    canonical = here.knowledge.canonical(name)
    everything = [*args, *kwargs.values()]
    # Taint of the object that a method is called on; a module has none.
    receiver = Value(parts=callee.parts, sources=callee.sources)
    api = effects.lookup(here.knowledge, name)
    if new and not everything and api is not None and not _acts_when_made(here, api):
        return effects.returned(name)  # without its initialiser, and nothing to reach for
    if (entry := subscripts.look_up(here, canonical, everything)) is not None:
        here.machine.called.add(name)
        return entry
    if (answer := classes.converted(here, canonical, args)) is not None:
        return answer
    model = special.MODELS.get(canonical)
    outcome = UNKNOWN
    below = [receiver] if name.rpartition(".")[2] in places.BELOW and receiver.parts else []
    if api is not None and not effects.patches(here, api, args):
        outcome = effects.act(here, api, name, receiver, args, kwargs, modelled=model is not None)
    if model is not None:
        modelled = model(here, [*below, *args], kwargs).tainted(receiver)
        plain = canonical in making.WRAPPERS and (modelled.objects or modelled.names)
        if canonical in making.MODELS and not here.program.script and not plain:  # data that makes classes
            if strangers.misled(here, canonical, everything):
                strangers.unknown(here, canonical, args, kwargs)
            modelled = join([modelled, effects.returned(name)])
        return join([modelled, *([outcome] if outcome.sources else [])])
    if (computed := _computed(here, canonical, args, kwargs)) is not None:
        return computed.tainted(_sources(everything))
    if api is not None and here.program.script and api.name.endswith(".*"):  # its source knows more of it
        ran = derived.run(here, name, receiver, args, kwargs)
        return outcome if ran is None else join([outcome, ran])
    if api is not None:
        return outcome
    if canonical in environment.MATCHES:
        environment.pick(here, receiver, join(args))
    if (answer := network.act(here, name, receiver, args, kwargs)) is not None:
        return answer
    found = strangers.judge(here, name, callee, args, kwargs, new=new)
    if found is not None:
        return found
    logs.act(here, canonical, args)
    owner = name.rpartition(".")[0]
    for value in everything if network.speaks(here, owner) else ():
        network.deliver(here, owner, value)
    here.run_callbacks(everything)
    written.pour(args, [receiver, *everything])
    if owner.endswith(")"):  # a message, a form, an archive: it may keep what it is given
        here.machine.recorder.wrote(named(owner), UNKNOWN.tainted(*map(spilled, everything)))
    given = _called_back(here, receiver, everything) if here.program.script else UNKNOWN
    return join([effects.returned(name), given]).tainted(receiver, *map(spilled, everything))


def _computed(here: Here, callee: str, args: list[Value], kwargs: dict[str, Value]) -> Value | None:
    """What a call gives that only makes something else of what it is handed; None if that is not known."""
    if here.program.script:
        for model in (arrays.call, exceptions.create, documents.read):
            if (value := model(callee, args, kwargs)) is not None:
                return value
    if callee not in pure.PURE or not evaluate.computable(args):
        return None
    try:
        return evaluate.compute(lambda *a: evaluate.evaluate(pure.PURE[callee], a, kwargs), args)
    except NotConstant:
        return None


def _called_back(here: Here, receiver: Value, everything: list[Value]) -> Value:
    """A callable that acts is handed to an unknown function: it calls it with the rest of what it has,
    or returns something that will."""
    kinds = here.knowledge.vocabulary.kinds
    acting = [
        name
        for value in everything
        for name in value.names
        if not name.endswith(")")
        and (api := here.knowledge.effect(name))
        and kinds[api.kind].severity_class == "runs"
    ]
    if not acting:
        return Value(objects=tuple(o for v in everything for o in classes.closures(v)))
    others = [element(v) if containers.boxes(v) else v for v in (receiver, *everything) if not v.names]
    for name in acting:
        here.call(named(name), [join(others)] if others else [])
    return named(*acting)


# What reads functions by value: calling the result runs code that was data.
_BY_VALUE = frozenset(
    {"cloudpickle.loads", "cloudpickle.load", "dill.loads", "dill.load", "types.FunctionType"}
)
_KINDS: dict[str, Literal["static", "class", "property"]] = {
    "builtins.staticmethod": "static",
    "builtins.classmethod": "class",
    "builtins.property": "property",
    "functools.cached_property": "property",
}


def _acts_when_made(here: Here, api: Api) -> bool:
    """Whether an object that nobody initialises acts. A whole package of which a row speaks runs code, but
    not by making an object of one of its classes: what such a one does is in its state."""
    runs = here.knowledge.vocabulary.kinds[api.kind].severity_class == "runs"
    return runs and not api.name.endswith(".*")


def _decorate(here: Here, callee: Value, args: list[Value]) -> Value:
    """A decorator of the program runs; one of a library wraps. The function stays reachable."""
    own = Value(objects=tuple(o for o in callee.objects if isinstance(o, Closure)), exact=True)
    results = [apply(here, own, args, {})] if own.objects else []
    for name in callee.names:
        if here.knowledge.effect(name) is not None:
            results.append(_call_name(here, name, callee, args, {}, new=False))
        if network.speaks(here, name):
            network.deliver(here, name, join(args))
        kind = _KINDS.get(name)
        if kind is not None:
            return made(*(replace(o, kind=kind) for a in args for o in classes.closures(a)))
    for thing in callee.objects:
        match thing:
            case Method(Value(objects=(Closure(kind="property") as whole,)), "setter") if args:
                whole.attributes["setter"] = args[0]
                return made(whole)
            case Method(_, "register"):
                results.append(apply(here, made(thing), args, {}))
            case ClassObject() | Instance():
                results.append(apply(here, made(thing), args, {}))
                args = []
    return join([*args, *results])
