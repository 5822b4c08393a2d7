"""Jinja templates: the chat templates of tokenisers, which whoever talks to a checkpoint renders.

``jinja2`` parses; nothing is compiled or rendered. A template is a program with loops, macros and calls, so
it is lowered like one. Renderers are meant to be sandboxed, and several were not (CVE-2024-34359,
CVE-2026-5760): what is judged is what an unprotected one would do.
"""

from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.ext import Extension, do, loopcontrols
from jinja2.parser import Parser

from scanner import ir
from scanner.blob import Fragment
from scanner.errors import Malformed, OverBudget
from scanner.languages.jinja.lowering import Lowering
from scanner.limits import Budget

NAME = "jinja"


class _Generation(Extension):
    """``{% generation %}`` marks what the assistant said (transformers); its body is rendered."""

    tags = {"generation"}  # noqa: RUF012 - the interface of jinja2

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def lower(fragment: Fragment, budget: Budget) -> Iterator[ir.Program]:
    """The one program that the template is.

    Raises :class:`Malformed` when no renderer could parse it either, :class:`OverBudget` when it is larger
    than a constant may be or nests too deeply.
    """
    limit = budget.limits.constant
    if fragment.blob.size > limit:
        raise OverBudget(f"a template of more than {limit:,} bytes")
    text = fragment.blob.read_at(0, limit).decode("utf-8", "replace")
    environment = Environment(extensions=[loopcontrols, do, _Generation])  # noqa: S701 - nothing is rendered
    try:
        tree = environment.parse(text)
    except TemplateSyntaxError as error:
        raise Malformed(f"line {error.lineno}: {error.message}") from None
    except RecursionError:
        raise OverBudget("the template nests too deeply") from None
    lowering = Lowering(budget)
    lowering.statements(tree.body)
    functions = {"main": ir.Function("main", (), tuple(lowering.body)), **lowering.functions}
    entry = ir.Entry("main", fragment.trigger, "rendering the template")
    yield ir.Program(NAME, fragment.blob.trail, "line", functions, (entry,), fragment.script, fragment.steps)
