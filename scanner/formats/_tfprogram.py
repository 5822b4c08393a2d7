"""A graph of TensorFlow's operators as a program: calls of those that do more than compute."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scanner.formats._protobuf import Wire
from scanner.formats._tfgraph import Graph, Node
from scanner.formats._tfvalues import UNKNOWN, Strings, Values
from scanner.knowledge.tables import knowledge
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program, Reg
    from scanner.irbuilder import Builder

OPERATORS = "tensorflow.graph"  # our name for the operators of graphs, in the tables


def program(
    language: str, wire: Wire, graph: Graph, given: Mapping[str, Values] | None = None
) -> Iterator["Program"]:
    """The operators that act, each called with what is known of its inputs.

    ``given`` are the values of tensors that are no nodes.
    """
    from scanner.irbuilder import Builder  # noqa: PLC0415 - most graphs only compute

    budget = wire.budget or Budget()
    known, build, texts = knowledge(), Builder(budget), None
    told: set[tuple[object, ...]] = set()
    for scope, inside in graph.scopes():
        for node in inside.nodes.values():
            budget.spend("steps")
            if known.effect(f"{OPERATORS}.{node.operator}") is not None:
                texts = texts or Strings(wire, graph, given)
                build.at = node.at
                _call(build, texts, scope, node, told)
    for build.at, name in enumerate(graph.assets.values()):
        build.call(build.name(OPERATORS, "asset"), [build.const(name)])
    if build.body:
        yield build.program(language, wire.blob, "whoever uses the graph runs it")


def _call(build: "Builder", texts: Strings, scope: str, node: Node, told: set[tuple[object, ...]]) -> None:
    """A call for each path that it may be, unless another node makes the same. Other inputs are tensors."""
    api = knowledge().effect(f"{OPERATORS}.{node.operator}")
    assert api is not None
    inputs = [each for each in node.inputs if not each.startswith("^")]
    telling = [i for i in range(len(inputs)) if api.role(i) != "_"]
    names = [name for name in node.attributes if api.role(name) != "_"]
    places = [texts.input(scope, inputs[i]) for i in telling]
    places += [texts.attribute(node, name) or UNKNOWN for name in names]
    for turn in range(max(map(len, places), default=1)):
        chosen = [place[min(turn, len(place) - 1)] for place in places]
        if (node.operator, *chosen) in told:
            continue
        told.add((node.operator, *chosen))
        callee = build.name(OPERATORS, node.operator)
        values = dict(zip([*telling, *names], [_value(build, text) for text in chosen], strict=True))
        last = max(telling, default=-1)
        args = [values[i] if i in values else build.unknown("a tensor") for i in range(last + 1)]
        build.call(callee, args, {name: values[name] for name in names})


def _value(build: "Builder", text: str | None) -> "Reg":
    return build.unknown("what the graph computes") if text is None else build.const(text)
