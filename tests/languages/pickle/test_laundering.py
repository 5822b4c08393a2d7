"""Callables that lose their name on the way: iterators, containers, wrappers and classes made by data."""

from collections.abc import Iterator

import pytest

from scanner.finding import FileReport, Verdict
from tests.hostile.scanning import scan
from tests.recipes import pickles as p

ID = p.text("id")
KEY = p.text("k")


def use(path: str, *args: bytes) -> bytes:
    """``path(*args)``."""
    return p.call(
        p.glob(*path.split(".", 1)) if path.count(".") == 1 else p.glob(*path.rsplit(".", 1)), *args
    )


def attribute(target: bytes, name: str) -> bytes:
    return use("builtins.getattr", target, p.text(name))


def item(target: bytes, key: bytes = b"K\0") -> bytes:
    return use("operator.getitem", target, key)


def following(target: bytes) -> bytes:
    return use("builtins.next", target)


def listed(*items: bytes) -> bytes:
    return b"(" + b"".join(items) + b"l"


def mapping(key: bytes, value: bytes) -> bytes:
    return b"}" + key + value + b"s"


def given_back(it: bytes) -> Iterator[tuple[str, bytes]]:
    """Every way by which ``it`` comes out of a call again."""
    for name in ("cycle", "repeat", "tee", "islice", "chain"):
        more = [b"K\x01"] if name == "islice" else []
        made = use(f"itertools.{name}", it if name == "repeat" else listed(it), *more)
        yield name, following(item(made) if name == "tee" else made)
    yield "zip", item(following(use("builtins.zip", listed(it))))
    yield "enumerate", item(following(use("builtins.enumerate", listed(it))), b"K\x01")
    yield "reversed", following(use("builtins.reversed", listed(it)))
    yield "frozenset", following(use("builtins.iter", b"(" + it + b"\x91"))
    yield "list.pop", p.call(p.glob("builtins", "list.pop"), listed(it))
    yield "dict.get", p.call(p.glob("builtins", "dict.get"), mapping(KEY, it), KEY)
    yield "setdefault", p.call(attribute(b"}", "setdefault"), KEY, it)
    yield "values", following(use("builtins.iter", p.call(attribute(mapping(KEY, it), "values"))))
    yield "deque.pop", p.call(attribute(use("collections.deque", listed(it)), "pop"))
    yield "ordered", item(use("collections.OrderedDict") + KEY + it + b"s", KEY)
    yield "chained", item(use("collections.ChainMap", mapping(KEY, it)), KEY)
    yield "namespace", attribute(p.build(use("types.SimpleNamespace"), mapping(KEY, it)), "k")
    yield "max", use("builtins.max", listed(it))
    yield "sum", item(use("builtins.sum", listed(listed(it)), b"]"))
    yield "copy", use("copy.copy", it)
    yield "deepcopy", item(use("copy.deepcopy", listed(it)))
    yield "lru_cache", use("functools.lru_cache", it)
    yield "singledispatch", use("functools.singledispatch", it)
    yield "partial.func", attribute(use("functools.partial", it), "func")
    yield "partial.args", item(attribute(use("functools.partial", p.glob("builtins", "object"), it), "args"))
    yield "partial.__call__", attribute(use("functools.partial", it), "__call__")
    yield "__call__", attribute(it, "__call__")
    yield "staticmethod", attribute(use("builtins.staticmethod", it), "__func__")
    yield "property", attribute(use("builtins.property", it), "fget")


def called(it: bytes) -> Iterator[tuple[str, bytes]]:
    """Every way in which a library function or the interpreter calls ``it`` by itself."""
    bound = use("functools.partial", it, ID)
    yield "defaultdict", item(use("collections.defaultdict", bound), KEY)
    yield "__missing__", p.call(attribute(use("collections.defaultdict", bound), "__missing__"), KEY)
    yield "format_map", p.call(attribute(p.text("{k}"), "format_map"), use("collections.defaultdict", bound))
    for name in ("__setstate__", "append", "__hash__", "__init__", "__new__", "__init_subclass__", "__len__"):
        yield name, use("builtins.type", p.text("X"), b")", mapping(p.text(name), it))


OS, UNKNOWN = p.glob("os", "system"), p.glob("evil", "f")
SYSTEM = {name: p.call(way, ID) for name, way in given_back(OS)} | dict(called(OS))
OTHER = {name: p.call(way, ID) for name, way in given_back(UNKNOWN)} | dict(called(UNKNOWN))


@pytest.mark.parametrize("name", SYSTEM)
def test_what_acts_is_blocked(name: str) -> None:
    assert scan(p.proto(4) + SYSTEM[name] + b".").verdict is Verdict.BLOCKED


@pytest.mark.parametrize("name", OTHER)
def test_what_nobody_knows_is_not_clean(name: str) -> None:
    assert _told(scan(p.proto(4) + OTHER[name] + b"."))


def _told(report: FileReport) -> bool:
    return report.failure is None and report.verdict in (Verdict.BLOCKED, Verdict.REVIEW, Verdict.NOTE)


def test_a_container_that_is_only_filled_calls_nothing() -> None:
    made = use("collections.defaultdict", p.glob("builtins", "list")) + KEY + listed(KEY) + b"s"
    assert scan(p.proto(2) + made + b".").verdict is Verdict.CLEAN
    assert (
        scan(p.proto(2) + use("functools.partial", p.glob("builtins", "int")) + b".").verdict is Verdict.CLEAN
    )
