"""OpenVINO: the graph of an intermediate representation, whose weights lie in a file of numbers beside it;
and the list of plug-ins that its runtime loads.

Sources: the IR format and the ``plugins.xml`` of OpenVINO, and what its tokenisers keep in ``rt_info``.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from scanner.blob import Blob, BytesWindow, Fragment
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats import _xml
from scanner.limits import Budget
from scanner.site import Trigger

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "openvino"
STARTS, SIGN = _xml.STARTS, _xml.OPENING.pattern
COMPLETE = True
GRAPH, PLUGINS = "net", "ie"  # outermost elements
TELLING = {GRAPH: re.compile(r"<(?:\w+:)?layers\b"), PLUGINS: re.compile(r"<(?:\w+:)?plugins\b")}
FAR = 1 << 20  # bytes in which those are looked for
SHORTEST = 64  # characters that could be code
OWN = re.compile(r"opset\d+|experimental|ie_internal_opset|", re.ASCII)  # sets of operators
TEMPLATE = "chat_template"
PLACE = re.compile(r"\d{1,20}")


class _Named(Struct):
    """What the document names, with the offset of each."""

    operators: dict[str, int]
    plugins: dict[str, int]
    faults: list[str]

    def program(self, blob: Blob, budget: Budget) -> Iterator["Program"]:
        """Custom operators, which a library brings, and plug-ins, which are libraries."""
        found = [(at, "custom_operator", name) for name, at in self.operators.items()]
        found += [(at, "plugin", path) for path, at in self.plugins.items()]
        if not found:
            return
        from scanner.irbuilder import Builder  # noqa: PLC0415 - most graphs only compute

        build = Builder(budget)
        for build.at, what, name in sorted(found):
            build.call(build.name(NAME, what), [build.const(name)])
        yield build.program(NAME, blob, "the document names it")


def matches(blob: Blob, head: bytes) -> bool:
    """An XML document of layers or of plug-ins."""
    outermost = _xml.root(blob, head)
    if outermost is None or outermost.name not in TELLING:
        return False
    text = blob.read_at(0, FAR).replace(b"\0", b"").decode("latin-1")
    return TELLING[outermost.name].search(text) is not None


def unwrap(blob: Blob, budget: Budget) -> Iterator["Blob | Fragment | Program | Anomaly"]:
    """Chat templates, longer texts, and a program of what the document declares and names."""
    declared, named = _xml.Declared([], []), _Named({}, {}, [])
    try:
        for event in _xml.events(blob, budget):
            declared.note(event)
            match event:
                case _xml.Start():
                    yield from _element(blob, event, named)
                case _xml.Text(text, at) if len(text.strip()) > SHORTEST:
                    yield _part(blob, "text", text.strip(), at)
    except (Malformed, OverBudget):
        yield from declared.told(blob, budget)
        yield from named.program(blob, budget)
        raise
    yield from declared.told(blob, budget)
    yield from named.program(blob, budget)
    if named.faults:
        raise Malformed(named.faults[0])


def described_by(path: str) -> Iterator[str]:
    """The graph whose weights a file has."""
    stem, dot, _ = path.rpartition(".bin")
    if dot:
        yield f"{stem}.xml"


def numbers(blob: Blob, _path: str, budget: Budget) -> list[tuple[int, int]]:
    """The constants of a graph that are numbers, in the file of weights beside it."""
    found = []
    for event in _xml.events(blob, budget):
        match event:
            case _xml.Start("data", {"element_type": "string"}):
                pass
            case _xml.Start("data", {"offset": offset, "size": size}):
                if PLACE.fullmatch(offset) and PLACE.fullmatch(size):
                    found.append((int(offset), int(offset) + int(size)))
    return found


def _element(blob: Blob, element: _xml.Start, named: _Named) -> Iterator[Blob | Fragment]:
    given = element.attributes
    match element.name:
        case "layer" if not OWN.fullmatch(given.get("version", "")):
            named.operators.setdefault(f"{given['version']}::{given.get('type', '')}", element.at)
        case "plugin":
            named.plugins.setdefault(given.get("location", ""), element.at)
        case "data":
            for key in {"offset", "size"} & given.keys():
                if not PLACE.fullmatch(given[key]):
                    named.faults.append(f"weights with the {key} {given[key][:40]!r}")
    templated = TEMPLATE in (element.name, given.get("name"))
    for key, value in given.items():
        if (templated and key == "value") or key == TEMPLATE:
            yield Fragment("jinja", _part(blob, TEMPLATE, value, element.at), Trigger.RENDER)
        elif len(value) > SHORTEST:
            yield _part(blob, f"{element.name}.{key}", value, element.at)


def _part(blob: Blob, name: str, text: str, at: int) -> Blob:
    return blob.inner(f"{name} @ {at}", BytesWindow(text.encode("utf-8", "surrogatepass")))
