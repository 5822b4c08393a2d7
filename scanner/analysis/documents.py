"""Documents beside a program that it reads: what is in them is a constant of the program."""

import csv
import io
import json
import tomllib
from collections.abc import Callable
from typing import Any

from scanner.analysis import evaluate
from scanner.analysis.pure import NotConstant
from scanner.analysis.unread import Sibling
from scanner.analysis.values import Value, const, join

_LARGE = 1 << 18  # characters of a document that is more than settings


def _yaml(text: Any) -> Any:
    import yaml  # noqa: PLC0415 - which few programs read

    return yaml.safe_load(text)


def _rows(text: str, *_: Any, delimiter: str = ",", **__: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def _records(text: str, *_: Any, delimiter: str = ",", **__: Any) -> list[dict[str, str]]:
    return [dict(row) for row in csv.DictReader(io.StringIO(text), delimiter=delimiter)]


# By the name of what reads a file, or a text: how its content becomes values.
READERS: dict[str, Callable[..., Any]] = {
    "json.load": json.loads,
    "tomllib._parser.load": tomllib.loads,  # where the standard library keeps it
    "tomli.load": tomllib.loads,
    "toml.load": tomllib.loads,
    "toml.loads": tomllib.loads,
    "tomllib._parser.loads": tomllib.loads,
    "tomli.loads": tomllib.loads,
    **dict.fromkeys((f"yaml.{name}" for name in ("safe_load", "load", "full_load", "unsafe_load")), _yaml),
    "csv.reader": _rows,
    "csv.DictReader": _records,
}


def read(callee: str, args: list[Value], kwargs: dict[str, Value]) -> Value | None:
    """What ``json.load(file)`` and its like give, when the file is one of the tree; None if it is not."""
    reader = READERS.get(callee)
    if reader is None or not args:
        return None
    texts = [text for thing in args[0].objects if isinstance(thing, Sibling) and (text := _text(thing))]
    texts += [c for c in args[0].consts if isinstance(c, str)]
    if len(texts) != 1 or len(texts[0]) > _LARGE:
        return None
    settings = {name: value for name, value in kwargs.items() if value.known}
    try:
        found = evaluate.evaluate(reader, [const(texts[0])], settings)
    except NotConstant:
        return None
    return join([found]).tainted(Value(sources=args[0].sources))


def _text(file: Sibling) -> str:
    content = file.content() or ""
    return content if isinstance(content, str) else content.decode("utf-8", "replace")
